use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let [a, b] = sockets()?;
        attempt(context.add(&a, Event::Read | Event::EdgeTriggered, 1));
        found(context.wait(milliseconds(1), None)?);
        socket_write(&b, "x", None)?;
        found(context.wait(milliseconds(10), None)?);
        found(context.wait(milliseconds(1), None)?);
        // More is new, although the first has not been read.
        socket_write(&b, "y", None)?;
        found(context.wait(milliseconds(10), None)?);
        found(context.wait(milliseconds(1), None)?);
        let watcher = context.add(&b, Event::Write, 2)?;
        attempt(watcher.modify_events(Event::Write | Event::EdgeTriggered));
        attempt(watcher.modify(Event::Write | Event::EdgeTriggered, 3));
        show(watcher.data());
        show(events(watcher.watched_events()));
        found(context.wait(milliseconds(10), None)?);
    }
    Ok(())
}
