<?php
$room = fn (string $first) => enter((int) $argv[1], $first);
$ming = $room('诗 小明');
$hong = $room('诗 小红');
$alone = $room('tea Tim');
socket_write($ming, "床前明月光\n");
echo heard($hong);
socket_write($alone, "anybody?\n");
socket_write($hong, "疑是地上霜\n");
echo heard($ming);
socket_write($hong, "/quit\n");
echo heard($hong);
var_dump(@socket_read($hong, 100));
echo heard($ming);
socket_write($alone, "/quit\n");
echo heard($alone);
socket_shutdown($ming, 1);
echo socket_recv($ming, $rest, 100, MSG_WAITALL), " more\n";
foreach ([$ming, $hong, $alone] as $socket) socket_close($socket);

function enter(int $port, string $first): Socket
{
    $socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    socket_set_option($socket, SOL_SOCKET, SO_RCVTIMEO, ['sec' => 10, 'usec' => 0]);
    if (!socket_connect($socket, '127.0.0.1', $port)) die(socket_strerror(socket_last_error($socket)) . "\n");
    socket_write($socket, "$first\n");
    echo heard($socket);
    return $socket;
}

function heard(Socket $socket): string
{
    return socket_read($socket, 1024, PHP_NORMAL_READ);
}
