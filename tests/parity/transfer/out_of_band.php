<?php
$listener = socket_create_listen(0);
socket_getsockname($listener, $address, $port);
$client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($client, '127.0.0.1', $port);
$connection = socket_accept($listener);

// The last byte is the urgent one.
show(socket_send($client, 'abc!', 4, MSG_OOB));
$read = $except = [$connection];
$write = null;
show(socket_select($read, $write, $except, 5));
$except = [$connection];
show(socket_select($write, $write, $except, 0));
show(fn() => socket_atmark($connection));
show(socket_recv($connection, $data, 10, MSG_OOB) . " $data");
show(socket_recv($connection, $data, 10, 0) . " $data");
show(fn() => socket_atmark($connection));
show(socket_recv($connection, $data, 10, MSG_OOB));

// In line, with the other bytes.
$client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($client, '127.0.0.1', $port);
$connection = socket_accept($listener);
socket_set_option($connection, SOL_SOCKET, SO_OOBINLINE, 1);
socket_send($client, 'def!', 4, MSG_OOB);
show(socket_recv($connection, $data, 3, MSG_WAITALL) . " $data");
show(socket_read($connection, 10));

$datagrams = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
show(fn() => socket_atmark($datagrams));
