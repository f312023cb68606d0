<?php
$server = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP);
socket_bind($server, '::1', 0);
socket_getsockname($server, $address, $port);
show(socket_set_option($server, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1));
show(socket_set_option($server, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1));
show(socket_set_option($server, IPPROTO_IPV6, IPV6_RECVTCLASS, 1));
$client = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP);
socket_connect($client, '::1', $port);

// What the sender asks for, the receiver sees.
show(socket_sendmsg($client, ['iov' => ['x'], 'control' => [
    ['level' => IPPROTO_IPV6, 'type' => IPV6_TCLASS, 'data' => 40],
    ['level' => IPPROTO_IPV6, 'type' => IPV6_HOPLIMIT, 'data' => 7],
    ['level' => IPPROTO_IPV6, 'type' => IPV6_PKTINFO, 'data' => ['addr' => '::1', 'ifindex' => 'lo']],
]]));
$message = ['controllen' => 1000];
show(socket_recvmsg($server, $message));
show($message);

// Without a wish, the system's own numbers.
show(socket_sendmsg($client, ['iov' => ['x']]));
$message = ['controllen' => 1000];
show(socket_recvmsg($server, $message));
show($message);

// Beyond what the system takes.
show(socket_sendmsg($client, ['iov' => ['x'], 'control' => [
    ['level' => IPPROTO_IPV6, 'type' => IPV6_HOPLIMIT, 'data' => 300],
]]));
show(socket_last_error($client));
