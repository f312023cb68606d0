<?php
$listener = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_bind($listener, '127.0.0.1', 0);
socket_listen($listener, 4);
socket_getsockname($listener, $address, $port);

$client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($client, $address, $port);
$connection = socket_accept($listener);
show($connection);
show($connection == $listener);
show(socket_getsockname($connection, $address, $here) ? [$address, $here == $port] : null);
socket_getsockname($client, $address, $port_of_client);
show(socket_getpeername($connection, $address, $there) ? [$address, $there == $port_of_client] : null);

// A connection is blocking even when the listener is not.
socket_set_nonblock($listener);
$second = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_getsockname($listener, $address, $port);
socket_connect($second, $address, $port);
$read = [$listener];
$none = null;
show(socket_select($read, $none, $none, 5));
$connection = socket_accept($listener);
show(socket_accept($listener));
socket_write($second, 'hello');
show(socket_recv($connection, $data, 5, MSG_WAITALL));
socket_close($second);
show(socket_read($connection, 10));

// The connection outlives the listener.
socket_close($listener);
socket_write($client, '你好');
socket_close($client);
