<?php
$socket = socket_create(AF_UNIX, SOCK_STREAM, 0);
show(socket_connect($socket, 'server.sock'));
show(socket_last_error($socket));
show(socket_connect($socket, ''));
show(fn() => socket_connect($socket, str_repeat('x', 108)));
show(socket_connect($socket, "\0nobody listens here " . getmypid()));

// A file that nobody listens on, and one that is no socket.
$listener = socket_create(AF_UNIX, SOCK_STREAM, 0);
socket_bind($listener, 'server.sock');
show(socket_connect($socket, 'server.sock'));
file_put_contents('plain', '');
show(socket_connect($socket, 'plain'));

socket_listen($listener, 1);
show(socket_connect($socket, 'server.sock'));
$connection = socket_accept($listener);
show(socket_write($connection, "欢迎\n"));
show(socket_read($socket, 100));
show(socket_getpeername($socket, $address) ? $address : null);
show(socket_getpeername($connection, $address) ? $address : null);

// A socket of another type.
$datagrams = socket_create(AF_UNIX, SOCK_DGRAM, 0);
show(socket_connect($datagrams, 'server.sock'));
show(socket_last_error($datagrams));

// An abstract name.
$name = "\0php-sockets " . getmypid();
$listener = socket_create(AF_UNIX, SOCK_STREAM, 0);
socket_bind($listener, $name);
socket_listen($listener);
$socket = socket_create(AF_UNIX, SOCK_STREAM, 0);
show(socket_connect($socket, $name));
