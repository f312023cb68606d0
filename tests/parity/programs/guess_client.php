<?php
$players = [];
foreach (['one', 'two', 'three'] as $name) {
    $socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    socket_connect($socket, '127.0.0.1', (int) $argv[1]) or die("no server\n");
    echo "$name: ", socket_read($socket, 1024, PHP_NORMAL_READ);
    $players[$name] = $socket;
}
foreach ([['one', '50'], ['two', '7'], ['three', 'quit'], ['one', "0\n41"]] as [$name, $guess]) {
    socket_write($players[$name], "$guess\n");
    echo "$name: $guess: ", socket_read($players[$name], 1024, PHP_NORMAL_READ);
}
socket_write($players['two'], "42\n");
echo 'one: ', socket_read($players['one'], 1024, PHP_NORMAL_READ);
echo 'two: ', socket_read($players['two'], 1024, PHP_NORMAL_READ);
foreach ($players as $socket) socket_close($socket);
