use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let start = Instant::now();
        found::<i32>(context.wait(milliseconds(30), None)?);
        let waited = start.elapsed().as_secs_f64();
        show((0.03..5.0).contains(&waited));
        found(context.wait(milliseconds(0), None)?);
        let [a, _b] = sockets()?;
        context.add(&a, Event::Write, 1)?.remove()?;
        let start = Instant::now();
        found(context.wait(milliseconds(30), None)?);
        let waited = start.elapsed().as_secs_f64();
        show((0.03..5.0).contains(&waited));
    }
    Ok(())
}
