<?php
// The names came with PHP 8.4; these are Linux's numbers.
$nonblock = defined('SOCK_NONBLOCK') ? SOCK_NONBLOCK : 0o4000;
$cloexec = defined('SOCK_CLOEXEC') ? SOCK_CLOEXEC : 0o2000000;

show(fn() => socket_create(AF_INET, SOCK_STREAM | $cloexec, SOL_TCP));
show(fn() => socket_create(AF_UNIX, SOCK_DGRAM | $nonblock | $cloexec, 0));
show(fn() => socket_create_pair(AF_UNIX, SOCK_STREAM | $nonblock, 0, $pair) ? socket_read($pair[0], 1) : null);
show(fn() => socket_create(AF_INET, SOCK_STREAM | 0o10000, 0));
