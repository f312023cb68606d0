<?php
// Says nothing until it is asked a second time.
$listener = socket_create_listen(0);
socket_getsockname($listener, $address, $port);
listening($port);
$connection = socket_accept($listener);
echo socket_read($connection, 2048, PHP_NORMAL_READ);
echo socket_read($connection, 2048, PHP_NORMAL_READ);
socket_write($connection, "终于回答\n");
socket_close($connection);
