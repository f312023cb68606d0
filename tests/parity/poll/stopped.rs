use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        // Ctrl-Z and fg, without any handler; once alone could be before the wait.
        let own = std::process::id();
        let script =
            format!("until [ -e over ]; do kill -STOP {own}; sleep 0.1; kill -CONT {own}; sleep 0.1; done; rm over");
        let mut process = shell(&script)?;
        let time = milliseconds(if backend == Backend::Epoll { 20_000 } else { 1000 });
        attempt::<Vec<Watcher<()>>>(context.wait(time, None));
        std::fs::write("over", "")?;
        process.wait()?;
    }
    Ok(())
}
