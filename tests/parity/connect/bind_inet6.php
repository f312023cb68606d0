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

show(bound('::1'));
show(bound('::'));
show(bound('0:0:0:0:0:0:0:1'));
show(bound('127.0.0.1'));
show(bound('::ffff:127.0.0.1'));
show(bound('::ffff:7f00:1'));
show(bound('0'));
show(bound('::1%1'));
show(bound('fe80::1%lo'));
show(bound('fe80::1%9999'));
show(bound('2001:db8::1'));
show(bound('0x7f.1'));
show(bound('127.0x1'));
show(bound('::1%lo'));

// An address of one interface.
show(bound('ff02::1%lo'));
