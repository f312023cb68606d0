mod php;

use php::*;
use php_sockets::*;

fn main() {
    // 确保在连接客户端时不会超时

    let ip = "127.0.0.1";
    let port = 8001;

    let sock = must(socket_create(AF_INET, SOCK_STREAM, SOL_TCP));
    // PHP never comes here: echo "创建失败: " . socket_strerror(socket_last_error()) . "\n";
    warn(socket_bind(&sock, ip, port));
    warn(socket_listen(&sock, 4)); // 最大监听套接字个数
    let mut count: i64 = 0;
    loop {
        let msgsock = must(socket_accept(&sock));
        // PHP never comes here: echo "失败: " . socket_strerror(socket_last_error()) . "\n";
        // PHP never comes here: break;
        // 发到客户端
        let msg = "测试成功！\n";
        warn(socket_write(&msgsock, msg, msg.len()));

        echo!("测试成功了啊\n");
        let buf = warn(socket_read(&msgsock, 8192, None)).unwrap_or_default();

        let talkback = text!("收到的信息:", buf, "\n");
        echo!(talkback);
        count += 1;
        if count >= 5 {
            break;
        }
        warn(socket_close(&msgsock));
    }

    warn(socket_close(&sock));
}
