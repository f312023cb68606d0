<?php
// 确保在连接客户端时不会超时
set_time_limit(0);

$ip = '127.0.0.1';
$port = 8001;

$sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
if ($sock < 0) {
    echo "创建失败: " . socket_strerror(socket_last_error()) . "\n";
}
$ret = socket_bind($sock, $ip, $port);
$ret = socket_listen($sock, 4); // 最大监听套接字个数
$count = 0;
do {
    if (($msgsock = socket_accept($sock)) < 0) {
        echo "失败: " . socket_strerror(socket_last_error()) . "\n";
        break;
    } else {
        // 发到客户端
        $msg = "测试成功！\n";
        socket_write($msgsock, $msg, strlen($msg));

        echo "测试成功了啊\n";
        $buf = socket_read($msgsock, 8192);

        $talkback = "收到的信息:$buf\n";
        echo $talkback;
        if (++$count >= 5) {
            break;
        }
    }
    socket_close($msgsock);
} while (true);

socket_close($sock);
?>
