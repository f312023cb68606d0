<?php
$sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($sock, '127.0.0.1', (int) $argv[1]);
$lines = array("add 2 3", "mul 4 -5", "nonsense", "sub 1 100", "quit");
foreach ($lines as $line) {
    socket_write($sock, $line . "\n");
    $answer = socket_read($sock, 1024, PHP_NORMAL_READ);
    printf("%-10s -> %s", $line, $answer);
}
socket_close($sock);
