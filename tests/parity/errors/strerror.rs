use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    for number in -2..=133 {
        echo!(number, " ", socket_strerror(number), "\n");
    }
    for number in [9999, 2147483647, -2147483648, -10000, -10001, -10002, -10003, -10004, -10005, -20000] {
        echo!(number, " ", socket_strerror(number), "\n");
    }
    Ok(())
}
