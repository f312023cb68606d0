<?php
$listener = socket_create_listen(0);
socket_getsockname($listener, $address, $port);
$client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($client, '127.0.0.1', $port);

// The stream and the socket are one connection.
$stream = socket_export_stream($client);
$accepting = socket_export_stream($listener);
$connection = socket_import_stream(stream_socket_accept($accepting));
fwrite($stream, "through the stream\n");
show(socket_read($connection, 100));
show(socket_write($client, "through the socket\n"));
show(socket_read($connection, 100));
socket_write($connection, "第一行\n第二行\n");
show(socket_read($client, 100, PHP_NORMAL_READ));
show(fgets($stream));

socket_create_pair(AF_UNIX, SOCK_DGRAM, 0, $pair);
$stream = socket_export_stream($pair[0]);
fwrite($stream, 'a datagram');
show(socket_read($pair[1], 100));
