use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let server = socket_create_listen(0, None)?;
        context.add(&server, Event::Read | Event::Write, "server")?;
        found(context.wait(milliseconds(1), None)?);
        let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_connect(&client, "127.0.0.1", socket_getsockname(&server)?.1)?;
        found(context.wait(milliseconds(5000), None)?);
        context.add(&socket_accept(&server)?, Event::Read, "client")?;
        found(context.wait(milliseconds(1), None)?);
        socket_write(&client, "测试", None)?;
        found(context.wait(milliseconds(5000), None)?);
    }
    Ok(())
}
