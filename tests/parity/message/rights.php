<?php
socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $pair);
[$ours, $theirs] = $pair;

// A file and a listening socket, which PHP can send as a stream only.
$file = fopen('note.txt', 'w+');
fwrite($file, '一张便条');
$listener = stream_socket_server('tcp://127.0.0.1:0');
$rights = ['level' => SOL_SOCKET, 'type' => SCM_RIGHTS, 'data' => [$file, $listener]];
show(socket_sendmsg($ours, ['iov' => ['here'], 'control' => [$rights]]));

$message = ['controllen' => socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 2)];
show(socket_recvmsg($theirs, $message));
show($message);
[$file, $listener] = $message['control'][0]['data'];
show(fseek($file, 0) == 0 ? fread($file, 100) : null);
socket_getsockname($listener, $address, $port);
$client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
show(socket_connect($client, '127.0.0.1', $port));
show(socket_accept($listener));

// Without room for them they are lost, and the message says so.
show(socket_sendmsg($ours, ['iov' => ['here'], 'control' => [$rights]]));
$message = ['controllen' => 1];
show(socket_recvmsg($theirs, $message));
show($message['flags'] == MSG_CTRUNC);
show($message['control']);
