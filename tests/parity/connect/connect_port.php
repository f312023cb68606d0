<?php
$listener = socket_create_listen(0);
socket_getsockname($listener, $address, $port);
foreach ([-65536, 65536, 65536 + $port] as $wrong) {
    $socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    show(@socket_connect($socket, '127.0.0.1', $wrong));
}
// AF_UNIX has no port.
$listener = socket_create(AF_UNIX, SOCK_STREAM, 0);
socket_bind($listener, 'server.sock');
socket_listen($listener);
$socket = socket_create(AF_UNIX, SOCK_STREAM, 0);
show(socket_connect($socket, 'server.sock', 70000));
