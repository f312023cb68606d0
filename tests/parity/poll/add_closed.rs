use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let [a, _b] = sockets()?;
        socket_close(&a)?;
        attempt(context.add(&a, Event::Read, ()));
        found(context.wait(milliseconds(1), None)?);
    }
    Ok(())
}
