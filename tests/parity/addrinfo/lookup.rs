use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn explained(host: &str, service: Option<&str>) {
    let addresses = socket_addrinfo_lookup(host, service, None);
    show(&addresses);
    for address in addresses.iter().flatten() {
        show(socket_addrinfo_explain(address));
    }
}

fn port() -> Result<()> {
    explained("127.0.0.1", None);
    explained("127.0.0.1", Some("80"));
    explained("127.0.0.1", Some(""));
    explained("127.0.0.1", Some("70000"));
    explained("::1", Some("443"));
    explained("0", Some("80"));
    explained("127.1", Some("80"));
    explained("localhost", Some("80"));

    // Nothing found: false, without a warning and without a number.
    explained("", Some("80"));
    explained("::g", Some("80"));
    explained("127.0.0.1", Some("-1"));
    explained("127.0.0.1", Some("no such service"));
    show(socket_last_error(None));
    Ok(())
}
