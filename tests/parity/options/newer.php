<?php
// Options that came after PHP 8.2, by their numbers on Linux.
$udp_segment = 103;
$user_timeout = 18;
$socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
show(socket_set_option($socket, SOL_UDP, $udp_segment, 1400));
show(socket_get_option($socket, SOL_UDP, $udp_segment));
show(fn() => socket_set_option($socket, SOL_UDP, $udp_segment, 65536));
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_set_option($socket, SOL_TCP, $user_timeout, 5000));
show(socket_get_option($socket, SOL_TCP, $user_timeout));
show(fn() => socket_set_option($socket, SOL_TCP, $user_timeout, -1));

// A program for the kernel to choose a socket with: PHP makes it of two numbers only.
$attach_reuseport_cbpf = 51;
$socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
socket_set_option($socket, SOL_SOCKET, SO_REUSEPORT, 1);
show(@socket_set_option($socket, SOL_SOCKET, $attach_reuseport_cbpf, SKF_AD_CPU));
show(socket_set_option($socket, SOL_SOCKET, $attach_reuseport_cbpf, 12345));
