<?php
$control = socket_create(AF_UNIX, SOCK_STREAM, 0);
socket_connect($control, $argv[1]);
$message = ['controllen' => socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 1)];
show(socket_recvmsg($control, $message));
show($message);
[$connection] = $message['control'][0]['data'];
socket_write($connection, "您好，我来接待\n");
show(socket_read($connection, 100));
socket_close($connection);
