<?php
$conn = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($conn, '127.0.0.1', (int) $argv[1]) || exit("no queue\n");
echo socket_read($conn, 100, PHP_NORMAL_READ);
$commands = ['GET', 'PUT one', 'PUT  two', 'PUT three', 'PUT 4', 'PUT 5', 'LEN', 'GET', 'LEN', 'WHAT', 'GET'];
$i = 0;
while ($i < count($commands)) {
    socket_write($conn, $commands[$i] . "\n");
    echo ++$i, ' ', socket_read($conn, 100, PHP_NORMAL_READ);
}
socket_write($conn, "STOP\n");
echo strlen(socket_read($conn, 10)) === 0 ? "closed\n" : "open\n";
