<?php
// One socket for IPv4 and IPv6.
$listener = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP);
socket_set_option($listener, IPPROTO_IPV6, IPV6_V6ONLY, 0);
socket_bind($listener, '::', 0);
socket_listen($listener, 5);
socket_getsockname($listener, $address, $port);
listening($port);
for ($i = 0; $i < 3; ++$i) {
    $connection = socket_accept($listener);
    socket_getpeername($connection, $peer);
    echo "$peer\n";
    socket_write($connection, "你是 $peer");
    socket_close($connection);
}
