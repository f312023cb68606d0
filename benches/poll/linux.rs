//! The waits that are compared: ours, `socket_select`, a bare `epoll_wait(2)` (through nix, which adds nothing to libc), and
//! the `polling` crate.

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use php_sockets::poll::{Context, Event};
use php_sockets::*;

criterion_group!(benches, one_ready, ping_pong);

/// Long enough that it is never over.
const LONG: Duration = Duration::from_secs(60);

/// Sockets of which the one in the middle has something to read, and its peer.
fn sockets(count: usize) -> (Vec<Socket>, Socket) {
    let udp = || socket_create(AF_INET, SOCK_DGRAM, SOL_UDP).expect("a descriptor is left");
    let mut sockets: Vec<_> = (0..count).map(|_| udp()).collect();
    let [socket, peer] = socket_create_pair(AF_UNIX, SOCK_DGRAM, 0).expect("a descriptor is left");
    socket_write(&peer, "x", None).expect("it is open");
    sockets[count / 2] = socket;
    (sockets, peer)
}

/// One wait that finds one socket out of 10 to 10,000.
fn one_ready(criterion: &mut Criterion) {
    rlimit::increase_nofile_limit(10_100).expect("the limit can be read");
    let mut group = criterion.benchmark_group("one_ready_of");
    for count in [10, 1_000, 10_000] {
        let (sockets, _peer) = sockets(count);

        let context = Context::new().expect("epoll is there");
        for socket in &sockets {
            context.add(socket, Event::Read, ()).expect("it is new");
        }
        let mut ready = Vec::with_capacity(count);
        group.bench_function(BenchmarkId::new("poll", count), |bencher| {
            bencher.iter(|| {
                context.wait_into(&mut ready, LONG, None).expect("one is ready");
                assert_eq!(ready.len(), 1);
            });
        });

        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).expect("epoll is there");
        for (socket, key) in sockets.iter().zip(0..) {
            epoll.add(socket, EpollEvent::new(EpollFlags::EPOLLIN, key)).expect("it is new");
        }
        let mut events = [EpollEvent::empty(); 1024];
        group.bench_function(BenchmarkId::new("bare_epoll", count), |bencher| {
            bencher.iter(|| assert_eq!(epoll.wait(&mut events, 60_000_u16).expect("one is ready"), 1));
        });

        let mut read = Vec::with_capacity(count);
        group.bench_function(BenchmarkId::new("socket_select", count), |bencher| {
            bencher.iter(|| {
                read.clone_from(&sockets);
                assert_eq!(socket_select(&mut read, None, None, 60, None).expect("one is ready"), 1);
            });
        });
    }
    group.finish();
}

/// 64 bytes to and fro between two sockets of one thread, so that nothing but the calls is measured.
fn ping_pong(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ping_pong_64");
    let data = [b'x'; 64];
    let mut buffer = Vec::with_capacity(64);
    let mut turn = |from: &Socket, to: &Socket, wait: &mut dyn FnMut()| {
        socket_send(from, data, 64, 0).expect("there is room");
        wait();
        assert_eq!(socket_recv(to, &mut buffer, 64, 0).expect("it has come"), 64);
    };

    let [a, b] = tcp_pair();
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).expect("epoll is there");
    epoll.add(&a, EpollEvent::new(EpollFlags::EPOLLIN, 0)).expect("it is new");
    epoll.add(&b, EpollEvent::new(EpollFlags::EPOLLIN, 1)).expect("it is new");
    let mut events = [EpollEvent::empty(); 1024];
    group.bench_function("bare_epoll", |bencher| {
        let mut wait = || {
            let ready = epoll.wait(&mut events, EpollTimeout::from(60_000_u16)).expect("one is ready");
            assert_eq!(ready, 1);
            black_box(events[0].data());
        };
        bencher.iter(|| {
            turn(&a, &b, &mut wait);
            turn(&b, &a, &mut wait);
        });
    });

    let context = Context::new().expect("epoll is there");
    context.add(&a, Event::Read, 0_u64).expect("it is new");
    context.add(&b, Event::Read, 1_u64).expect("it is new");
    let mut ready = Vec::with_capacity(1024);
    group.bench_function("poll", |bencher| {
        let mut wait = || {
            context.wait_into(&mut ready, LONG, None).expect("one is ready");
            assert_eq!(ready.len(), 1);
            black_box(ready[0].data());
        };
        bencher.iter(|| {
            turn(&a, &b, &mut wait);
            turn(&b, &a, &mut wait);
        });
    });

    let poller = polling::Poller::new().expect("epoll is there");
    let sources =
        [&a, &b].map(|socket| socket_export_stream::<std::net::TcpStream>(socket).expect("a descriptor is left"));
    for (source, key) in sources.iter().zip(0..) {
        add(&poller, source, key);
    }
    let mut found = polling::Events::with_capacity(const { NonZeroUsize::new(1024).expect("it is not 0") });
    group.bench_function("polling_crate", |bencher| {
        let mut wait = || {
            found.clear();
            poller.wait(&mut found, Some(LONG)).expect("one is ready");
            assert_eq!(found.len(), 1);
            black_box(found.iter().next().map(|event| event.key));
        };
        bencher.iter(|| {
            turn(&a, &b, &mut wait);
            turn(&b, &a, &mut wait);
        });
    });

    let sockets = vec![a.clone(), b.clone()];
    let mut read = Vec::with_capacity(2);
    group.bench_function("socket_select", |bencher| {
        let mut wait = || {
            read.clone_from(&sockets);
            assert_eq!(socket_select(&mut read, None, None, 60, None).expect("one is ready"), 1);
        };
        bencher.iter(|| {
            turn(&a, &b, &mut wait);
            turn(&b, &a, &mut wait);
        });
    });
    group.finish();
}

#[allow(unsafe_code, reason = "the crate that is compared demands it")]
fn add(poller: &polling::Poller, source: &std::net::TcpStream, key: usize) {
    // SAFETY: the sources outlive the poller.
    unsafe { poller.add_with_mode(source, polling::Event::readable(key), polling::PollMode::Level) }
        .expect("it is new");
}

fn tcp_pair() -> [Socket; 2] {
    let listener = socket_create_listen(0, None).expect("a port is free");
    let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP).expect("a descriptor is left");
    let port = socket_getsockname(&listener).expect("it is bound").1;
    socket_connect(&client, "127.0.0.1", port).expect("it is listening");
    let server = socket_accept(&listener).expect("somebody has called");
    [&client, &server].map(|socket| {
        socket_set_option(socket, SOL_TCP, TCP_NODELAY, 1).expect("it is a TCP socket");
        socket.clone()
    })
}
