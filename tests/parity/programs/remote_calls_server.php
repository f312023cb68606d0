<?php
// Calls over a unix socket: four bytes of length, then the text of the call.
$listener = socket_create(AF_UNIX, SOCK_STREAM, 0);
socket_bind($listener, 'rpc.sock');
socket_listen($listener, 5);
listening('rpc.sock');
$connection = socket_accept($listener);
while (socket_recv($connection, $header, 4, MSG_WAITALL) === 4) {
    $length = unpack('N', $header)[1];
    socket_recv($connection, $call, $length, MSG_WAITALL);
    echo substr($call, 0, 40), "\n";
    [$name, $argument] = explode(' ', $call, 2);
    $answer = match ($name) {
        'reverse' => strrev($argument),
        'length' => (string) strlen($argument),
        'sum' => (string) array_sum(explode(',', $argument)),
        default => "未知的方法 $name",
    };
    $answer = pack('N', strlen($answer)) . $answer;
    socket_send($connection, $answer, strlen($answer), 0);
}
echo "done\n";
socket_close($connection);
unlink('rpc.sock');
