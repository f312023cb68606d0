use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let [a, b] = sockets()?;
        let watcher = context.add(&a, Event::Read, 1)?;
        socket_write(&b, "x", None)?;
        socket_close(&a)?;
        show(watcher.is_active());
        found(context.wait(milliseconds(1), None)?);
        attempt(watcher.modify(Event::Write, 2));
        attempt(watcher.modify_events(Event::Write));
        attempt(watcher.modify_data(2));
        show(watcher.data());
        show(events(watcher.watched_events()));
        show(events(watcher.triggered_events()));
    }
    Ok(())
}
