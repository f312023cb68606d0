use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let [a, b] = sockets()?;
        context.add(&a, Event::Write, 1)?;
        context.add(&b, Event::Write, 2)?;
        // Each one found removes itself; what was found stays readable.
        let watchers = context.wait(milliseconds(5000), None)?;
        for watcher in &watchers {
            watcher.remove()?;
        }
        let first = watchers[0].clone();
        found(watchers);
        show(first.has_triggered(Event::Write));
        show(first.has_triggered(Event::Read));
        found(context.wait(milliseconds(1), None)?);
    }
    Ok(())
}
