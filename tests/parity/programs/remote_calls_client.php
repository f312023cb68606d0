<?php
$socket = socket_create(AF_UNIX, SOCK_STREAM, 0);
socket_connect($socket, $argv[1]) or die("no server\n");
$calls = ['reverse hello', 'length 你好', 'sum 1,2,3,4,5', '飞 x', 'length ' . str_repeat('x', 300000)];
foreach ($calls as $call) {
    $frame = pack('N', strlen($call)) . $call;
    for ($sent = 0; $sent < strlen($frame); $sent += $count) {
        $count = socket_write($socket, substr($frame, $sent));
    }
    socket_recv($socket, $header, 4, MSG_WAITALL);
    socket_recv($socket, $answer, unpack('N', $header)[1], MSG_WAITALL);
    echo "$answer\n";
}
socket_shutdown($socket);
socket_close($socket);
