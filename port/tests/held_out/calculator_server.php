<?php
/*
 * A calculator over TCP: "add 2 3", "mul 4 5", "quit".
 */
error_reporting(E_ALL);
set_time_limit(0);

$host = '127.0.0.1';
$max = 5;

$socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
if ($socket === false) {
    echo "Could not create the socket: " . socket_strerror(socket_last_error()) . "\n";
    exit(1);
}
socket_set_option($socket, SOL_SOCKET, SO_REUSEADDR, 1);
if (!socket_bind($socket, $host, 0)) {
    echo "Could not bind: " . socket_strerror(socket_last_error($socket)) . "\n";
    exit(1);
}
socket_listen($socket, $max);
socket_getsockname($socket, $addr, $port);
fwrite(STDERR, "$port\n");

$client = socket_accept($socket);
$requests = 0;
while (true) {
    $input = socket_read($client, 1024, PHP_NORMAL_READ);
    if ($input === false) {
        break;
    }
    $input = trim($input);
    if ($input == '') {
        continue;
    }
    if ($input == 'quit') {
        socket_write($client, "bye\n");
        break;
    }
    $requests++;
    $parts = explode(' ', $input);
    if (count($parts) != 3) {
        socket_write($client, "usage: add|sub|mul A B\n");
        continue;
    }
    $a = (int) $parts[1];
    $b = (int) $parts[2];
    if ($parts[0] == 'add') {
        $result = $a + $b;
    } elseif ($parts[0] == 'sub') {
        $result = $a - $b;
    } else {
        $result = $a * $b;
    }
    $out = "$a {$parts[0]} $b = $result\n";
    echo $out;
    socket_write($client, $out, strlen($out));
}
echo "requests: $requests\n";
socket_close($client);
socket_close($socket);
