<?php
function bound(string|int $address): mixed
{
    $socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    if (!socket_bind($socket, $address, 0)) {
        return [socket_last_error($socket), socket_last_error()];
    }
    socket_getsockname($socket, $address, $port);
    return [$address, $port > 0];
}

show(bound('127.0.0.1'));
show(bound('0.0.0.0'));
show(bound('0'));
show(bound(0));
show(bound('127.1'));
show(bound('2130706433'));
show(bound('localhost'));

// The port is optional.
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_bind($socket, '127.0.0.1'));

// Bound already, in use, not an address of this machine.
show(socket_bind($socket, '127.0.0.1'));
show(socket_last_error($socket));
socket_getsockname($socket, $address, $port);
$other = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_bind($other, '127.0.0.1', $port));
show(socket_last_error($other));
show(socket_strerror(socket_last_error($other)));
show(socket_bind($other, '203.0.113.5', 0));
show(socket_last_error($other));
show(socket_last_error($socket));
