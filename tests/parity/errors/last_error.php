<?php
show(socket_last_error());
$one = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
$two = socket_create(AF_UNIX, SOCK_STREAM, 0);
show([socket_last_error($one), socket_last_error($two)]);

// Each socket keeps its own; without a socket it is the last of all.
@socket_getpeername($one, $address);
@socket_connect($two, 'nowhere.sock');
show([socket_last_error($one), socket_last_error($two), socket_last_error()]);

// A success changes nothing.
socket_bind($one, '127.0.0.1', 0);
socket_listen($one);
show([socket_last_error($one), socket_last_error($two), socket_last_error()]);

// Clearing one leaves the others.
socket_clear_error($one);
show([socket_last_error($one), socket_last_error($two), socket_last_error()]);
socket_clear_error();
show([socket_last_error($one), socket_last_error($two), socket_last_error()]);
socket_clear_error($two);
show([socket_last_error($one), socket_last_error($two), socket_last_error()]);

// A new socket has none; a failed one is remembered without it.
@socket_create(AF_INET, SOCK_STREAM, SOL_UDP);
show(socket_last_error());
$three = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show([socket_last_error($three), socket_last_error()]);

// The errors of socket_select() belong to no socket.
$read = [$one];
$none = null;
@socket_select($read, $none, $none, -1);
show([socket_last_error($one), socket_last_error()]);

// An exception is not recorded.
try {
    socket_connect($three, '127.0.0.1');
} catch (ValueError) {
}
show([socket_last_error($three), socket_last_error()]);
