use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

fn server() -> Result<()> {
    let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&sock, "127.0.0.1", 0)?;
    socket_listen(&sock, 4)?;
    let (_, port) = socket_getsockname(&sock)?;
    listening(port);

    let mut count = 0;
    loop {
        let Ok(msgsock) = socket_accept(&sock) else {
            echo!("socket_accept() 失败: ", socket_strerror(socket_last_error(&sock)), "\n");
            break;
        };
        let msg = "测试成功！\n";
        socket_write(&msgsock, msg, msg.len())?;
        echo!("测试成功了啊\n");
        let buf = socket_read(&msgsock, 8192, None)?;
        echo!("收到的信息:", buf, "\n");
        socket_close(&msgsock)?;
        count += 1;
        if count >= 5 {
            break;
        }
    }
    socket_close(&sock)
}

fn client() -> Result<()> {
    for i in 1..=5 {
        let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_connect(&socket, "127.0.0.1", argument().parse::<i32>().expect("it is a port"))?;
        let out = socket_read(&socket, 8192, None)?;
        echo!("接受的内容为: ", out);
        let r#in = format!("第 {i} 位客户");
        socket_write(&socket, &r#in, r#in.len())?;
        echo!("rest: ", socket_read(&socket, 8192, None)?.len(), "\n");
        socket_close(&socket)?;
    }
    Ok(())
}
