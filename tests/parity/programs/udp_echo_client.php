<?php
$client = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP);
socket_set_option($client, SOL_SOCKET, SO_RCVTIMEO, ['sec' => 10, 'usec' => 0]);
foreach (['hello', '你好，世界', '', str_repeat('0123456789', 2000), 'quit'] as $message) {
    socket_sendto($client, $message, strlen($message), 0, '127.0.0.1', (int) $argv[1]);
    socket_recvfrom($client, $buf, 65535, 0, $from, $port);
    echo $from, ' ', $port == $argv[1] ? 'the server' : 'somebody', ' ', $buf === $message ? 'same' : 'other', ' ', strlen($buf), "\n";
}
