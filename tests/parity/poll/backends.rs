use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    show(Backend::available().iter().map(|backend| format!("{backend:?}")).collect::<Vec<_>>().as_slice());
    for backend in
        [Backend::Auto, Backend::Poll, Backend::Epoll, Backend::Kqueue, Backend::EventPorts, Backend::WSAPoll]
    {
        show(format!("{backend:?}"));
        show(backend.is_available());
        show(backend.supports_edge_triggering());
        attempt(Context::<()>::with_backend(backend));
    }
    show(format!("{:?}", Context::<()>::with_backend(Backend::Poll)?.backend()));
    show(format!("{:?}", Context::<()>::with_backend(Backend::Epoll)?.backend()));
    show(format!("{:?}", Context::<()>::new()?.backend()));
    Ok(())
}
