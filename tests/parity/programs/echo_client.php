<?php
for ($i = 1; $i <= 5; ++$i) {
    $socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    if (!socket_connect($socket, '127.0.0.1', (int) $argv[1])) {
        die('socket_connect() 失败: ' . socket_strerror(socket_last_error($socket)));
    }
    $out = socket_read($socket, 8192);
    echo '接受的内容为: ', $out;
    $in = "第 $i 位客户";
    socket_write($socket, $in, strlen($in));
    echo 'rest: ', strlen(socket_read($socket, 8192)), "\n";
    socket_close($socket);
}
