<?php
$sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP) or die('socket_create() 失败: ' . socket_strerror(socket_last_error()));
socket_bind($sock, '127.0.0.1', 0) or die('socket_bind() 失败: ' . socket_strerror(socket_last_error($sock)));
socket_listen($sock, 4) or die('socket_listen() 失败: ' . socket_strerror(socket_last_error($sock)));
socket_getsockname($sock, $address, $port);
listening($port);

$count = 0;
do {
    if (($msgsock = socket_accept($sock)) === false) {
        echo 'socket_accept() 失败: ', socket_strerror(socket_last_error($sock)), "\n";
        break;
    }
    $msg = "测试成功！\n";
    socket_write($msgsock, $msg, strlen($msg));
    echo "测试成功了啊\n";
    $buf = socket_read($msgsock, 8192);
    echo "收到的信息:$buf\n";
    socket_close($msgsock);
} while (++$count < 5);
socket_close($sock);
