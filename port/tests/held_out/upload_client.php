<?php
$file = '';
for ($i = 0; $i < 1000; ++$i) {
    $file .= "line number $i\n";
}
$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
$ok = socket_connect($socket, '127.0.0.1', (int) $argv[1]);
if (!$ok) {
    echo 'failed: ', socket_strerror(socket_last_error($socket)), "\n";
    exit;
}
socket_write($socket, strlen($file) . "\n");
$offset = 0;
$length = strlen($file);
while ($offset < $length) {
    $chunk = substr($file, $offset, 777);
    $sent = socket_write($socket, $chunk, strlen($chunk));
    if ($sent === false) {
        break;
    }
    $offset += $sent;
}
echo "$offset of $length sent\n";
echo socket_read($socket, 100);
socket_close($socket);
