<?php
$server = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
socket_bind($server, '127.0.0.1', 0);
socket_getsockname($server, $address, $port);
$client = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
socket_bind($client, '127.0.0.1', 0);
socket_getsockname($client, $address, $port_of_client);

$msg = '你好，世界';
show(socket_sendto($client, $msg, strlen($msg), 0, '127.0.0.1', $port));
show(socket_sendto($client, $msg, 6, 0, 'localhost', $port));
show(socket_sendto($client, $msg, 1000, MSG_DONTWAIT, '127.1', $port));
show(socket_sendto($client, '', 0, 0, '127.0.0.1', $port));
show(socket_sendto($client, 'cut off', 7, 0, '127.0.0.1', $port));

function received(Socket $socket, int $length, int $flags, int $port): mixed
{
    $count = socket_recvfrom($socket, $data, $length, $flags, $address, $from);
    return $count === false ? false : [$count, $data, $address, $from == $port];
}

show(received($server, 2048, MSG_PEEK, $port_of_client));
show(received($server, 2048, 0, $port_of_client));
show(received($server, 2048, 0, $port_of_client));
show(received($server, 2048, 0, $port_of_client));
show(received($server, 2048, 0, $port_of_client));
show(received($server, 3, 0, $port_of_client));
show(received($server, 2048, MSG_DONTWAIT, $port_of_client));
show(socket_last_error($server) == SOCKET_EAGAIN);

// A reply, to the address that came with the datagram.
socket_sendto($client, 'ping', 4, 0, '127.0.0.1', $port);
socket_recvfrom($server, $data, 2048, 0, $address, $from);
show(socket_sendto($server, "$data pong", 9, 0, $address, $from));
show(received($client, 2048, 0, $port));
