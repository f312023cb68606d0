use std::collections::BTreeMap;

use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    // The ready sockets keep their keys and their order.
    let (mut clients, mut peers) = (BTreeMap::new(), BTreeMap::new());
    for name in ["alice", "bob", "小明", "dave"] {
        let [client, peer] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
        clients.insert(name, client);
        peers.insert(name, peer);
    }
    socket_write(&peers["dave"], "x", None)?;
    socket_write(&peers["bob"], "x", None)?;
    let mut read = clients.clone();
    show(socket_select(&mut read, None, None, 0, None));
    show(&Vec::from_iter(read.keys())[..]);
    show(&Vec::from_iter(clients.keys())[..]);
    for (name, socket) in &read {
        echo!(name, " said ", socket_read(socket, 10, None)?, "\n");
    }
    let mut read = clients.clone();
    show(socket_select(&mut read, None, None, 0, None));
    show(read.len());

    // A list: find a socket in it, take it out.
    socket_write(&peers["小明"], "你好", None)?;
    let mut read = Vec::from_iter(clients.values().cloned());
    show(socket_select(&mut read, None, None, 0, None));
    show(read.contains(&clients["小明"]));
    show(clients.values().position(|socket| *socket == clients["小明"]));
    show(read.contains(&clients["bob"]));

    // Under two keys it is returned twice, and counted once.
    let mut read = BTreeMap::from(
        [(3, &clients["小明"]), (5, &clients["bob"]), (9, &clients["小明"])].map(|(key, socket)| (key, socket.clone())),
    );
    show(socket_select(&mut read, None, None, 0, None));
    show(&Vec::from_iter(read.keys())[..]);

    // In several sets it counts in each.
    let mut read = BTreeMap::from([("it", clients["小明"].clone())]);
    let (mut write, mut except) = (read.clone(), read.clone());
    show(socket_select(&mut read, &mut write, &mut except, 0, None));
    show([read.len(), write.len(), except.len()]);
    Ok(())
}
