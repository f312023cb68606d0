<?php
$data = $address = $port = 'kept';
$socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
show(socket_recvfrom($socket, $data, 0, 0, $address, $port));
show(socket_last_error($socket));
show(socket_recvfrom($socket, $data, 10, MSG_DONTWAIT, $address, $port));
show(socket_last_error($socket));
show([$data, $address, $port]);

$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_recvfrom($socket, $data, 10, 0, $address, $port));
show(socket_last_error($socket));
show(socket_last_error());
$socket = socket_create(AF_UNIX, SOCK_DGRAM, 0);
show(socket_recvfrom($socket, $data, 10, MSG_OOB, $address));
$socket = socket_create(AF_UNIX, SOCK_STREAM, 0);
show(socket_recvfrom($socket, $data, 10, 0, $address));
show($data);
