use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        for round in 0..5 {
            let [a, b] = sockets()?;
            context.add(&a, Event::Read, format!("old {round}"))?;
            socket_write(&b, "x", None)?;
            socket_close(&a)?;
            drop(a);
            // Its number is used again.
            let [c, d] = sockets()?;
            context.add(&c, Event::Read, format!("new {round}"))?;
            found(context.wait(milliseconds(1), None)?);
            socket_write(&d, "x", None)?;
            found(context.wait(milliseconds(5000), None)?);
            socket_close(&c)?;
        }
    }
    Ok(())
}
