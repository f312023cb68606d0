<?php
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
[$ours, $theirs] = $pair;
socket_write($theirs, 'x');

function received(Socket $socket, array $message, int $flags = 0): mixed
{
    return socket_recvmsg($socket, $message, $flags);
}

// What the message must say.
show(received($ours, ['controllen' => 0]));
show(received($ours, ['controllen' => 4294967296]));
show(received($ours, ['controllen' => 1, 'buffer_size' => 104857601]));
show(socket_last_error($ours));
show(socket_last_error());

// Nothing there yet: PHP warns, and records it without the socket only.
show(received($theirs, ['controllen' => 1], MSG_DONTWAIT));
show([socket_last_error($theirs), socket_last_error()]);
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(received($socket, ['controllen' => 1]));
show(socket_last_error());
$message = ['controllen' => 1, 'iov' => ['old']];
show(socket_recvmsg($socket, $message));
show($message['iov']);

socket_close($socket);
show(fn() => received($socket, ['controllen' => 1]));
show(fn() => socket_sendmsg($socket, ['iov' => ['x']]));
