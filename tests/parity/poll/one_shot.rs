use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let [a, b] = sockets()?;
        let watcher = context.add(&a, Event::Read | Event::OneShot, 1)?;
        found(context.wait(milliseconds(1), None)?);
        socket_write(&b, "x", None)?;
        found(context.wait(milliseconds(5000), None)?);
        found(context.wait(milliseconds(1), None)?);
        show(watcher.is_active());
        show(events(watcher.watched_events()));
        attempt(context.add(&a, Event::Read, 2));
        attempt(watcher.modify_events(Event::Read | Event::OneShot));
        found(context.wait(milliseconds(5000), None)?);
        found(context.wait(milliseconds(1), None)?);
        attempt(watcher.modify(Event::Read, 3));
        found(context.wait(milliseconds(5000), None)?);
        found(context.wait(milliseconds(5000), None)?);
    }
    Ok(())
}
