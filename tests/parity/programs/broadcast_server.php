<?php
// Answers those who ask the whole network who is there.
$server = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
socket_bind($server, '0.0.0.0', 0);
socket_getsockname($server, $address, $port);
listening($port);
socket_recvfrom($server, $question, 512, 0, $from, $port);
echo "$question\n";
socket_sendto($server, '我在这里', 12, 0, $from, $port);
