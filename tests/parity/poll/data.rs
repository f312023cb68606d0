use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        #[derive(Clone)]
        struct Data {
            name: &'static str,
            age: i32,
        }

        let [a, _b] = sockets()?;
        let watcher = context.add(&a, Event::Write, Data { name: "小明", age: 7 })?;
        // Data is a value: what one changes of it is one's own.
        let mut data = watcher.data();
        data.age += 1;
        show(watcher.data().age);
        watcher.modify_data(data)?;
        show(watcher.data().age + watcher.data().age);
        show(context.wait(milliseconds(5000), None)?[0].data().name);
        watcher.remove()?;
        show(watcher.data().name);
    }
    Ok(())
}
