<?php
// The system doubles what it is asked for, for its own needs.
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_set_option($socket, SOL_SOCKET, SO_SNDBUF, 16384));
show(socket_get_option($socket, SOL_SOCKET, SO_SNDBUF));
show(socket_set_option($socket, SOL_SOCKET, SO_RCVBUF, 16384));
show(socket_get_option($socket, SOL_SOCKET, SO_RCVBUF));
show(socket_set_option($socket, SOL_SOCKET, SO_RCVBUF, 1));
show(socket_get_option($socket, SOL_SOCKET, SO_RCVBUF));
show(socket_set_option($socket, SOL_SOCKET, SO_SNDBUF, 0));
show(socket_get_option($socket, SOL_SOCKET, SO_SNDBUF));
