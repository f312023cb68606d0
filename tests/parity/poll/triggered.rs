use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let [a, b] = sockets()?;
        let watcher = context.add(&a, Event::Read | Event::Write, 1)?;
        show(events(watcher.triggered_events()));
        context.wait(milliseconds(5000), None)?;
        show(events(watcher.triggered_events()));
        for event in EVENTS {
            show(watcher.has_triggered(event));
        }
        // It stays until a wait returns the watcher again.
        watcher.modify_events(Event::Read)?;
        found(context.wait(milliseconds(1), None)?);
        show(events(watcher.triggered_events()));
        socket_write(&b, "x", None)?;
        context.wait(milliseconds(5000), None)?;
        show(events(watcher.triggered_events()));
    }
    Ok(())
}
