<?php
// An HTTP server of three requests: the head line by line, the body by its length.
$listener = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_set_option($listener, SOL_SOCKET, SO_REUSEADDR, 1);
socket_bind($listener, 0, 0);
socket_listen($listener, SOMAXCONN);
socket_getsockname($listener, $address, $port);
listening($port);
for ($i = 0; $i < 3; ++$i) {
    $connection = socket_accept($listener);
    $head = [];
    while (true) {
        $line = trim(socket_read($connection, 4096, PHP_NORMAL_READ));
        socket_read($connection, 1);
        if ($line === '') {
            break;
        }
        $head[] = $line;
    }
    echo implode(' | ', $head), "\n";
    $length = 0;
    foreach ($head as $line) {
        if (str_starts_with($line, 'Content-Length: ')) {
            $length = (int) substr($line, 16);
        }
    }
    $body = '';
    while (strlen($body) < $length) {
        $body .= socket_read($connection, $length - strlen($body));
    }
    [$method, $path] = explode(' ', $head[0]);
    [$status, $content] = match ("$method $path") {
        'GET /' => ['200 OK', '<h1>你好，世界</h1>'],
        'POST /upper' => ['200 OK', strtoupper($body)],
        default => ['404 Not Found', "没有 $path"],
    };
    $response = "HTTP/1.1 $status\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: " . strlen($content)
        . "\r\nConnection: close\r\n\r\n$content";
    socket_write($connection, $response, strlen($response));
    socket_shutdown($connection, 1);
    socket_close($connection);
}
