use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let pairs = (0..200).map(|_| sockets()).collect::<Result<Vec<_>>>()?;
        for (number, pair) in pairs.iter().enumerate() {
            context.add(&pair[0], Event::Read, number)?;
        }
        for number in [0, 100, 199] {
            socket_write(&pairs[number][1], "x", None)?;
            found(context.wait(milliseconds(5000), None)?);
            socket_read(&pairs[number][0], 10, None)?;
        }
        for pair in &pairs {
            socket_write(&pair[1], "x", None)?;
        }
        show(context.wait(milliseconds(5000), 1000)?.len());
        show(context.wait(milliseconds(5000), 150)?.len());
        show(context.wait(milliseconds(5000), None)?.len());
    }
    Ok(())
}
