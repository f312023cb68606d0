<?php
function bound(string $address): mixed
{
    $socket = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP);
    if (!socket_bind($socket, $address, 0)) {
        return socket_last_error($socket);
    }
    socket_getsockname($socket, $address, $port);
    return [$address, $port > 0];
}

show(fn() => bound('::1'));
show(fn() => bound('::'));
show(fn() => bound('0:0:0:0:0:0:0:1'));
show(fn() => bound('127.0.0.1'));
show(fn() => bound('::ffff:127.0.0.1'));
show(fn() => bound('::ffff:7f00:1'));
show(fn() => bound('0'));
show(fn() => bound('::1%1'));
show(fn() => bound('fe80::1%lo'));
show(fn() => bound('fe80::1%9999'));
show(fn() => bound('2001:db8::1'));
