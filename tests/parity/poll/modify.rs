use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let [a, b] = sockets()?;
        let watcher = context.add(&a, Event::Read, "one")?;
        found(context.wait(milliseconds(1), None)?);
        attempt(watcher.modify(Event::Write, "two"));
        found(context.wait(milliseconds(5000), None)?);
        attempt(watcher.modify_data("three"));
        found(context.wait(milliseconds(5000), None)?);
        attempt(watcher.modify_events(Event::Read));
        show(events(watcher.watched_events()));
        show(watcher.data());
        found(context.wait(milliseconds(1), None)?);
        socket_write(&b, "x", None)?;
        found(context.wait(milliseconds(5000), None)?);
    }
    Ok(())
}
