use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let [a, b] = sockets()?;
        let first = context.add(&a, Event::Read, "a")?;
        let second = context.add(&b, [Event::Read, Event::Write], "b")?;
        found(context.wait(milliseconds(0), None)?);
        socket_write(&b, "测试", None)?;
        found(context.wait(milliseconds(5000), None)?);
        socket_write(&a, "x", None)?;
        found(context.wait(milliseconds(5000), None)?);
        show(events(first.watched_events()));
        show(events(second.watched_events()));
        show(first.handle() == &a);
        show(first.is_active());
        // Level-triggered: as long as it is so.
        found(context.wait(milliseconds(5000), None)?);
        socket_read(&a, 100, None)?;
        found(context.wait(milliseconds(5000), None)?);
    }
    Ok(())
}
