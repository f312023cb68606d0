<?php
$clients = [];
for ($i = 0; $i < 3; $i++) {
    $clients[] = $client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    socket_connect($client, '127.0.0.1', (int) $argv[1]) or die("no server\n");
}
foreach (array_reverse($clients) as $number => $client) {
    echo socket_read($client, 1024, PHP_NORMAL_READ);
    socket_write($client, "小明 $number\n");
    echo socket_read($client, 1024, PHP_NORMAL_READ);
    socket_write($client, "bye\n");
    echo strlen(socket_read($client, 1024)), "\n";
    socket_close($client);
}
