<?php
$data = $address = $port = 'kept';
$socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
show(fn() => socket_recvfrom($socket, $data, 0, 0, $address, $port));
show(fn() => socket_last_error($socket));
show(fn() => socket_recvfrom($socket, $data, 10, MSG_DONTWAIT, $address, $port));
show(fn() => socket_last_error($socket));
show(fn() => [$data, $address, $port]);

$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(fn() => socket_recvfrom($socket, $data, 10, 0, $address, $port));
show(fn() => socket_last_error($socket));
show(fn() => socket_last_error());
$socket = socket_create(AF_UNIX, SOCK_DGRAM, 0);
show(fn() => socket_recvfrom($socket, $data, 10, MSG_OOB, $address));
$socket = socket_create(AF_UNIX, SOCK_STREAM, 0);
show(fn() => socket_recvfrom($socket, $data, 10, 0, $address));
show(fn() => $data);
