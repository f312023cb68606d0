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
        let mut process = shell(&format!("sleep 0.2; kill -USR1 {}", thread()?))?;
        attempt(context.wait(milliseconds(5000), None));
        show(start.elapsed().as_secs() < 4);
        process.wait()?;
        socket_write(&b, "x", None)?;
        found(context.wait(milliseconds(5000), None)?);
    }
    Ok(())
}
