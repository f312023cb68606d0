<?php
function states(Socket $socket): mixed
{
    $read = $write = $except = [$socket];
    $ready = socket_select($read, $write, $except, 0);
    return [$ready, count($read), count($write), count($except)];
}

// Never connected, listening, called, connected.
show(states(socket_create(AF_INET, SOCK_STREAM, SOL_TCP)));
$listener = socket_create_listen(0);
show(states($listener));
socket_getsockname($listener, $address, $port);
$client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($client, '127.0.0.1', $port);
$read = [$listener];
$none = null;
socket_select($read, $none, $none, 5);
show(states($listener));
$connection = socket_accept($listener);
show(states($listener));
show(states($client));
socket_write($connection, 'x');
$read = [$client];
socket_select($read, $none, $none, 5);
show(states($client));

// The other end has gone, half or whole.
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
show(states($pair[0]));
socket_shutdown($pair[1], 1);
show(states($pair[0]));
show(states($pair[1]));
socket_close($pair[1]);
show(states($pair[0]));

// Shut down on this side.
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
socket_shutdown($pair[0]);
show(states($pair[0]));

// A buffer that is full is not writable.
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
socket_set_nonblock($pair[0]);
while (socket_write($pair[0], str_repeat('x', 65536))) {
}
show(states($pair[0]));
show(states($pair[1]));

// Datagrams, and a refusal that waits.
$socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
show(states($socket));
$bound = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_bind($bound, '127.0.0.1', 0);
socket_getsockname($bound, $address, $port);
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_set_nonblock($socket);
socket_connect($socket, '127.0.0.1', $port);
$write = [$socket];
socket_select($none, $write, $none, 5);
show(states($socket));
