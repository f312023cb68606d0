<?php
$hints = ['ai_socktype' => SOCK_STREAM];
[$address] = socket_addrinfo_lookup('127.0.0.1', '0', $hints);
$listener = socket_addrinfo_bind($address);
show($listener);
show(socket_getsockname($listener, $host, $port) ? [$host, $port > 0] : null);
show(socket_get_option($listener, SOL_SOCKET, SO_REUSEADDR));
show(socket_listen($listener, 4));

// In use, and not this machine's.
[$address] = socket_addrinfo_lookup('127.0.0.1', "$port", $hints);
show(socket_addrinfo_bind($address));
show(socket_last_error() == SOCKET_EADDRINUSE);
[$address] = socket_addrinfo_lookup('203.0.113.5', '0', $hints);
show(socket_addrinfo_bind($address));
show(socket_last_error() == SOCKET_EADDRNOTAVAIL);

[$address] = socket_addrinfo_lookup('::1', '0', ['ai_socktype' => SOCK_DGRAM]);
$socket = socket_addrinfo_bind($address);
show(socket_getsockname($socket, $host, $port) ? [$host, $port > 0] : null);
show(socket_get_option($socket, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM);
