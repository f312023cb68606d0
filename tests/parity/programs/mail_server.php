<?php
// Takes one mail, as an SMTP server does.
if (($sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)) === false) die(socket_strerror(socket_last_error()));
if (socket_bind($sock, '127.0.0.1', 0) === false) die(socket_strerror(socket_last_error($sock)));
if (socket_listen($sock, 1) === false) die(socket_strerror(socket_last_error($sock)));
socket_getsockname($sock, $ip, $port);
listening($port);
$client = socket_accept($sock);
socket_getpeername($client, $ip);
echo "from $ip\n";
say($client, '220 mail.example ready');
$mail = [];
while (($line = @socket_read($client, 1000, PHP_NORMAL_READ)) !== false) {
    $line = trim($line);
    if ($line === '') continue;
    switch (strtoupper(strtok($line, ' '))) {
        case 'HELO':
            say($client, '250 hello');
            break;
        case 'MAIL':
        case 'RCPT':
            $mail[] = $line;
            say($client, '250 ok');
            break;
        case 'DATA':
            say($client, '354 go on');
            $text = '';
            while (($bytes = socket_recv($client, $data, 512, 0)) > 0) {
                $text .= $data;
                if (substr($text, -5) === "\r\n.\r\n") break;
            }
            $mail[] = strlen($text) . ' bytes';
            say($client, '250 taken');
            break;
        case 'QUIT':
            say($client, '221 bye');
            break 2;
        default:
            say($client, '500 what?');
    }
}
socket_shutdown($client, 2);
socket_close($client);
socket_close($sock);
echo implode("\n", $mail), "\n";

function say(Socket $client, string $text): void
{
    $text .= "\r\n";
    while ($text !== '') {
        $sent = socket_write($client, $text, strlen($text));
        if ($sent === false) return;
        $text = substr($text, $sent);
    }
}
