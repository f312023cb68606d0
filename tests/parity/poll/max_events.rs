use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let pairs = (0..5).map(|_| sockets()).collect::<Result<Vec<_>>>()?;
        for (number, pair) in pairs.iter().enumerate() {
            context.add(&pair[0], Event::Write | Event::OneShot, number)?;
        }
        let mut data = Vec::new();
        for _ in 0..4 {
            let watchers = context.wait(milliseconds(0), 2)?;
            show(watchers.len());
            data.extend(watchers.iter().map(|watcher| watcher.data()));
        }
        data.sort_unstable();
        show(data.as_slice());
    }
    Ok(())
}
