<?php
$listener = socket_create_listen(0);
socket_getsockname($listener, $host, $port);
$hints = ['ai_socktype' => SOCK_STREAM];
[$address] = socket_addrinfo_lookup('127.0.0.1', "$port", $hints);
$client = socket_addrinfo_connect($address);
show($client);
$connection = socket_accept($listener);
show(socket_write($connection, '你好'));
show(socket_read($client, 100));
show(socket_getpeername($client, $host, $there) ? [$host, $there == $port] : null);

// Nobody listens.
$bound = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_bind($bound, '127.0.0.1', 0);
socket_getsockname($bound, $host, $port);
[$address] = socket_addrinfo_lookup('127.0.0.1', "$port", $hints);
show(socket_addrinfo_connect($address));
show(socket_last_error());

