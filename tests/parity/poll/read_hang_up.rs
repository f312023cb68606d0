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
            always(
                "nothing\n1 Write\n1 Read|Write\n1 Read|Write|HangUp\n",
                "1 ReadHangUp\n1 Write\n1 Read|Write|ReadHangUp\n1 Read|Write|HangUp|ReadHangUp\n",
            ),
        ],
    )
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let server = socket_create_listen(0, None)?;
        let a = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_connect(&a, "127.0.0.1", socket_getsockname(&server)?.1)?;
        let b = socket_accept(&server)?;

        let watcher = context.add(&a, Event::Read, 1)?;
        socket_shutdown(&b, SHUT_WR)?;
        found(context.wait(milliseconds(5000), None)?);
        watcher.modify_events(Event::ReadHangUp)?;
        found(context.wait(milliseconds(5000), None)?);
        watcher.modify_events(Event::Write)?;
        found(context.wait(milliseconds(5000), None)?);
        watcher.modify_events([Event::Read, Event::Write, Event::ReadHangUp])?;
        found(context.wait(milliseconds(5000), None)?);
        socket_shutdown(&a, SHUT_WR)?;
        found(context.wait(milliseconds(5000), None)?);
    }
    Ok(())
}
