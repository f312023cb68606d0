use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let add = |name| -> Result<(Socket, Watcher<Farewell>)> {
            let [a, _b] = sockets()?;
            Ok((a.clone(), context.add(&a, Event::Read, Farewell(name))?))
        };
        // A close that nobody else knows the watcher of.
        let (socket, _) = add("closed")?;
        echo!("close\n");
        socket_close(&socket)?;
        echo!("closed\n");
        let (_socket, watcher) = add("old")?;
        watcher.modify_data(Farewell("new"))?;
        echo!("modified\n");
        watcher.remove()?;
        echo!("removed\n");
        drop(watcher);
        let (socket, watcher) = add("held")?;
        socket_close(&socket)?;
        echo!("closed\n");
        drop(watcher);
        let (_socket, watcher) = add("context")?;
        drop(watcher);
        drop(context);
        echo!("end\n");
    }
    Ok(())
}
