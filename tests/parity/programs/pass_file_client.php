<?php
$file = fopen('letter.txt', 'w+');
fwrite($file, '亲爱的服务器');
$socket = socket_create(AF_UNIX, SOCK_STREAM, 0);
show(socket_connect($socket, "\0{$argv[1]}"));
$rights = ['level' => SOL_SOCKET, 'type' => SCM_RIGHTS, 'data' => [$file]];
show(socket_sendmsg($socket, ['iov' => ['a letter'], 'control' => [$rights]]));
show(socket_read($socket, 100));
show(file_get_contents('letter.txt'));
