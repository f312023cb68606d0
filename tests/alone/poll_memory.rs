//! What watching costs in memory: nothing for a wait, and little for a watcher.

use std::time::Duration;

use php_sockets::poll::{Backend, Context, Event};
use php_sockets::*;
use stats_alloc::{Region, Stats};

use crate::ALLOCATOR;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

pub(crate) fn a_wait_allocates_nothing_and_a_watcher_little() -> Result {
    const COUNT: usize = 64;
    for backend in Backend::available() {
        let context = Context::with_backend(backend)?;
        let sockets: Vec<_> =
            (0..COUNT).map(|_| socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)).collect::<php_sockets::Result<_>>()?;
        // The table goes by the descriptors' numbers, which depend on what the process has open, and stays as it has grown: 8 bytes
        // for each number, up to twice that while it grows by doubling.
        for socket in &sockets {
            context.add(socket, Event::Write, 0_u64)?.remove()?;
        }
        let mut watchers = Vec::with_capacity(COUNT);
        let change = measure(|| {
            for socket in &sockets {
                watchers.push(context.add(socket, Event::Write, 0_u64)?);
            }
            Ok(())
        })?;
        let bytes = change.bytes_allocated - change.bytes_deallocated;
        let bytes = bytes.saturating_add_signed(change.bytes_reallocated) / COUNT;
        println!("{backend:?}: {bytes} bytes a watcher, 8 of them the caller's data");
        // poll(2) and `WSAPoll` have a list of their own; behind the completion ports is a crate that has much more.
        let most = match backend {
            Backend::Poll | Backend::WSAPoll => 128,
            Backend::Iocp => 400,
            _ => 80,
        };
        assert!(bytes <= most);

        let mut ready = Vec::with_capacity(COUNT);
        context.wait_into(&mut ready, None, None)?;
        let change = measure(|| {
            for _ in 0..100 {
                context.wait_into(&mut ready, Duration::from_secs(1), None)?;
                assert_eq!(ready.len(), COUNT);
                for watcher in &ready {
                    watcher.modify_data(watcher.data() + 1)?;
                }
                watchers[0].modify_events(Event::Write)?;
            }
            Ok(())
        })?;
        assert_eq!((change.allocations, change.reallocations, change.deallocations), (0, 0, 0), "{backend:?}");
        assert_eq!(watchers[0].data(), 100);
    }
    Ok(())
}

fn measure(calls: impl FnOnce() -> Result) -> Result<Stats> {
    let region = Region::new(&ALLOCATOR);
    calls()?;
    Ok(region.change())
}
