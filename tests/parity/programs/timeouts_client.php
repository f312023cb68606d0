<?php
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_set_option($socket, SOL_SOCKET, SO_RCVTIMEO, ['sec' => 0, 'usec' => 50000]);
socket_set_option($socket, SOL_SOCKET, SO_SNDTIMEO, ['sec' => 5, 'usec' => 0]);
socket_connect($socket, '127.0.0.1', (int) $argv[1]);
socket_write($socket, "hello?\n");
show(socket_read($socket, 2048));
if (socket_last_error($socket) === SOCKET_EWOULDBLOCK) {
    echo "超时，再试一次\n";
}
socket_set_option($socket, SOL_SOCKET, SO_RCVTIMEO, ['sec' => 10, 'usec' => 0]);
socket_write($socket, "still there?\n");
show(socket_read($socket, 2048));
show(socket_read($socket, 2048));
