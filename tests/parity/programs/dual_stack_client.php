<?php
foreach ([[AF_INET, '127.0.0.1'], [AF_INET6, '::1'], [AF_INET6, '127.0.0.1']] as [$family, $host]) {
    $socket = socket_create($family, SOCK_STREAM, SOL_TCP);
    show(socket_connect($socket, $host, (int) $argv[1]));
    show(socket_read($socket, 100));
}
