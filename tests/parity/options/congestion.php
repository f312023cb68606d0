<?php
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_set_option($socket, SOL_TCP, TCP_CONGESTION, 'reno'));
show(socket_get_option($socket, SOL_TCP, TCP_CONGESTION)['name']);
show(socket_set_option($socket, SOL_TCP, TCP_CONGESTION, 'no such algorithm'));
show(socket_last_error($socket));
show(socket_get_option($socket, SOL_TCP, TCP_CONGESTION)['name']);
