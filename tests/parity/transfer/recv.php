<?php
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
[$ours, $theirs] = $pair;
$data = '';

socket_write($theirs, '你好, world');
show(socket_recv($ours, $data, 6, MSG_PEEK) . " $data");
show(socket_recv($ours, $data, 6, 0) . " $data");
show(socket_recv($ours, $data, 2048, 0) . " $data");

// All of it, or what there is.
socket_write($theirs, 'hello');
socket_write($theirs, ', world');
show(socket_recv($ours, $data, 12, MSG_WAITALL) . " $data");
socket_write($theirs, 'hello');
show(socket_recv($ours, $data, 12, MSG_DONTWAIT) . " $data");
show(socket_recv($ours, $data, 12, MSG_DONTWAIT));
show(socket_last_error($ours) == SOCKET_EWOULDBLOCK);

// Without a length nothing is touched.
$data = 'kept';
socket_clear_error($ours);
show(socket_recv($ours, $data, 0, 0));
show($data);
show(socket_last_error($ours));

// PHP makes it null where nothing came; a string is empty.
$result = socket_recv($ours, $data, 12, MSG_DONTWAIT);
show([$result, (string) $data]);
socket_close($theirs);
$data = 'kept';
$result = socket_recv($ours, $data, 12, 0);
show([$result, (string) $data]);
