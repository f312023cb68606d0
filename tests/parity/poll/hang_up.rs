use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(
        8,
        6,
        module_path!(),
        port,
        &[
            // PHP does not ask poll(2) for POLLRDHUP.
            always("1 HangUp\n1 HangUp\n1 HangUp\n1 Read", "1 HangUp\n1 HangUp\n1 HangUp|ReadHangUp\n1 Read"),
        ],
    )
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let [a, b] = sockets()?;
        let watcher = context.add(&a, Event::Read, 1)?;
        socket_close(&b)?;
        found(context.wait(milliseconds(5000), None)?);
        watcher.modify_events(Event::Write)?;
        found(context.wait(milliseconds(5000), None)?);
        watcher.modify_events(Event::HangUp)?;
        found(context.wait(milliseconds(5000), None)?);
        watcher.modify_events(Event::Error)?;
        found(context.wait(milliseconds(5000), None)?);
        watcher.modify_events(Event::ReadHangUp)?;
        found(context.wait(milliseconds(5000), None)?);
    }
    Ok(())
}
