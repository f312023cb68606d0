<?php
// MSG_TRUNC asks for the whole length of a datagram; PHP returns a string of that length, read past its buffer.
socket_create_pair(AF_UNIX, SOCK_DGRAM, 0, $pair);
$data = '';
socket_write($pair[0], 'a long datagram');
show(socket_recv($pair[1], $data, 6, MSG_TRUNC));
socket_write($pair[0], 'a long datagram');
show(socket_recv($pair[1], $data, 6, MSG_TRUNC) ? strlen($data) : null);
socket_write($pair[0], 'a long datagram');
show(socket_recv($pair[1], $data, 6, 0) . " $data");
socket_write($pair[0], 'short');
show(socket_recv($pair[1], $data, 6, MSG_TRUNC) . " $data");

// So does socket_recvfrom.
socket_write($pair[0], 'a long datagram');
show(socket_recvfrom($pair[1], $data, 6, MSG_TRUNC, $address) . ' ' . strlen($data));
socket_write($pair[0], 'short');
show(socket_recvfrom($pair[1], $data, 6, MSG_TRUNC, $address) . " $data");
