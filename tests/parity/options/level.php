<?php
// An option of TCP whose number means something else elsewhere: PHP goes by the number.
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(fn() => socket_set_option($socket, SOL_TCP, TCP_NOTSENT_LOWAT, 16384));
show(socket_get_option($socket, SOL_TCP, TCP_NOTSENT_LOWAT));
