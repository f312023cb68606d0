<?php
$listener = stream_socket_server('tcp://127.0.0.1:0');
$listener = socket_import_stream($listener);
show($listener);
show(socket_getsockname($listener, $address, $port) ? $address : null);
show(socket_get_option($listener, SOL_SOCKET, SO_TYPE) == SOCK_STREAM);

$client = socket_import_stream(stream_socket_client("tcp://127.0.0.1:$port"));
show(socket_getpeername($client, $address, $there) ? [$address, $there == $port] : null);
$connection = socket_accept($listener);
show(socket_write($client, '你好'));
show(socket_read($connection, 100));

$datagrams = socket_import_stream(stream_socket_server('udp://[::1]:0', flags: STREAM_SERVER_BIND));
show(socket_getsockname($datagrams, $address, $port) ? $address : null);
show(socket_recvfrom($datagrams, $data, 100, MSG_DONTWAIT, $address, $port));

[$left, $right] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
fwrite($left, "from the stream\n");
$right = socket_import_stream($right);
show(socket_read($right, 100, PHP_NORMAL_READ));
show(socket_getsockname($right, $address) ? $address : null);

// Not a socket.
file_put_contents('note.txt', 'x');
show(socket_import_stream(fopen('note.txt', 'r')));
