<?php
$socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
$source = ['group' => '239.1.2.3', 'source' => '127.0.0.1', 'interface' => 'lo'];
show(socket_set_option($socket, IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, $source));
show(socket_set_option($socket, IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, $source));
show(socket_set_option($socket, IPPROTO_IP, MCAST_LEAVE_SOURCE_GROUP, $source));
show(socket_set_option($socket, IPPROTO_IP, MCAST_LEAVE_SOURCE_GROUP, $source));

// Everybody but one.
show(socket_set_option($socket, IPPROTO_IP, MCAST_BLOCK_SOURCE, $source));
show(socket_set_option($socket, IPPROTO_IP, MCAST_JOIN_GROUP, ['group' => '239.1.2.3', 'interface' => 'lo']));
show(socket_set_option($socket, IPPROTO_IP, MCAST_BLOCK_SOURCE, $source));
show(socket_set_option($socket, IPPROTO_IP, MCAST_UNBLOCK_SOURCE, $source));
show(socket_set_option($socket, IPPROTO_IP, MCAST_UNBLOCK_SOURCE, $source));
show(socket_last_error($socket));

show(socket_set_option($socket, IPPROTO_IP, MCAST_BLOCK_SOURCE, ['group' => '239.1.2.3', 'source' => '1.2.3.4.5', 'interface' => 'lo']));
show(fn() => socket_set_option($socket, IPPROTO_IP, MCAST_BLOCK_SOURCE, ['group' => '239.1.2.3', 'interface' => 'lo']));
show(fn() => socket_set_option($socket, IPPROTO_IP, MCAST_BLOCK_SOURCE, 5));
