use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let [a, _b] = sockets()?;
        attempt(context.add(&a, [], 1));
        let watcher = context.add(&a, [Event::OneShot, Event::Write, Event::Read, Event::Write], 2)?;
        show(events(watcher.watched_events()));
        show(events(watcher.triggered_events()));
        attempt(watcher.modify([], 3));
        attempt(watcher.modify_events([]));
        show(events(watcher.watched_events()));
        show(watcher.data());
        found(context.wait(milliseconds(5000), None)?);
    }
    Ok(())
}
