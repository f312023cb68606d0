use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let [a, _b] = sockets()?;
        context.add(&a, Event::Write, 1)?;
        attempt(context.wait(milliseconds(0), 0));
        attempt(context.wait(milliseconds(0), 2147483648));
        attempt(context.wait(milliseconds(0), usize::MAX));
        attempt(context.wait(None, 0));
        found(context.wait(milliseconds(0), 1)?);
        found(context.wait(milliseconds(0), 100000)?);
    }
    Ok(())
}
