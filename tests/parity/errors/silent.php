<?php
// Where a call would have to wait PHP returns false without a warning; the number is recorded.
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
[$ours] = $pair;
$data = $address = $port = '';
socket_set_nonblock($ours);
show(socket_read($ours, 10));
show([socket_last_error($ours), socket_last_error()]);
socket_clear_error($ours);
show(socket_recv($ours, $data, 10, 0));
show([socket_last_error($ours), socket_last_error()]);
socket_clear_error($ours);
show(socket_recvfrom($ours, $data, 10, 0, $address));
show([socket_last_error($ours), socket_last_error()]);

$listener = socket_create_listen(0);
socket_set_nonblock($listener);
socket_clear_error();
show(socket_accept($listener));
show(socket_last_error());

socket_getsockname($listener, $address, $port);
$client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_set_nonblock($client);
show(socket_connect($client, '127.0.0.1', $port));
show([socket_last_error($client), socket_last_error()]);
show(socket_strerror(socket_last_error($client)));
echo socket_strerror(SOCKET_EWOULDBLOCK), "\n";

// A queue of datagrams that is full.
socket_create_pair(AF_UNIX, SOCK_DGRAM, 0, $pair);
socket_set_nonblock($pair[0]);
$count = 0;
while (socket_write($pair[0], 'x')) {
    ++$count;
}
show($count > 0);
show(socket_last_error($pair[0]));
show(socket_send($pair[0], 'x', 1, 0));
