use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    let [ours, theirs] = pair;

    // Nothing to wait for.
    show(socket_select(None, None, None, 0, None));
    let [mut read, mut write, mut except] = [const { Vec::<Socket>::new() }; 3];
    show(socket_select(&mut read, &mut write, &mut except, 0, None));
    show(socket_select(&mut read, None, None, 0, None));
    show(socket_last_error(None));

    // One set of three is enough.
    let mut write = vec![ours.clone()];
    show(socket_select(&mut read, &mut write, &mut except, 0, None));
    let mut read = vec![ours.clone()];
    show(socket_select(&mut read, None, None, 0, None));

    // A time that cannot be: an error, but not if the microseconds make up for it.
    let mut read = vec![theirs.clone()];
    show(socket_select(&mut read, None, None, -1, None));
    show(read.len());
    show([socket_last_error(None), socket_last_error(&theirs)]);
    show(socket_select(&mut read, None, None, 0, -1));
    socket_write(&ours, "x", None)?;
    show(socket_select(&mut read, None, None, -1, 1000000));
    show(socket_select(&mut read, None, None, 0, 2500000));
    show(socket_select(&mut read, None, None, None, -1));
    show(socket_select(&mut read, None, None, None, None));

    // Closed sockets, in each set.
    socket_close(&ours)?;
    let mut sets = [vec![theirs.clone()], vec![theirs.clone()], vec![theirs.clone(), ours.clone()]];
    show(all(&mut sets));
    let mut sets = [vec![theirs.clone()], vec![theirs.clone(), ours.clone()], vec![theirs.clone()]];
    show(all(&mut sets));
    let mut sets = [vec![theirs.clone(), ours.clone()], vec![theirs.clone()], vec![ours.clone()]];
    show(all(&mut sets));
    Ok(())
}

fn all([read, write, except]: &mut [Vec<Socket>; 3]) -> Result<usize> {
    socket_select(read, write, except, 0, None)
}
