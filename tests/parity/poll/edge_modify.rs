use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    let context = Context::with_backend(Backend::Epoll)?;
    let [a, b] = sockets()?;
    socket_write(&b, "x", None)?;
    let watcher = context.add(&a, Event::Read | Event::EdgeTriggered, 1)?;
    found(context.wait(milliseconds(5000), None)?);
    found(context.wait(milliseconds(1), None)?);
    // Asked anew, it is told anew what is there.
    watcher.modify_events(Event::Read | Event::EdgeTriggered)?;
    found(context.wait(milliseconds(5000), None)?);
    found(context.wait(milliseconds(1), None)?);
    watcher.modify_events([Event::Read, Event::EdgeTriggered, Event::OneShot])?;
    found(context.wait(milliseconds(5000), None)?);
    socket_write(&b, "y", None)?;
    found(context.wait(milliseconds(1), None)?);
    Ok(())
}
