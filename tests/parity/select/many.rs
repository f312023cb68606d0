use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[always("1\nfalse\n2\n", "1\n2\n2\n")])
}

fn port() -> Result<()> {
    // Beyond FD_SETSIZE, and beyond PHP: it ends the wait with a warning.
    let mut pairs = Vec::new();
    while pairs.len() < 600 {
        pairs.push(socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?);
    }
    let [first, _] = &pairs[0];
    let [last, peer] = &pairs[599];
    socket_write(peer, "第一千二百号", None)?;
    socket_write(&pairs[0][1], "first", None)?;
    let mut read = vec![first.clone()];
    show(socket_select(&mut read, None, None, 0, None));
    let mut read = vec![first.clone(), last.clone()];
    let ready = socket_select(&mut read, None, None, 0, None);
    show(ready);
    show(read.len());
    Ok(())
}
