<?php
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(fn() => socket_shutdown($socket));
show(fn() => socket_last_error($socket));

// 0 reading, 1 writing, 2 both.
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
socket_write($pair[0], 'last words');
show(fn() => socket_shutdown($pair[0], 1));
show(fn() => socket_write($pair[0], 'x'));
show(fn() => socket_read($pair[1], 100));
show(fn() => socket_read($pair[1], 100));
show(fn() => socket_write($pair[1], 'answer'));
show(fn() => socket_read($pair[0], 100));
show(fn() => socket_shutdown($pair[0], 0));
show(fn() => socket_read($pair[0], 100));
show(fn() => socket_shutdown($pair[1]));
show(fn() => socket_write($pair[1], 'x'));
show(fn() => socket_shutdown($pair[1], 2));

socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
show(fn() => socket_shutdown($pair[0], 3));
show(fn() => socket_shutdown($pair[0], -1));
