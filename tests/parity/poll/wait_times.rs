use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let [a, b] = sockets()?;
        context.add(&a, Event::Read, 1)?;
        for microseconds in [0, 1, 999, 1001, 25_500] {
            let start = Instant::now();
            found(context.wait(Duration::from_micros(microseconds), None)?);
            show(start.elapsed() >= Duration::from_micros(microseconds));
        }
        // What is ready does not wait, however long the time is.
        socket_write(&b, "x", None)?;
        found(context.wait(Duration::from_secs(3_000_000), None)?);
        found(context.wait(None, None)?);
        found(context.wait(None, None)?);
    }
    Ok(())
}
