<?php
// The array of another option lacks a key, or has one that does not count.
$arrays = [
    ['l_onoff' => 1, 'l_linger' => 0],
    ['sec' => 1, 'usec' => 0],
    ['group' => '239.1.2.3', 'interface' => 'lo'],
    ['group' => '239.1.2.4', 'source' => '127.0.0.1', 'interface' => 'lo'],
    ['addr' => '::1', 'ifindex' => 1],
];
$socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
foreach ($arrays as $value) {
    show(fn() => socket_set_option($socket, SOL_SOCKET, SO_LINGER, $value));
    show(fn() => socket_set_option($socket, SOL_SOCKET, SO_RCVTIMEO, $value));
    show(fn() => socket_set_option($socket, IPPROTO_IP, MCAST_JOIN_GROUP, $value));
    show(fn() => socket_set_option($socket, IPPROTO_IP, MCAST_LEAVE_GROUP, $value));
    show(fn() => socket_set_option($socket, IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, $value));
    show(fn() => socket_set_option($socket, IPPROTO_IP, MCAST_LEAVE_SOURCE_GROUP, $value));
    show(fn() => socket_set_option($socket, IPPROTO_IPV6, IPV6_PKTINFO, $value));
}

// For an interface true and false are texts.
foreach ([true, false] as $value) {
    show(fn() => socket_set_option($socket, IPPROTO_IP, IP_MULTICAST_IF, $value));
    show(fn() => socket_set_option($socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, $value));
}
show(socket_last_error($socket));
