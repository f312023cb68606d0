<?php
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_connect($socket, '127.0.0.1', (int) $argv[1]);
$length = $lines = 0;
while (($count = socket_recv($socket, $data, 65536, 0)) > 0) {
    $length += $count;
    $lines += substr_count($data, "\n");
}
show([$count, $length, $lines]);
