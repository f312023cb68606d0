<?php
$socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
foreach (['lo', 1] as $interface) {
    show(socket_set_option($socket, IPPROTO_IP, MCAST_JOIN_GROUP, ['group' => '239.1.2.3', 'interface' => $interface]));
    show(socket_set_option($socket, IPPROTO_IP, MCAST_JOIN_GROUP, ['group' => '239.1.2.3', 'interface' => $interface]));
    show(socket_set_option($socket, IPPROTO_IP, MCAST_LEAVE_GROUP, ['group' => '239.1.2.3', 'interface' => $interface]));
    show(socket_set_option($socket, IPPROTO_IP, MCAST_LEAVE_GROUP, ['group' => '239.1.2.3', 'interface' => $interface]));
    show(socket_last_error($socket));
}

// Not a group, not an address, not an interface.
show(socket_set_option($socket, IPPROTO_IP, MCAST_JOIN_GROUP, ['group' => '127.0.0.1', 'interface' => 'lo']));
show(socket_set_option($socket, IPPROTO_IP, MCAST_JOIN_GROUP, ['group' => '1.2.3.4.5', 'interface' => 'lo']));
show(socket_last_error($socket));
socket_clear_error($socket);
show(socket_set_option($socket, IPPROTO_IP, MCAST_JOIN_GROUP, ['group' => '239.1.2.3', 'interface' => 'nosuchdevice']));
show(socket_last_error($socket));
show(socket_set_option($socket, IPPROTO_IP, MCAST_JOIN_GROUP, ['group' => '239.1.2.3', 'interface' => 9999]));
show(fn() => socket_set_option($socket, IPPROTO_IP, MCAST_JOIN_GROUP, ['group' => '239.1.2.3', 'interface' => -1]));
show(fn() => socket_set_option($socket, IPPROTO_IP, MCAST_JOIN_GROUP, ['interface' => 1]));
show(fn() => socket_set_option($socket, IPPROTO_IP, MCAST_LEAVE_GROUP, 5));
show(fn() => socket_set_option($socket, IPPROTO_IP, MCAST_JOIN_GROUP, 'text'));

// A socket without IP addresses.
$unix = socket_create(AF_UNIX, SOCK_DGRAM, 0);
show(fn() => socket_set_option($unix, IPPROTO_IP, MCAST_JOIN_GROUP, ['group' => '239.1.2.3', 'interface' => 'lo']));
