<?php
// Accepts a connection and leaves it to a worker: the other process answers.
$control = socket_create(AF_UNIX, SOCK_STREAM, 0);
socket_bind($control, 'worker.sock');
socket_listen($control, 1);
listening('worker.sock');
$worker = socket_accept($control);

$listener = socket_create_listen(0);
socket_getsockname($listener, $address, $port);
$visitor = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($visitor, '127.0.0.1', $port);
$connection = socket_accept($listener);
// Before 8.6 PHP can send a stream only.
$rights = ['level' => SOL_SOCKET, 'type' => SCM_RIGHTS, 'data' => [socket_export_stream($connection)]];
show(socket_sendmsg($worker, ['iov' => ['新的访客'], 'control' => [$rights]]));
show(socket_read($visitor, 100, PHP_NORMAL_READ));
show(socket_write($visitor, "谢谢\n"));

// The connection ends when both processes have closed it.
socket_close($connection);
show(socket_read($visitor, 100));
