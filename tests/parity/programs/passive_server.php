<?php
// Files by two connections, as FTP's passive mode has them: commands on one, each file on another that the server waits for.
$files = ['readme.txt' => "hello\r\nworld\r\n", 'zeroes' => str_repeat("\0\xff", 100000)];
$sock = socket_create_listen(0, 1) or die(socket_strerror(socket_last_error()) . "\n");
socket_getsockname($sock, $address, $port);
listening($port);
$control = socket_accept($sock);
socket_close($sock);
socket_getsockname($control, $own);
$passive = null;
$user = null;
$counts = ['RETR' => 0, 'STOR' => 0];
reply(220, 'ready');
while (($line = socket_read($control, 512, PHP_NORMAL_READ)) !== false) {
    $line = trim($line);
    if ($line === '') continue; // between \r and \n
    $words = explode(' ', $line, 2);
    $command = strtoupper($words[0]);
    $name = $words[1] ?? '';
    if ($user !== 'anonymous' && !in_array($command, ['USER', 'QUIT'])) {
        reply(530, 'who are you?');
        continue;
    }
    switch ($command) {
        case 'USER':
            $user = $name;
            reply($user === 'anonymous' ? 230 : 530, "hello $user");
            break;
        case 'PASV':
            if ($passive !== null) socket_close($passive);
            $passive = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
            socket_set_option($passive, SOL_SOCKET, SO_RCVTIMEO, ['sec' => 0, 'usec' => 200000]);
            socket_bind($passive, $own);
            socket_listen($passive, 1);
            socket_getsockname($passive, $ip, $port);
            reply(227, sprintf('passive (%s,%d,%d)', str_replace('.', ',', $ip), $port >> 8, $port & 0xff));
            break;
        case 'NLST':
        case 'RETR':
            $text = $command === 'NLST' ? implode("\r\n", array_keys($files)) . "\r\n" : ($files[$name] ?? null);
            if ($text === null) {
                reply(550, "no file $name");
                break;
            }
            if (!($data = data())) break;
            for ($sent = 0; $sent < strlen($text); $sent += $n) {
                $n = socket_write($data, substr($text, $sent, 8192));
                if ($n === false) break;
            }
            socket_close($data);
            if ($command === 'RETR') $counts['RETR']++;
            reply(226, "$sent bytes");
            break;
        case 'STOR':
            if (!($data = data())) break;
            $files[$name] = '';
            while (socket_recv($data, $part, 4096, MSG_WAITALL) > 0) $files[$name] .= $part;
            socket_close($data);
            $counts['STOR']++;
            reply(226, strlen($files[$name]) . ' bytes');
            break;
        case 'SIZE':
            reply(isset($files[$name]) ? 213 : 550, isset($files[$name]) ? strlen($files[$name]) : 'no such file');
            break;
        case 'QUIT':
            reply(221, 'bye');
            break 2;
        default:
            reply(502, "what is $command?");
    }
}
socket_shutdown($control, 1);
echo 'rest: ', var_export(socket_read($control, 100), true), "\n";
socket_close($control);
foreach ($counts as $command => $count) echo "$command $count\n";

function reply(int $code, string $text): void
{
    global $control;
    $line = "$code $text\r\n";
    if (socket_write($control, $line, strlen($line)) !== strlen($line)) echo "short\n";
}

/** The next connection of the client, who may not come. */
function data(): Socket|false
{
    global $passive;
    if ($passive === null) {
        reply(425, 'PASV first');
        return false;
    }
    reply(150, 'here it comes');
    $data = @socket_accept($passive);
    if ($data === false) reply(425, socket_strerror(socket_last_error()));
    else socket_set_option($data, SOL_SOCKET, SO_RCVTIMEO, ['sec' => 20, 'usec' => 0]); // it has taken over the other one
    socket_close($passive);
    $passive = null;
    return $data;
}
