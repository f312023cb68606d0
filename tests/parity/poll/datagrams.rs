use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let one = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
        socket_bind(&one, "127.0.0.1", 0)?;
        let two = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
        socket_connect(&two, "127.0.0.1", socket_getsockname(&one)?.1)?;
        context.add(&one, Event::Read, "one")?;
        context.add(&two, Event::Read | Event::Write, "two")?;
        found(context.wait(milliseconds(5000), None)?);
        socket_write(&two, "x", None)?;
        found(context.wait(milliseconds(5000), None)?);
        socket_recvfrom(&one, &mut Vec::new(), 100, 0)?;
        found(context.wait(milliseconds(5000), None)?);
    }
    Ok(())
}
