//! 10,000 watched sockets.

use std::collections::HashSet;
use std::time::Duration;

use php_sockets::poll::{Backend, Context, Event, Watcher};
use php_sockets::*;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const COUNT: usize = 10_000;
const SOON: Duration = Duration::from_secs(10);

pub(crate) fn ten_thousand_sockets() -> Result {
    // Some are open besides them.
    let needed = COUNT as u64 + 100;
    if rlimit::increase_nofile_limit(needed)? < needed {
        crate::skip::missing(&format!("a limit of {needed} open files"));
        return Ok(());
    }
    for backend in Backend::available() {
        let context = Context::with_backend(backend)?;
        let mut sockets = Vec::new();
        for number in 0..COUNT / 2 {
            for (end, socket) in socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?.into_iter().enumerate() {
                context.add(&socket, Event::Read, number * 2 + end)?;
                sockets.push(socket);
            }
        }
        assert_eq!(context.wait(Duration::ZERO, None)?, []);

        for number in [0, 4_999, 9_999] {
            socket_write(&sockets[number ^ 1], "测试", None)?;
            let ready = context.wait(SOON, None)?;
            assert_eq!(ready.iter().map(Watcher::data).collect::<Vec<_>>(), [number]);
            assert_eq!(socket_read(ready[0].handle(), 100, None)?, "测试".as_bytes());
        }

        // All of them at once come in several waits, each of them once.
        for socket in &sockets {
            socket_write(socket, "x", None)?;
        }
        let mut ready = Vec::new();
        let mut numbers = HashSet::new();
        while numbers.len() < COUNT {
            context.wait_into(&mut ready, SOON, None)?;
            assert!(!ready.is_empty(), "only {} have come", numbers.len());
            for watcher in &ready {
                assert_eq!(socket_read(watcher.handle(), 100, None)?, b"x");
                assert!(numbers.insert(watcher.data()));
            }
        }

        // Closed, they are all forgotten.
        for socket in &sockets {
            socket_close(socket)?;
        }
        assert_eq!(context.wait(Duration::ZERO, None)?, []);
    }
    Ok(())
}
