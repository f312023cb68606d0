<?php
$socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
show(socket_get_option($socket, IPPROTO_IP, IP_MULTICAST_IF));
show(socket_set_option($socket, IPPROTO_IP, IP_MULTICAST_IF, 'lo'));
show(socket_get_option($socket, IPPROTO_IP, IP_MULTICAST_IF));
show(socket_set_option($socket, IPPROTO_IP, IP_MULTICAST_IF, 0));
show(socket_get_option($socket, IPPROTO_IP, IP_MULTICAST_IF));
show(socket_set_option($socket, IPPROTO_IP, IP_MULTICAST_IF, 1));
show(socket_get_option($socket, IPPROTO_IP, IP_MULTICAST_IF));
show(socket_set_option($socket, IPPROTO_IP, IP_MULTICAST_IF, 'nosuchdevice'));
show(socket_set_option($socket, IPPROTO_IP, IP_MULTICAST_IF, 9999));
show(socket_last_error($socket));
show(fn() => socket_set_option($socket, IPPROTO_IP, IP_MULTICAST_IF, -1));

$socket = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP);
show(socket_get_option($socket, IPPROTO_IPV6, IPV6_MULTICAST_IF));
show(socket_set_option($socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, 'lo'));
show(socket_get_option($socket, IPPROTO_IPV6, IPV6_MULTICAST_IF));
show(socket_set_option($socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, 0));
show(socket_get_option($socket, IPPROTO_IPV6, IPV6_MULTICAST_IF));
show(socket_set_option($socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, 'nosuchdevice'));
show(socket_set_option($socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, 9999));
show(fn() => socket_set_option($socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, -1));

// A socket that knows no addresses.
$unix = socket_create(AF_UNIX, SOCK_DGRAM, 0);
foreach ([1, 9999, 0] as $interface) {
    show(socket_set_option($unix, IPPROTO_IP, IP_MULTICAST_IF, $interface));
    show(socket_last_error($unix));
}
