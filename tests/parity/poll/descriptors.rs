use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        // None is left for a context; those who wait already go on.
        let [a, _b] = sockets()?;
        context.add(&a, Event::Write, 1)?;
        rlimit::setrlimit(rlimit::Resource::NOFILE, 10, 2048)?;
        let mut files = Vec::new();
        while let Ok(file) = std::fs::File::open("/dev/null") {
            files.push(file);
        }
        attempt(Context::<()>::with_backend(Backend::Epoll));
        found(context.wait(milliseconds(5000), None)?);
        drop(files);
        rlimit::setrlimit(rlimit::Resource::NOFILE, 2048, 2048)?;
        attempt(Context::<()>::with_backend(Backend::Epoll));
    }
    Ok(())
}
