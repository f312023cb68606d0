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
        attempt(watcher.remove());
        show(watcher.is_active());
        attempt(watcher.remove());
        attempt(watcher.modify(Event::Read, 2));
        attempt(watcher.modify_events(Event::Read));
        attempt(watcher.modify_data(2));
        attempt(watcher.modify_events([]));
        show(watcher.data());
        show(events(watcher.watched_events()));
        found(context.wait(milliseconds(1), None)?);
        // A new watcher of the same is not touched by the old one.
        let again = context.add(&a, Event::Write, 3)?;
        attempt(watcher.remove());
        show(again.is_active());
        found(context.wait(milliseconds(5000), None)?);
    }
    Ok(())
}
