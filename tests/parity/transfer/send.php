<?php
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
[$ours, $theirs] = $pair;
show(socket_send($ours, 'hello', 5, 0));
show(socket_send($ours, 'hello', 2, 0));
show(socket_send($ours, '你好', 100, 0));
show(socket_send($ours, 'nothing', 0, 0));
show(socket_send($ours, '', 0, 0));
show(socket_read($theirs, 100));
show(socket_send($ours, 'flags', 5, MSG_DONTWAIT | MSG_NOSIGNAL));
show(socket_read($theirs, 100));

// The end of a record.
socket_create_pair(AF_UNIX, SOCK_SEQPACKET, 0, $pair);
show(socket_send($pair[0], 'record', 6, MSG_EOR));
show(socket_read($pair[1], 100));

$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_send($socket, 'x', 1, 0));
show(socket_last_error($socket) == SOCKET_EPIPE);
socket_close($theirs);
show(socket_send($ours, 'x', 1, 0));
$socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
show(socket_send($socket, 'x', 1, 0));
show(socket_send($socket, 'x', 1, MSG_OOB));
