<?php
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
[$ours, $theirs] = $pair;

// Several parts go as one.
show(socket_sendmsg($ours, ['iov' => ['one, ', '', '二', ', three']]));
$message = ['controllen' => 1];
show(socket_recvmsg($theirs, $message));
show($message);

// No more than the buffer takes.
socket_write($ours, 'hello, world');
$message = ['controllen' => 1, 'buffer_size' => 5];
show(socket_recvmsg($theirs, $message));
show($message);
$message = ['controllen' => 1];
show(socket_recvmsg($theirs, $message, MSG_PEEK));
show($message);
$message = ['controllen' => 1, 'name' => []];
show(socket_recvmsg($theirs, $message));
show($message);

// Nothing to send, and the end.
show(socket_sendmsg($ours, []));
show(socket_sendmsg($ours, ['iov' => []]));
show(socket_sendmsg($ours, ['iov' => ['']]));
socket_close($ours);
$message = ['controllen' => 1];
show(socket_recvmsg($theirs, $message));
show($message);
show(socket_sendmsg($theirs, ['iov' => ['x']]));
show(socket_last_error($theirs));
