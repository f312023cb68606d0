<?php
// Two ends in one process.
if (!socket_create_pair(AF_UNIX, SOCK_STREAM, 0, $sockets)) {
    die(socket_strerror(socket_last_error()));
}
$strings = array('one', 'twenty', '三');
foreach ($strings as $n => $s) {
    $sent = socket_write($sockets[0], $s, strlen($s));
    $data = socket_read($sockets[1], 100);
    if ($data === $s) {
        echo "$n: $sent bytes, same\n";
    }
}
socket_set_nonblock($sockets[1]);
$x = @socket_read($sockets[1], 10);
var_dump($x);
echo socket_last_error($sockets[1]) == SOCKET_EAGAIN ? "would block" : "other", "\n";
socket_clear_error($sockets[1]);
echo socket_last_error($sockets[1]), "\n";
socket_close($sockets[0]);
var_dump(socket_read($sockets[1], 10));
socket_close($sockets[1]);
$total = 0;
for ($i = 10; $i > 0; $i -= 3) {
    $total += $i * 2;
}
echo "total $total\n";
echo str_repeat('=', 20), "\n", date('Y', 0), "\n";
