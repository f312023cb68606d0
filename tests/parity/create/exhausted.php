<?php
// No descriptor is left.
$listener = socket_create_listen(0);
socket_getsockname($listener, $address, $port);
$client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($client, '127.0.0.1', $port);
[$address] = socket_addrinfo_lookup('127.0.0.1', '0', ['ai_socktype' => SOCK_STREAM]);
$multicast = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
$sockets = [];
while ($socket = @socket_create(AF_UNIX, SOCK_DGRAM, 0)) {
    $sockets[] = $socket;
}
show(socket_last_error() == SOCKET_EMFILE);
show(socket_create(AF_INET, SOCK_STREAM, SOL_TCP));
show(socket_create_listen(0));
show(socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair));
show(socket_accept($listener));
show(socket_addrinfo_bind($address));
show(socket_addrinfo_connect($address));
show(socket_last_error());

// The socket itself knows the interfaces' addresses.
show(socket_set_option($multicast, IPPROTO_IP, IP_MULTICAST_IF, 1));
show(socket_get_option($multicast, IPPROTO_IP, IP_MULTICAST_IF));
show(socket_set_option($multicast, IPPROTO_IP, IP_MULTICAST_IF, 9999));

// One of them closed, and there is one.
socket_close(array_shift($sockets));
show(socket_accept($listener));
