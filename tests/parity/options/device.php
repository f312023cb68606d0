<?php
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_set_option($socket, SOL_SOCKET, SO_BINDTODEVICE, 'nosuchdevice'));
show(socket_last_error($socket) == SOCKET_ENODEV);
show(socket_set_option($socket, SOL_SOCKET, SO_BINDTODEVICE, ''));
