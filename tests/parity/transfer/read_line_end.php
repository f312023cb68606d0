<?php
function ended(string $data): Socket
{
    socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
    socket_write($pair[0], $data);
    socket_close($pair[0]);
    return $pair[1];
}

// Blocking: the end is an error.
$socket = ended('');
show(socket_read($socket, 100, PHP_NORMAL_READ));
show(socket_last_error($socket) == SOCKET_ECONNRESET);
show(socket_last_error() == SOCKET_ECONNRESET);
show(socket_read($socket, 100, PHP_NORMAL_READ));
show(socket_read($socket, 100));
$socket = ended("last line\n");
show(socket_read($socket, 100, PHP_NORMAL_READ));
show(socket_read($socket, 100, PHP_NORMAL_READ));

// A line that the end cuts off, and one that has just the length.
$socket = ended('no newline');
show(socket_read($socket, 100, PHP_NORMAL_READ));
show(socket_read($socket, 100, PHP_NORMAL_READ));
$socket = ended('exactly');
show(socket_read($socket, 7, PHP_NORMAL_READ));

// Non-blocking: the end is an empty string.
$socket = ended('');
socket_set_nonblock($socket);
show(socket_read($socket, 100, PHP_NORMAL_READ));
show(socket_last_error($socket));
$socket = ended('没有换行');
socket_set_nonblock($socket);
show(socket_read($socket, 100, PHP_NORMAL_READ));
show(socket_read($socket, 100, PHP_NORMAL_READ));
