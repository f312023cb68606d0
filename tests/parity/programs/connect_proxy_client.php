<?php
$port = (int) $argv[1];
$service = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_bind($service, 'localhost');
socket_getsockname($service, $ip, $own);
echo ask($port, "GET / HTTP/1.1\r\n\r\n", $socket), "\n";
socket_close($socket);
echo ask($port, "CONNECT 127.0.0.1:$own HTTP/1.1\r\n\r\n", $socket), "\n";
socket_close($socket);
socket_listen($service, 1);
echo ask($port, "CONNECT 127.0.0.1:$own HTTP/1.1\r\n\r\n", $socket), "\n";
$far = socket_accept($service);
socket_close($service);
socket_getpeername($far, $ip);
echo "from $ip\n";
socket_write($socket, '你好');
echo socket_read($far, 100), "\n";
$large = str_repeat('0123456789', 10000);
for ($left = $large; $left !== ''; $left = substr($left, $sent)) {
    $sent = socket_send($far, $left, strlen($left), 0);
    if (!$sent) break;
}
socket_shutdown($far, 1);
$came = '';
while (socket_recv($socket, $data, 8192, 0)) $came .= $data;
var_dump($came === $large);
socket_shutdown($socket);
var_dump(socket_read($far, 100));
socket_close($far);
socket_close($socket);

function ask(int $port, string $request, ?Socket &$socket): string
{
    $socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    socket_connect($socket, '127.0.0.1', $port) or die("no proxy\n");
    socket_write($socket, $request);
    return rtrim(socket_read($socket, 2048));
}
