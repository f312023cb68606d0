use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        // Of two that are ready, the first closes the second.
        let [a, b] = sockets()?;
        let mut watchers = Vec::new();
        for socket in [&a, &b] {
            watchers.push(context.add(socket, Event::Write, 1)?);
        }
        show(context.wait(milliseconds(5000), None)?.len());
        socket_close(&b)?;
        show(watchers[1].is_active());
        show(watchers[1].has_triggered(Event::Write));
        found(context.wait(milliseconds(5000), None)?);
    }
    Ok(())
}
