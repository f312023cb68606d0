<?php
// Sends three million bytes through a non-blocking socket, as fast as the client takes them.
$listener = socket_create_listen(0);
socket_getsockname($listener, $address, $port);
listening($port);
$connection = socket_accept($listener);
socket_set_nonblock($connection);
$file = str_repeat("0123456789abcdefghijklmno\n3456", 100000);
$sent = 0;
while ($sent < strlen($file)) {
    $write = [$connection];
    $read = $except = null;
    if (socket_select($read, $write, $except, 10) !== 1) {
        die("the client has stopped\n");
    }
    $count = socket_write($connection, substr($file, $sent, 1000000));
    if ($count === false) {
        if (socket_last_error($connection) !== SOCKET_EAGAIN) {
            die('socket_write() 失败');
        }
        continue;
    }
    $sent += $count;
}
echo "$sent\n";
socket_close($connection);
