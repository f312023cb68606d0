<?php
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_read($socket, 10));
show(socket_last_error($socket) == SOCKET_ENOTCONN);
show(socket_read($socket, 10, PHP_NORMAL_READ));

$listener = socket_create_listen(0);
show(socket_read($listener, 10));

// A connection that the peer resets.
socket_getsockname($listener, $address, $port);
$client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($client, '127.0.0.1', $port);
$connection = socket_accept($listener);
socket_write($connection, 'never read');
socket_close($client);
show(socket_read($connection, 10));
show(socket_last_error($connection) == SOCKET_ECONNRESET);
show(socket_read($connection, 10));
