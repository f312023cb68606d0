<?php
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($socket, '127.0.0.1', (int) $argv[1]);
for ($i = 1; $i <= 2000; ++$i) {
    socket_write($socket, "第 $i 行\n");
}
show(socket_shutdown($socket, 1));
show(@socket_write($socket, 'too late'));
show(socket_last_error($socket) == SOCKET_EPIPE);
show(socket_read($socket, 1000));
show(socket_read($socket, 1000));
