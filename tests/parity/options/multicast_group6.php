<?php
$socket = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP);
show(socket_set_option($socket, IPPROTO_IPV6, MCAST_JOIN_GROUP, ['group' => 'ff02::1:3', 'interface' => 'lo']));
show(socket_set_option($socket, IPPROTO_IPV6, MCAST_JOIN_GROUP, ['group' => 'ff02::1:3', 'interface' => 1]));
show(socket_set_option($socket, IPPROTO_IPV6, MCAST_LEAVE_GROUP, ['group' => 'ff02::1:3', 'interface' => 1]));
show(socket_set_option($socket, IPPROTO_IPV6, MCAST_LEAVE_GROUP, ['group' => 'ff02::1:3', 'interface' => 1]));
show(socket_set_option($socket, IPPROTO_IPV6, MCAST_JOIN_GROUP, ['group' => '239.1.1.1', 'interface' => 1]));
show(socket_set_option($socket, IPPROTO_IPV6, MCAST_JOIN_GROUP, ['group' => '::g', 'interface' => 1]));
show(socket_set_option($socket, IPPROTO_IPV6, MCAST_JOIN_SOURCE_GROUP, ['group' => 'ff02::1:3', 'source' => '::1', 'interface' => 'lo']));
show(socket_set_option($socket, IPPROTO_IPV6, MCAST_LEAVE_SOURCE_GROUP, ['group' => 'ff02::1:3', 'source' => '::1', 'interface' => 'lo']));
