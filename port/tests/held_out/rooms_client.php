<?php
function connect($port) {
    $s = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    if (!socket_connect($s, '127.0.0.1', $port)) {
        die("no server\n");
    }
    return $s;
}
function line($s) {
    return trim(socket_read($s, 1000, PHP_NORMAL_READ));
}
$port = (int)$argv[1];
$a = connect($port);
echo "a: ", line($a), "\n";
$b = connect($port);
echo "b: ", line($b), "\n";
echo "a: ", line($a), "\n";
socket_write($a, "/name 小明\n");
echo "a: ", line($a), "\n";
echo "b: ", line($b), "\n";
socket_write($b, "hi\n");
echo "a: ", line($a), "\n";
socket_write($a, "/who\n");
echo "a: ", line($a), "\n";
socket_close($a);
socket_close($b);
