<?php
// A tiny web server: /, /time is not there, everything else is 404.
$pages = [
    '/' => '<h1>Welcome</h1>',
    '/about' => '<p>About us</p>',
];
$server = socket_create_listen(0);
socket_getsockname($server, $ip, $port);
fwrite(STDERR, $port . PHP_EOL);
$served = 0;
do {
    $client = socket_accept($server);
    $request = socket_read($client, 4096);
    $first = strtok($request, "\r\n");
    list($method, $path) = explode(' ', $first);
    echo $method, ' ', $path, PHP_EOL;
    if ($method !== 'GET') {
        $status = '405 Method Not Allowed';
        $body = '';
    } elseif (isset($pages[$path])) {
        $status = '200 OK';
        $body = $pages[$path];
    } else {
        $status = '404 Not Found';
        $body = "no $path here";
    }
    $head = "HTTP/1.0 $status\r\n";
    $head .= "Content-Type: text/html\r\n";
    $head .= 'Content-Length: ' . strlen($body) . "\r\n\r\n";
    socket_write($client, $head . $body);
    socket_close($client);
    $served += 1;
} while ($served < 4);
socket_close($server);
