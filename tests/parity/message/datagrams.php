<?php
// The ports are the system's choice: print whether they are right.
function received(Socket $socket, int $port, int $buffer_size = 8192): array
{
    $message = ['name' => [], 'controllen' => 1, 'buffer_size' => $buffer_size];
    show(socket_recvmsg($socket, $message));
    $message['name']['port'] = (int) ($message['name']['port'] == $port);
    return $message;
}

foreach ([[AF_INET, '127.0.0.1'], [AF_INET6, '::1']] as [$family, $host]) {
    $server = socket_create($family, SOCK_DGRAM, SOL_UDP);
    socket_bind($server, $host, 0);
    socket_getsockname($server, $address, $port);
    $client = socket_create($family, SOCK_DGRAM, SOL_UDP);
    socket_bind($client, $host, 0);
    socket_getsockname($client, $address, $port_of_client);

    $name = ['family' => $family, 'addr' => $host, 'port' => $port];
    show(socket_sendmsg($client, ['name' => $name, 'iov' => ['你好', '，', '世界']]));
    show(received($server, $port_of_client));
    show(socket_sendmsg($client, ['name' => ['addr' => $host, 'port' => $port], 'iov' => ['cut off']]));
    show(received($server, $port_of_client, 3));
    show(socket_sendmsg($client, ['name' => ['addr' => $host, 'port' => $port], 'iov' => []]));
    show(received($server, $port_of_client));

    // A connected socket needs no name.
    socket_connect($client, $host, $port);
    show(socket_sendmsg($client, ['iov' => ['connected']], MSG_DONTWAIT));
    show(received($server, $port_of_client));
}

$server = socket_create(AF_UNIX, SOCK_DGRAM, 0);
socket_bind($server, 'server.sock');
$client = socket_create(AF_UNIX, SOCK_DGRAM, 0);
show(socket_sendmsg($client, ['name' => ['path' => 'server.sock'], 'iov' => ['no name']]));
$message = ['name' => [], 'controllen' => 1];
show(socket_recvmsg($server, $message));
show($message);
socket_bind($client, 'client.sock');
show(socket_sendmsg($client, ['name' => ['family' => AF_UNIX, 'path' => 'server.sock'], 'iov' => ['named']]));
$message = ['name' => [], 'controllen' => 1];
show(socket_recvmsg($server, $message));
show($message);
