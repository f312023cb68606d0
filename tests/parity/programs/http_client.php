<?php
function request(int $port, string $in): void
{
    $socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    if ($socket === false) {
        echo 'socket_create() failed: reason: ', socket_strerror(socket_last_error()), "\n";
    }
    if (!socket_connect($socket, 'localhost', $port)) {
        echo 'socket_connect() failed: reason: ', socket_strerror(socket_last_error($socket)), "\n";
    }
    socket_write($socket, $in, strlen($in));
    while ($out = socket_read($socket, 2048)) {
        echo $out;
    }
    echo "\n";
    socket_close($socket);
}

$port = (int) $argv[1];
request($port, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Close\r\n\r\n");
$body = str_repeat('abc ', 5000);
request($port, "POST /upper HTTP/1.1\r\nHost: localhost\r\nContent-Length: " . strlen($body) . "\r\n\r\n$body");
request($port, "GET /不存在 HTTP/1.1\r\nHost: localhost\r\n\r\n");
