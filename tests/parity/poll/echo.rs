use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        // A client says three things, and leaves.
        let server = socket_create_listen(0, None)?;
        let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_connect(&client, "127.0.0.1", socket_getsockname(&server)?.1)?;
        context.add(&server, Event::Read, "server")?;
        let mut words = vec!["你好", "测试", "再见"];
        socket_write(&client, words.remove(0), None)?;
        let mut open = 1;
        while open >= 1 {
            for watcher in context.wait(milliseconds(5000), None)? {
                let socket = watcher.handle();
                if watcher.data() == "server" {
                    open += 1;
                    context.add(&socket_accept(&server)?, Event::Read, "client")?;
                    continue;
                }
                let data = socket_read(socket, 2048, None)?;
                if data.is_empty() {
                    echo!("left\n");
                    socket_close(socket)?;
                    open = 0;
                    continue;
                }
                socket_write(socket, &data, None)?;
                echo!(socket_read(&client, 2048, None)?, "\n");
                if words.is_empty() {
                    socket_close(&client)?;
                } else {
                    socket_write(&client, words.remove(0), None)?;
                }
            }
        }
    }
    Ok(())
}
