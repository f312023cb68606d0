<?php
// An HTTP proxy that knows CONNECT alone: one tunnel, pumped both ways until both sides have ended.
$listen = socket_create_listen(0, 5);
if (!$listen) exit("no socket\n");
socket_getsockname($listen, $host, $port);
listening($port);
do {
    $client = socket_accept($listen);
    socket_set_option($client, SOL_SOCKET, SO_RCVTIMEO, ['sec' => 20, 'usec' => 0]);
    $head = '';
    while (strpos($head, "\r\n\r\n") === false && ($n = socket_recv($client, $part, 512, 0)) > 0) $head .= $part;
    $server = open_tunnel($client, $head);
} while (!$server);
socket_close($listen);

$open = ['client' => $client, 'server' => $server];
$bytes = ['client' => 0, 'server' => 0];
while ($open) {
    $read = $open;
    $write = $except = null;
    $n = socket_select($read, $write, $except, 20, 0);
    if ($n === false) die('select: ' . socket_strerror(socket_last_error()));
    if ($n === 0) break;
    foreach ($read as $name => $from) {
        $to = $name === 'client' ? $server : $client;
        $data = socket_read($from, 4096);
        if ($data === false || $data === '') {
            @socket_shutdown($to, 1);
            unset($open[$name]);
            continue;
        }
        $bytes[$name] += strlen($data);
        while ($data !== '') {
            $sent = socket_write($to, $data, strlen($data));
            if ($sent === false) break 2;
            $data = substr($data, $sent);
        }
    }
}
socket_close($client);
socket_close($server);
echo "{$bytes['client']} bytes there, {$bytes['server']} back\n";

function open_tunnel(Socket $client, string $head): ?Socket
{
    if (!preg_match('~^CONNECT (\S+):(\d+) HTTP/1\.[01]\r\n~', $head, $asked)) {
        socket_write($client, "HTTP/1.1 405 Method Not Allowed\r\n\r\n");
        socket_close($client);
        return null;
    }
    $server = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    if (!@socket_connect($server, $asked[1], (int) $asked[2])) {
        $error = socket_last_error($server);
        socket_write($client, "HTTP/1.1 502 Bad Gateway\r\n\r\n" . socket_strerror($error));
        socket_close($server);
        socket_close($client);
        return null;
    }
    socket_write($client, "HTTP/1.1 200 OK\r\n\r\n");
    return $server;
}
