use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    // Of a millisecond's parts, the shortest of many waits shows whether they count: of more on a busy machine.
    let context = Context::<()>::with_backend(Backend::Epoll)?;
    let mut shortest = u128::MAX;
    let (mut number, first) = (0, Instant::now());
    while number < 50 || shortest >= 900_000 && first.elapsed().as_secs() < 20 {
        number += 1;
        let start = Instant::now();
        context.wait(Duration::from_micros(200), None)?;
        shortest = shortest.min(start.elapsed().as_nanos());
    }
    show(shortest >= 200_000);
    show(shortest < 900_000);
    Ok(())
}
