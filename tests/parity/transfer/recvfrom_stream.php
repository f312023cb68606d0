<?php
// A connection names no sender.
$listener = socket_create_listen(0);
socket_getsockname($listener, $address, $port);
$client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($client, '127.0.0.1', $port);
$connection = socket_accept($listener);
socket_write($connection, '你好');
show(socket_recvfrom($client, $data, 100, 0, $address, $port) . " $data [$address] $port");
socket_close($connection);
show(socket_recvfrom($client, $data, 100, 0, $address, $port) . " $data [$address] $port");

$listener = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP);
socket_bind($listener, '::1');
socket_listen($listener);
socket_getsockname($listener, $address, $port);
$client = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP);
socket_connect($client, '::1', $port);
$connection = socket_accept($listener);
socket_write($connection, 'hello');
show(socket_recvfrom($client, $data, 100, 0, $address, $port) . " $data [$address] $port");

socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
socket_write($pair[0], 'hello');
show(socket_recvfrom($pair[1], $data, 100, 0, $address) . " $data [$address] 0");
socket_close($pair[0]);
show(socket_recvfrom($pair[1], $data, 100, 0, $address) . " $data [$address] 0");
