use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        signal_hook::flag::register(signal_hook::consts::SIGUSR1, std::sync::Arc::default())?;
        let [a, b] = sockets()?;
        context.add(&a, Event::Read, 1)?;
        let start = Instant::now();
        // One alone could come before the wait.
        let mut process = shell(&format!("until [ -e over ]; do kill -USR1 {}; sleep 0.1; done; rm over", thread()?))?;
        attempt(context.wait(milliseconds(20_000), None));
        show(start.elapsed().as_secs() < 19);
        std::fs::write("over", "")?;
        process.wait()?;
        socket_write(&b, "x", None)?;
        found(context.wait(milliseconds(5000), None)?);
    }
    Ok(())
}
