<?php
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
[$ours, $theirs] = $pair;
$msg = "测试成功！\n";
show(fn() => socket_write($ours, $msg));
show(fn() => socket_write($ours, $msg, strlen($msg)));
show(fn() => socket_write($ours, $msg, 6));
show(fn() => socket_write($ours, $msg, 1000));
show(fn() => socket_write($ours, $msg, null));
show(fn() => socket_write($ours, $msg, 0));
show(fn() => socket_write($ours, ''));
show(fn() => socket_write($ours, "nul \0 byte"));
show(fn() => socket_read($theirs, 2048));
show(fn() => socket_last_error($ours));

// Datagrams: one for each call, empty ones too.
socket_create_pair(AF_UNIX, SOCK_DGRAM, 0, $pair);
show(fn() => socket_write($pair[0], 'one'));
show(fn() => socket_write($pair[0], ''));
show(fn() => socket_write($pair[0], 'three'));
show(fn() => socket_read($pair[1], 100));
show(fn() => socket_read($pair[1], 100));
show(fn() => socket_read($pair[1], 100));
