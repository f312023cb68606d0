<?php
show(socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair) ? $pair : false);
show(socket_create_pair(AF_UNIX, SOCK_DGRAM, 0, $pair) ? $pair : false);
show(socket_create_pair(AF_UNIX, SOCK_SEQPACKET, 0, $pair) ? $pair : false);
show(socket_create_pair(AF_INET, SOCK_STREAM, 0, $pair) ? $pair : false);
show(socket_last_error());
show(socket_create_pair(AF_INET6, SOCK_STREAM, 0, $pair) ? $pair : false);
show(socket_create_pair(AF_UNIX, 0, 0, $pair) ? $pair : false);
show(socket_create_pair(AF_UNIX, SOCK_STREAM, 99, $pair) ? $pair : false);
show(socket_last_error());
show(fn() => socket_create_pair(99, SOCK_STREAM, 0, $pair) ? $pair : false);
show(fn() => socket_create_pair(AF_UNIX, 11, 0, $pair) ? $pair : false);

socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
[$left, $right] = $pair;
show($left == $right);
show($left == $pair[0]);
show(socket_write($left, '测试成功！'));
show(socket_read($right, 2048));
show(socket_write($right, 'back'));
show(socket_read($left, 2048));

// Messages keep their limits on SOCK_SEQPACKET.
socket_create_pair(AF_UNIX, SOCK_SEQPACKET, 0, $pair);
socket_write($pair[0], 'one');
socket_write($pair[0], 'two');
show(socket_read($pair[1], 2));
show(socket_read($pair[1], 2048));
