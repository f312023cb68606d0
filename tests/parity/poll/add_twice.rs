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
        attempt(context.add(&a, Event::Read, 2));
        found(context.wait(milliseconds(5000), None)?);
        // Another context is another matter.
        let other = Context::with_backend(backend)?;
        other.add(&a, Event::Write, 3)?;
        found(other.wait(milliseconds(5000), None)?);
        found(context.wait(milliseconds(5000), None)?);
    }
    Ok(())
}
