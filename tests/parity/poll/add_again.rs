use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let [a, _b] = sockets()?;
        for number in 0..3 {
            let watcher = context.add(&a, Event::Write, number)?;
            found(context.wait(milliseconds(5000), None)?);
            watcher.remove()?;
            found(context.wait(milliseconds(1), None)?);
        }
    }
    Ok(())
}
