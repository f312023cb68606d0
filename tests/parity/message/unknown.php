<?php
// A control message of another kind: the time of arrival, SO_TIMESTAMP.
$timestamp = 29;
$server = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
socket_bind($server, '127.0.0.1', 0);
socket_getsockname($server, $address, $port);
show(socket_set_option($server, SOL_SOCKET, $timestamp, 1));
$client = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
show(socket_sendto($client, 'x', 1, 0, '127.0.0.1', $port));
$message = ['controllen' => 100];
show(socket_recvmsg($server, $message));
show($message ? count($message['control']) : $message);
