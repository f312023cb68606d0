<?php
$port = (int) $argv[1];
foreach (array('GET /', 'GET /about', 'GET /nothing', 'POST /') as $what) {
    $fp = socket_create(AF_INET, SOCK_STREAM, getprotobyname('tcp'));
    if ($fp === false || !socket_connect($fp, '127.0.0.1', $port)) {
        echo "Unable to connect\n";
        continue;
    }
    $in  = "$what HTTP/1.0\r\n";
    $in .= "Host: localhost\r\n";
    $in .= "Connection: Close\r\n\r\n";
    socket_write($fp, $in, strlen($in));
    $response = '';
    while ($out = socket_read($fp, 16)) {
        $response .= $out;
    }
    $pos = strpos($response, "\r\n\r\n");
    if ($pos === false) {
        echo "bad answer\n";
    } else {
        $head = substr($response, 0, $pos);
        $body = substr($response, $pos + 4);
        $headers = explode("\r\n", $head);
        echo $headers[0], ': ', ucfirst(strtolower($body)), ' (', strlen($body), ")\n";
    }
    socket_close($fp);
}
