<?php
// Receives a file in blocks: the size in a line first, then as many bytes.
$sock = socket_create(AF_INET, SOCK_STREAM, 0) or die("Could not create socket\n");
$result = socket_bind($sock, '127.0.0.1', 0) or die("Could not bind to socket\n");
$result = socket_listen($sock, 3) or die("Could not set up socket listener\n");
socket_getsockname($sock, $ip, $port);
fwrite(STDERR, "$port\n");
$spawn = socket_accept($sock) or die("Could not accept incoming connection\n");
$size = (int) trim(socket_read($spawn, 100, PHP_NORMAL_READ));
echo "expecting $size bytes\n";
$file = '';
$blocks = 0;
while (strlen($file) < $size) {
    $block = socket_read($spawn, 1000);
    if ($block === false || $block === '') {
        echo "interrupted\n";
        break;
    }
    $file .= $block;
    $blocks++;
}
echo strlen($file) == $size ? 'complete' : 'incomplete', "\n";
echo md5($file), "\n";
file_put_contents('upload.txt', $file);
echo filesize('upload.txt'), ' ', $blocks > 5 ? 'many' : 'few', "\n";
unlink('upload.txt');
echo file_exists('upload.txt') ? "still there\n" : "removed\n";
$output = strrev('!enoD') . "\n";
socket_write($spawn, $output, strlen($output)) or die("Could not write output\n");
socket_close($spawn);
socket_close($sock);
