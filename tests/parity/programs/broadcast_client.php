<?php
$client = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
show(socket_sendto($client, '有人吗', 9, 0, '127.255.255.255', (int) $argv[1]));
show(socket_set_option($client, SOL_SOCKET, SO_BROADCAST, 1));
show(socket_sendto($client, '有人吗', 9, 0, '127.255.255.255', (int) $argv[1]));
$read = [$client];
$write = $except = null;
show(socket_select($read, $write, $except, 10));
socket_recvfrom($client, $answer, 512, 0, $from, $port);
echo "$answer\n";
