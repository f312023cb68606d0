<?php
// Sends a signal every hundredth of a second until the server has had enough.
[$port, $process] = array_map(intval(...), explode(' ', $argv[1]));
$control = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($control, '127.0.0.1', $port);
do {
    posix_kill($process, SIGUSR1);
    $read = [$control];
    $none = null;
} while (socket_select($read, $none, $none, 0, 10000) === 0);
show(socket_read($control, 100));
