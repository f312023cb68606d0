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
        drop(context);
        show(watcher.is_active());
        attempt(watcher.remove());
        attempt(watcher.modify_events(Event::Read));
        attempt(watcher.modify_data(2));
        show(watcher.data());
        // It can be watched by another one.
        let context = Context::with_backend(backend)?;
        context.add(&a, Event::Write, 2)?;
        found(context.wait(milliseconds(5000), None)?);
    }
    Ok(())
}
