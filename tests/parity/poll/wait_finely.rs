use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    // Of a millisecond's parts, the shortest of many waits shows whether they count.
    let context = Context::<()>::with_backend(Backend::Epoll)?;
    let mut shortest = u128::MAX;
    for _ in 0..50 {
        let start = Instant::now();
        context.wait(Duration::from_micros(200), None)?;
        shortest = shortest.min(start.elapsed().as_nanos());
    }
    show(shortest >= 200_000);
    show(shortest < 900_000);
    Ok(())
}
