<?php
[$address, $port, $data] = ['', 0, ''];
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
$same = $socket;
show(socket_close($socket));

// Closed for every variable that holds it.
show(fn() => socket_close($same));
show(fn() => socket_bind($same, '127.0.0.1', 0));
show(fn() => socket_listen($same));
show(fn() => socket_accept($same));
show(fn() => socket_connect($same, '127.0.0.1', 1));
show(fn() => socket_read($same, 1));
show(fn() => socket_write($same, 'x'));
show(fn() => socket_recv($same, $data, 1, 0));
show(fn() => socket_send($same, 'x', 1, 0));
show(fn() => socket_recvfrom($same, $data, 1, 0, $address, $port));
show(fn() => socket_sendto($same, 'x', 1, 0, '127.0.0.1', 1));
show(fn() => socket_set_block($same));
show(fn() => socket_set_nonblock($same));
show(fn() => socket_shutdown($same));
show(fn() => socket_getsockname($same, $address, $port));
show(fn() => socket_getpeername($same, $address, $port));
show(fn() => socket_export_stream($same));
show(fn() => socket_last_error($same));

// The peer sees the end, and the errors of both stay as they were.
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
socket_close($pair[0]);
show(socket_read($pair[1], 10));
show(socket_last_error($pair[1]));
show(socket_last_error());

// The last variable to go closes it, too.
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
unset($pair[0]);
show(socket_read($pair[1], 10));
