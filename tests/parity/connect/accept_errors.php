<?php
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_accept($socket));
show(socket_last_error());
show(socket_last_error($socket));

$socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
show(socket_accept($socket));
show(socket_last_error());

// Nobody waits.
$listener = socket_create_listen(0);
socket_set_nonblock($listener);
show(socket_accept($listener));
show(socket_last_error());

// Nobody comes in time.
socket_set_block($listener);
socket_set_option($listener, SOL_SOCKET, SO_RCVTIMEO, ['sec' => 0, 'usec' => 20000]);
socket_clear_error();
show(socket_accept($listener));
show(socket_last_error());
