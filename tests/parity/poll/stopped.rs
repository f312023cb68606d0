use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        // Ctrl-Z and fg, without any handler.
        let id = std::process::id();
        let mut process = shell(&format!("sleep 0.2; kill -STOP {id}; sleep 0.1; kill -CONT {id}"))?;
        attempt::<Vec<Watcher<()>>>(context.wait(milliseconds(1000), None));
        process.wait()?;
    }
    Ok(())
}
