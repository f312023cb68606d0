<?php
// A chat on socket_select(): the first line is a name, every other goes to everybody.
$listener = socket_create_listen(0);
socket_set_nonblock($listener);
socket_getsockname($listener, $address, $port);
listening($port);
$clients = [$listener];
$names = [];
do {
    $read = $clients;
    $write = $except = null;
    if (socket_select($read, $write, $except, 10) < 1) {
        die("nobody speaks\n");
    }
    if (in_array($listener, $read)) {
        $clients[] = $client = socket_accept($listener);
        socket_set_block($client); // PHP 8.5 and later hand the mode of the listener on
        unset($read[array_search($listener, $read)]);
    }
    foreach ($read as $key => $socket) {
        $line = @socket_read($socket, 1024, PHP_NORMAL_READ);
        if ($line === false) {
            $line = "{$names[$key]} 离开了\n";
            unset($clients[$key], $names[$key]);
            socket_close($socket);
        } elseif (!isset($names[$key])) {
            $names[$key] = trim($line);
            $line = "欢迎 {$names[$key]}\n";
        } else {
            $line = "{$names[$key]}: $line";
        }
        echo $line;
        foreach ($clients as $client) {
            if ($client != $listener) {
                socket_write($client, $line, strlen($line));
            }
        }
    }
} while (count($clients) > 1);
socket_close($listener);
