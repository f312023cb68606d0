<?php
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_shutdown($socket));
show(socket_last_error($socket));

// 0 reading, 1 writing, 2 both.
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
socket_write($pair[0], 'last words');
show(socket_shutdown($pair[0], 1));
show(socket_write($pair[0], 'x'));
show(socket_read($pair[1], 100));
show(socket_read($pair[1], 100));
show(socket_write($pair[1], 'answer'));
show(socket_read($pair[0], 100));
show(socket_shutdown($pair[0], 0));
show(socket_read($pair[0], 100));
show(socket_shutdown($pair[1]));
show(socket_write($pair[1], 'x'));
show(socket_shutdown($pair[1], 2));

socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
show(fn() => socket_shutdown($pair[0], 3));
show(fn() => socket_shutdown($pair[0], -1));
