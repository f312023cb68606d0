<?php
$server = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
socket_bind($server, '127.0.0.1', 0);
socket_getsockname($server, $address, $port);
listening($port);
do {
    $length = socket_recvfrom($server, $buf, 65535, 0, $from, $port);
    echo "$from: $length bytes: ", substr($buf, 0, 30), "\n";
    socket_sendto($server, $buf, $length, 0, $from, $port);
} while ($buf !== 'quit');
socket_close($server);
