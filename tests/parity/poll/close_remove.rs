use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let [a, _b] = sockets()?;
        let watcher = context.add(&a, Event::Write, 1)?;
        found(context.wait(milliseconds(5000), None)?);
        socket_close(&a)?;
        attempt(watcher.remove());
        show(watcher.is_active());
        show(events(watcher.triggered_events()));
    }
    Ok(())
}
