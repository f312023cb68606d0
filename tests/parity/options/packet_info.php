<?php
$socket = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP);
show(socket_set_option($socket, IPPROTO_IPV6, IPV6_PKTINFO, ['addr' => '::1', 'ifindex' => 1]));
show(socket_set_option($socket, IPPROTO_IPV6, IPV6_PKTINFO, ['addr' => '::1', 'ifindex' => 'lo']));
show(socket_set_option($socket, IPPROTO_IPV6, IPV6_PKTINFO, ['addr' => '::', 'ifindex' => 0]));
show(socket_last_error($socket));
show(socket_set_option($socket, IPPROTO_IPV6, IPV6_PKTINFO, ['addr' => '::1', 'ifindex' => 'nosuchdevice']));
show(socket_last_error($socket));
show(socket_set_option($socket, IPPROTO_IPV6, IPV6_PKTINFO, ['addr' => '::g', 'ifindex' => 1]));
show(socket_last_error($socket));
show(socket_set_option($socket, IPPROTO_IPV6, IPV6_PKTINFO, 5));
