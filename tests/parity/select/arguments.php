<?php
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
[$ours, $theirs] = $pair;
$none = null;

// Nothing to wait for.
show(fn() => socket_select($none, $none, $none, 0));
$read = $write = $except = [];
show(fn() => socket_select($read, $write, $except, 0));
show(fn() => socket_select($read, $none, $none, 0));
show(socket_last_error());

// One set of three is enough.
$write = [$ours];
show(socket_select($read, $write, $except, 0));
$read = [$ours];
show(socket_select($read, $none, $none, 0));

// A time that cannot be: an error, but not if the microseconds make up for it.
$read = [$theirs];
show(socket_select($read, $none, $none, -1));
show(count($read));
show([socket_last_error(), socket_last_error($theirs)]);
show(socket_select($read, $none, $none, 0, -1));
socket_write($ours, 'x');
show(socket_select($read, $none, $none, -1, 1000000));
show(socket_select($read, $none, $none, 0, 2500000));
show(socket_select($read, $none, $none, null, -1));
show(socket_select($read, $none, $none, null));

// Closed sockets, in each set.
socket_close($ours);
$sets = [[$theirs], [$theirs], [$theirs, $ours]];
show(fn() => socket_select($sets[0], $sets[1], $sets[2], 0));
$sets = [[$theirs], [$theirs, $ours], [$theirs]];
show(fn() => socket_select($sets[0], $sets[1], $sets[2], 0));
$sets = [[$theirs, $ours], [$theirs], [$ours]];
show(fn() => socket_select($sets[0], $sets[1], $sets[2], 0));
