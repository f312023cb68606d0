<?php
$server = socket_create(AF_UNIX, SOCK_DGRAM, 0);
socket_bind($server, 'server.sock');
$client = socket_create(AF_UNIX, SOCK_DGRAM, 0);

// A client without a name, then with one.
show(socket_sendto($client, '匿名', 6, 0, 'server.sock'));
show(socket_recvfrom($server, $data, 2048, 0, $address) . " $data [$address]");
socket_bind($client, 'client.sock');
show(socket_sendto($client, 'named', 5, 0, 'server.sock'));
show(socket_recvfrom($server, $data, 2048, 0, $address) . " $data [$address]");
show(socket_sendto($server, 'reply', 5, 0, 'client.sock'));
show(socket_recvfrom($client, $data, 2048, 0, $address) . " $data [$address]");

// The port does not matter, if it is one.
show(socket_sendto($client, 'port', 4, 0, 'server.sock', 7));
show(fn() => socket_sendto($client, 'port', 4, 0, 'nobody.sock', 70000));
show(socket_sendto($client, '', 0, 0, 'server.sock'));
show(socket_recvfrom($server, $data, 2, 0, $address, $port) . " $data [$address]");
show(socket_recvfrom($server, $data, 2048, 0, $address) . " $data [$address]");
show(socket_recvfrom($server, $data, 2048, MSG_DONTWAIT, $address));

show(socket_sendto($client, 'x', 1, 0, 'nobody.sock'));
show(socket_last_error($client) == SOCKET_ENOENT);
socket_close($server);
show(socket_sendto($client, 'x', 1, 0, 'server.sock'));
show(fn() => socket_sendto($client, 'x', 1, 0, str_repeat('x', 108)));

// A name without a file.
$server = socket_create(AF_UNIX, SOCK_DGRAM, 0);
socket_bind($server, "\0php-sockets " . getmypid());
show(socket_sendto($client, '抽象', 6, MSG_DONTWAIT, "\0php-sockets " . getmypid()));
