<?php
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
[$ours, $theirs] = $pair;
$msg = "测试成功！\n";
show(socket_write($ours, $msg));
show(socket_write($ours, $msg, strlen($msg)));
show(socket_write($ours, $msg, 6));
show(socket_write($ours, $msg, 1000));
show(socket_write($ours, $msg, null));
show(socket_write($ours, $msg, 0));
show(socket_write($ours, ''));
show(socket_write($ours, "nul \0 byte"));
show(socket_read($theirs, 2048));
show(socket_last_error($ours));

// Datagrams: one for each call, empty ones too.
socket_create_pair(AF_UNIX, SOCK_DGRAM, 0, $pair);
show(socket_write($pair[0], 'one'));
show(socket_write($pair[0], ''));
show(socket_write($pair[0], 'three'));
show(socket_read($pair[1], 100));
show(socket_read($pair[1], 100));
show(socket_read($pair[1], 100));
