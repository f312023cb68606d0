<?php
// A key that is missing, and one whose value is an empty string.
$unix = socket_create(AF_UNIX, SOCK_DGRAM, 0);
show(socket_sendmsg($unix, ['name' => ['path' => ''], 'iov' => ['x']]));
show(socket_sendmsg($unix, ['name' => [], 'iov' => ['x']]));

$inet6 = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP);
foreach ([['addr' => '', 'ifindex' => 0], ['ifindex' => 0]] as $info) {
    $control = [['level' => IPPROTO_IPV6, 'type' => IPV6_PKTINFO, 'data' => $info]];
    show(socket_sendmsg($inet6, ['iov' => ['x'], 'control' => $control]));
    show(socket_set_option($inet6, IPPROTO_IPV6, IPV6_PKTINFO, $info));
}

// Without the one that a message to receive must have.
$message = [];
show(socket_recvmsg($unix, $message));
