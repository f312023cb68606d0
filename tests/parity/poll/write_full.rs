use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let [a, b] = sockets()?;
        socket_set_nonblock(&a)?;
        context.add(&a, Event::Write, 1)?;
        found(context.wait(milliseconds(5000), None)?);
        while let Ok(1..) = socket_write(&a, vec![b'x'; 65536], None) {}
        found(context.wait(milliseconds(1), None)?);
        socket_set_nonblock(&b)?;
        while socket_read(&b, 65536, None).is_ok_and(|data| !data.is_empty()) {}
        found(context.wait(milliseconds(5000), None)?);
    }
    Ok(())
}
