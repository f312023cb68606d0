<?php
// PHP's own echo server with socket_select: php select_echo.php ADDRESS
// src/bin/select-echo.rs is the same, line for line.

[$ip, $port] = explode(':', $argv[1] ?? '127.0.0.1:0');
$server = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_set_option($server, SOL_SOCKET, SO_REUSEADDR, 1);
socket_bind($server, $ip, (int) $port);
socket_listen($server, SOMAXCONN);
socket_getsockname($server, $ip, $port);
echo "listening on $ip:$port\n";

$sockets = [$server];
while (true) {
    $read = $sockets;
    $write = $except = null;
    socket_select($read, $write, $except, null);
    foreach ($read as $key => $socket) {
        if ($socket === $server) {
            $client = socket_accept($server);
            socket_set_option($client, SOL_TCP, TCP_NODELAY, 1);
            $sockets[] = $client;
            continue;
        }
        $data = @socket_read($socket, 16384);
        if ($data === false || $data === '') {
            unset($sockets[$key]);
            socket_close($socket);
            continue;
        }
        while ($data !== '') {
            $sent = @socket_write($socket, $data);
            $data = $sent === false ? '' : substr($data, $sent);
        }
    }
}
