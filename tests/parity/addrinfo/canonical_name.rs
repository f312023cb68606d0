use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let hints = AddrInfoHints { ai_flags: AI_CANONNAME, ai_family: AF_INET, ..AddrInfoHints::default() };
    for address in &socket_addrinfo_lookup("127.0.0.1", "80", hints)? {
        show(socket_addrinfo_explain(address));
    }
    Ok(())
}
