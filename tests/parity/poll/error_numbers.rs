use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for (name, number) in [
        ("ERROR_NONE", poll::Error::ERROR_NONE),
        ("ERROR_SYSTEM", poll::Error::ERROR_SYSTEM),
        ("ERROR_NOMEM", poll::Error::ERROR_NOMEM),
        ("ERROR_INVALID", poll::Error::ERROR_INVALID),
        ("ERROR_EXISTS", poll::Error::ERROR_EXISTS),
        ("ERROR_NOTFOUND", poll::Error::ERROR_NOTFOUND),
        ("ERROR_TIMEOUT", poll::Error::ERROR_TIMEOUT),
        ("ERROR_INTERRUPTED", poll::Error::ERROR_INTERRUPTED),
        ("ERROR_PERMISSION", poll::Error::ERROR_PERMISSION),
        ("ERROR_TOOBIG", poll::Error::ERROR_TOOBIG),
        ("ERROR_AGAIN", poll::Error::ERROR_AGAIN),
        ("ERROR_NOSUPPORT", poll::Error::ERROR_NOSUPPORT),
    ] {
        echo!(name, ": ", number, "\n");
    }
    Ok(())
}
