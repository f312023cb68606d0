<?php
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_close($socket);
show(fn() => socket_get_option($socket, SOL_SOCKET, SO_TYPE));
show(fn() => socket_set_option($socket, SOL_SOCKET, SO_REUSEADDR, 1));
show(fn() => socket_getopt($socket, SOL_SOCKET, SO_TYPE));
show(fn() => socket_setopt($socket, SOL_SOCKET, SO_REUSEADDR, 1));
