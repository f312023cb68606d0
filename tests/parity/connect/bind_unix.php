<?php
function bound(string $address): mixed
{
    $socket = socket_create(AF_UNIX, SOCK_STREAM, 0);
    if (!socket_bind($socket, $address)) {
        return socket_last_error($socket);
    }
    socket_getsockname($socket, $address);
    return $address;
}

show(bound('server.sock'));
show(bound('server.sock'));
show(unlink('server.sock'));
show(bound('server.sock'));
show(bound('频道.sock'));
show(bound('nowhere/server.sock'));
show(bound(str_repeat('x', 107)));
show(fn() => bound(str_repeat('x', 108)));
show(fn() => bound("\0" . str_repeat('x', 107)));

// Names without a file: of our own, and of the system's choice.
$name = "\0php-sockets " . getmypid();
$socket = socket_create(AF_UNIX, SOCK_STREAM, 0);
show(socket_bind($socket, $name));
socket_getsockname($socket, $address);
echo 'ours is ', $address === $name ? 'told' : 'not told', "\n";
$other = socket_create(AF_UNIX, SOCK_STREAM, 0);
show(socket_bind($other, $name));
echo 'another is ', bound('') === '' ? 'not told' : 'told', "\n";
