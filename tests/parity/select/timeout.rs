use std::time::Instant;

use crate::prelude::*;

const DIFFERENCES: &[Difference] =
    &[always("false\n1\n1\n", "false\n1\nWarning: socket_select(): Unable to select [22]: Invalid argument\nfalse\n")];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn seconds(wait: impl FnOnce()) -> f64 {
    let start = Instant::now();
    wait();
    start.elapsed().as_secs_f64()
}

fn port() -> Result<()> {
    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;

    let mut read = vec![pair[0].clone()];
    let waited = seconds(|| {
        show(socket_select(&mut read, None, None, 0, 50000));
    });
    show((0.05..5.0).contains(&waited));
    show(read.len());

    // Microseconds beyond a second are carried.
    let mut read = vec![pair[0].clone()];
    let waited = seconds(|| {
        show(socket_select(&mut read, None, None, 0, 1050000));
    });
    show((1.05..5.0).contains(&waited));

    // Ready at once: no wait, whatever the time.
    socket_write(&pair[1], "x", None)?;
    let mut read = vec![pair[0].clone()];
    let waited = seconds(|| {
        show(socket_select(&mut read, None, None, 100, 5));
    });
    show(waited < 5.0);
    show(read.len());

    // A sum beyond PHP's int is no time.
    for (seconds, microseconds) in [(i64::MAX, 0), (i64::MAX, 999_999), (i64::MAX, 1_000_000), (-1, 1_000_000)] {
        let mut read = vec![pair[0].clone()];
        show(socket_select(&mut read, None, None, seconds, microseconds));
    }

    // So much is PHP's for no time at all, as it takes the lower 32 bits.
    let mut read = vec![pair[0].clone()];
    show(socket_select(&mut read, None, None, 0, -4_294_967_296));
    Ok(())
}
