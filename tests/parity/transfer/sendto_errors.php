<?php
$socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
show(fn() => socket_sendto($socket, 'x', 1, 0, '127.0.0.1'));
show(socket_sendto($socket, 'x', 1, 0, '', 9));
show(socket_last_error($socket));
show(socket_sendto($socket, str_repeat('x', 65508), 65508, 0, '127.0.0.1', 9));
show(socket_last_error($socket) == SOCKET_EMSGSIZE);
show(socket_sendto($socket, 'x', 1, MSG_OOB, '127.0.0.1', 9));

// A broadcast needs the option.
show(socket_sendto($socket, 'x', 1, 0, '127.255.255.255', 9));
show(socket_last_error($socket) == SOCKET_EACCES);

// A connection has its address.
$stream = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_sendto($stream, 'x', 1, 0, '127.0.0.1', 9));
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
show(socket_sendto($pair[0], 'x', 1, 0, 'server.sock'));

show(fn() => socket_sendto($socket, 'x', 1, 0, '127.0.0.1', -1));
show(fn() => socket_sendto($socket, 'x', 1, 0, '127.0.0.1', 70000));
