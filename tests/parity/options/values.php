<?php
// What PHP makes a number of.
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_set_option($socket, SOL_SOCKET, SO_KEEPALIVE, true));
show(socket_get_option($socket, SOL_SOCKET, SO_KEEPALIVE));
show(socket_set_option($socket, SOL_SOCKET, SO_RCVLOWAT, '7'));
show(socket_get_option($socket, SOL_SOCKET, SO_RCVLOWAT));
show(socket_set_option($socket, SOL_SOCKET, SO_RCVLOWAT, ' 8'));
show(socket_get_option($socket, SOL_SOCKET, SO_RCVLOWAT));

// Text, an array of another option, and a number that does not fit.
show(fn() => socket_set_option($socket, SOL_SOCKET, SO_KEEPALIVE, 'yes'));
show(fn() => socket_set_option($socket, SOL_SOCKET, SO_KEEPALIVE, ['sec' => 1, 'usec' => 0]));
show(fn() => socket_set_option($socket, SOL_SOCKET, SO_KEEPALIVE, 4294967296));
show(fn() => socket_set_option($socket, SOL_TCP, TCP_CONGESTION, 5));
show(fn() => socket_set_option($socket, SOL_SOCKET, SO_BINDTODEVICE, 5));
