<?php
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_get_option($socket, SOL_SOCKET, SO_LINGER));
show(socket_set_option($socket, SOL_SOCKET, SO_LINGER, ['l_onoff' => 1, 'l_linger' => 5]));
show(socket_get_option($socket, SOL_SOCKET, SO_LINGER));
show(socket_set_option($socket, SOL_SOCKET, SO_LINGER, ['l_onoff' => 1, 'l_linger' => 65535]));
show(socket_get_option($socket, SOL_SOCKET, SO_LINGER));
show(socket_set_option($socket, SOL_SOCKET, SO_LINGER, ['l_onoff' => 0, 'l_linger' => 0]));
show(socket_get_option($socket, SOL_SOCKET, SO_LINGER));

// Without a time closing resets the connection.
$listener = socket_create_listen(0);
socket_getsockname($listener, $address, $port);
socket_connect($socket, '127.0.0.1', $port);
$connection = socket_accept($listener);
show(socket_set_option($socket, SOL_SOCKET, SO_LINGER, ['l_onoff' => 1, 'l_linger' => 0]));
socket_close($socket);
show(socket_read($connection, 10));
show(socket_last_error($connection));

// Not the array that it should be.
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(fn() => socket_set_option($socket, SOL_SOCKET, SO_LINGER, 5));
show(fn() => socket_set_option($socket, SOL_SOCKET, SO_LINGER, ['l_onoff' => -1, 'l_linger' => 1]));
show(fn() => socket_set_option($socket, SOL_SOCKET, SO_LINGER, ['l_onoff' => 1, 'l_linger' => 65536]));
