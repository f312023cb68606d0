<?php
$sock = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP) or die("no socket\n");
socket_connect($sock, '127.0.0.1', (int) $argv[1]);
socket_set_option($sock, SOL_SOCKET, SO_RCVTIMEO, ['sec' => 20, 'usec' => 0]);
foreach (['example.test', 'www.example.test', 'nobody.test', 'example.test'] as $number => $name) {
    echo "$name: ", lookup($sock, $number, $name) ?? 'unknown', "\n";
}
socket_set_nonblock($sock);
if (@socket_recv($sock, $data, 512, 0) === false && socket_last_error($sock) === SOCKET_EAGAIN) echo "nothing more\n";
socket_clear_error($sock);
socket_send($sock, '.', 1, 0);
socket_close($sock);

function lookup(Socket $sock, int $number, string $name): ?string
{
    $id = pack('n', $number);
    for ($try = 0; $try < 3; $try++) {
        if (!socket_send($sock, $id . $name, 2 + strlen($name), 0)) return null;
        $answer = @socket_read($sock, 512);
        if ($answer === false && socket_last_error($sock) === SOCKET_EAGAIN) continue;
        if ($answer !== false && substr($answer, 0, 2) === $id) return strlen($answer) === 6 ? inet_ntop(substr($answer, 2)) : null;
    }
    return null;
}
