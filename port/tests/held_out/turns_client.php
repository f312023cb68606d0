<?php
$moves = [['5', 'again', '7', 'pass', '1'], ['3', '9', 'x', 'end']];
$sockets = [];
for ($n = 0; $n < 2; $n++) {
    $sockets[$n] = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    socket_connect($sockets[$n], '127.0.0.1', (int) $argv[1]);
    echo socket_read($sockets[$n], 100, PHP_NORMAL_READ);
}
$at = [0, 0];
$turn = 0;
while (true) {
    echo $turn, ' ', socket_read($sockets[$turn], 100, PHP_NORMAL_READ);
    $move = $moves[$turn][$at[$turn]];
    $at[$turn]++;
    socket_write($sockets[$turn], "$move\n");
    if ($move == 'end') {
        break;
    }
    if ($move != 'again') {
        $turn = 1 - $turn;
    }
}
foreach ($sockets as $socket) {
    echo socket_read($socket, 100, PHP_NORMAL_READ);
}
