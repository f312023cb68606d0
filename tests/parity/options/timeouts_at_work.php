<?php
$timeout = ['sec' => 0, 'usec' => 30000];
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
socket_set_option($pair[0], SOL_SOCKET, SO_RCVTIMEO, $timeout);
show(socket_read($pair[0], 10));
show(socket_last_error($pair[0]));
show(socket_recv($pair[0], $data, 10, MSG_WAITALL));
show(socket_recvfrom($pair[0], $data, 10, 0, $address));

// What came in time is not lost.
socket_write($pair[1], '一半');
show(socket_recv($pair[0], $data, 12, MSG_WAITALL) . " $data");

$server = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
socket_bind($server, '127.0.0.1', 0);
socket_set_option($server, SOL_SOCKET, SO_RCVTIMEO, $timeout);
show(socket_recvfrom($server, $data, 10, 0, $address, $port));
show(socket_last_error($server) == SOCKET_EAGAIN);

$listener = socket_create_listen(0);
socket_set_option($listener, SOL_SOCKET, SO_RCVTIMEO, $timeout);
show(socket_accept($listener));
show(socket_last_error() == SOCKET_EWOULDBLOCK);

// Not in the way of what is there.
socket_getsockname($listener, $address, $port);
$client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($client, '127.0.0.1', $port);
show(socket_accept($listener));
