<?php
$server = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP);
socket_bind($server, '::', 0);
socket_getsockname($server, $address, $port);
$client = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP);

foreach (['::1', '127.0.0.1', '::ffff:127.0.0.1', '::1%1'] as $host) {
    show(socket_sendto($client, $host, strlen($host), 0, $host, $port));
    show(socket_recvfrom($server, $data, 2048, 0, $address, $from) ? [$data, $address] : null);
}
show(socket_recvfrom($server, $data, 2048, MSG_DONTWAIT, $address, $from));
show(fn() => socket_sendto($client, 'x', 1, 0, '::1'));
show(socket_sendto($client, 'x', 1, 0, '::g', $port));
show(socket_last_error($client));
$stream = socket_create(AF_INET6, SOCK_STREAM, SOL_TCP);
show(socket_recvfrom($stream, $data, 2048, 0, $address, $from));
