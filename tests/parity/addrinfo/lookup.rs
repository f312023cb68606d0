use crate::prelude::*;

/// The lower 16 bits of 70000.
const DIFFERENCES: &[Difference] = &[always(
    "[AddressInfo, AddressInfo, AddressInfo]\n\
     {ai_flags: 0, ai_family: 2, ai_socktype: 1, ai_protocol: 6, ai_addr: {sin_port: 4464, sin_addr: \"127.0.0.1\"}}\n\
     {ai_flags: 0, ai_family: 2, ai_socktype: 2, ai_protocol: 17, ai_addr: {sin_port: 4464, sin_addr: \"127.0.0.1\"}}\n\
     {ai_flags: 0, ai_family: 2, ai_socktype: 3, ai_protocol: 0, ai_addr: {sin_port: 4464, sin_addr: \"127.0.0.1\"}}\n",
    "false\n",
)];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
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
