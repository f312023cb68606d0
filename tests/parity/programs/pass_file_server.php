<?php
// Reads a file that it was handed as a descriptor.
$listener = socket_create(AF_UNIX, SOCK_STREAM, 0);
socket_bind($listener, "\0php-sockets parity " . getmypid());
socket_listen($listener);
// An abstract name begins with a NUL byte; the announcement does without.
listening('php-sockets parity ' . getmypid());
$connection = socket_accept($listener);
$message = ['controllen' => socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 1)];
socket_recvmsg($connection, $message);
echo implode($message['iov']), "\n";
[$file] = $message['control'][0]['data'];
rewind($file);
echo stream_get_contents($file), "\n";
fwrite($file, '，读过了');
socket_write($connection, 'thanks');
