<?php
// All at once, without waiting for any one.
$ports = array_map(intval(...), explode(',', $argv[1]));
$pending = [];
foreach ($ports as $i => $port) {
    $pending[$i] = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    socket_set_nonblock($pending[$i]);
    if (!socket_connect($pending[$i], '127.0.0.1', $port) && socket_last_error($pending[$i]) !== SOCKET_EINPROGRESS) {
        die('socket_connect() 失败');
    }
}
$state = [];
while ($pending) {
    $write = $pending;
    $read = $except = null;
    if (socket_select($read, $write, $except, 20) === 0) {
        break;
    }
    foreach ($write as $i => $socket) {
        $error = socket_get_option($socket, SOL_SOCKET, SO_ERROR);
        $state[$i] = $error === 0 ? '开放' : socket_strerror($error);
        unset($pending[$i]);
        socket_close($socket);
    }
}
ksort($state);
foreach ($state as $i => $text) {
    echo "$i: $text\n";
}
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($socket, '127.0.0.1', $ports[5]);
socket_write($socket, 'over');
