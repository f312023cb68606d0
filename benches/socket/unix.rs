//! The benchmarks of `benches/socket.rs`; nix has the bare calls for Unix only.

use std::hint::black_box;
use std::os::fd::AsRawFd;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group};
use nix::poll::{PollFd, PollFlags};
use nix::sys::socket::{MsgFlags, SockFlag, accept4, recv, send};
use php_sockets::*;

const NONE: MsgFlags = MsgFlags::MSG_NOSIGNAL;

fn pair() -> [Socket; 2] {
    socket_create_pair(AF_UNIX, SOCK_STREAM, 0).expect("a pair")
}

/// 64 bytes sent and received: into a buffer that is used again, and into a new one each time.
fn round_trip(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("send+recv 64 B");
    let [a, b] = pair();
    let (from, to) = (a.as_raw_fd(), b.as_raw_fd());
    let data = [b'x'; 64];

    let mut buffer = [0; 64];
    group.bench_function("libc, reused buffer", |bencher| {
        bencher.iter(|| {
            send(from, black_box(&data), NONE).expect("sent");
            recv(to, &mut buffer, MsgFlags::empty()).expect("received")
        });
    });
    let mut buffer = Vec::new();
    group.bench_function("socket_send, socket_recv", |bencher| {
        bencher.iter(|| {
            socket_send(&a, black_box(&data), 64, 0).expect("sent");
            socket_recv(&b, &mut buffer, 64, 0).expect("received")
        });
    });
    group.bench_function("libc, new buffer", |bencher| {
        bencher.iter(|| {
            send(from, black_box(&data), NONE).expect("sent");
            let mut buffer = vec![0; 64];
            recv(to, &mut buffer, MsgFlags::empty()).expect("received");
            buffer
        });
    });
    group.bench_function("socket_write, socket_read", |bencher| {
        bencher.iter(|| {
            socket_write(&a, black_box(&data), None).expect("sent");
            socket_read(&b, 64, None).expect("received")
        });
    });
}

/// 64 KiB in one read; the bare call has a buffer that is used again, `socket_read` returns a new one.
fn read_large(criterion: &mut Criterion) {
    const LENGTH: usize = 64 << 10;
    let mut group = criterion.benchmark_group("read 64 KiB");
    group.throughput(Throughput::Bytes(LENGTH as u64));
    let [a, b] = pair();
    let (from, to) = (a.as_raw_fd(), b.as_raw_fd());
    let data = vec![b'x'; LENGTH];

    let mut buffer = vec![0; LENGTH];
    group.bench_function("libc", |bencher| {
        bencher.iter(|| {
            send(from, black_box(&data), NONE).expect("sent");
            recv(to, &mut buffer, MsgFlags::empty()).expect("received")
        });
    });
    group.bench_function("socket_read", |bencher| {
        bencher.iter(|| {
            socket_write(&a, black_box(&data), None).expect("sent");
            socket_read(&b, LENGTH, None).expect("received")
        });
    });
}

/// A line of 80 bytes: PHP's one byte a call, the two bare calls that it takes, and `PHP_NORMAL_READ`.
fn read_line(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("line of 80 B");
    let [a, b] = pair();
    let (from, to) = (a.as_raw_fd(), b.as_raw_fd());
    let mut line = [b'x'; 80];
    line[79] = b'\n';

    group.bench_function("libc, a byte a call", |bencher| {
        bencher.iter(|| {
            send(from, black_box(&line), NONE).expect("sent");
            let mut text = Vec::with_capacity(2048);
            while text.last() != Some(&b'\n') {
                let mut byte = [0];
                recv(to, &mut byte, MsgFlags::empty()).expect("received");
                text.push(byte[0]);
            }
            text
        });
    });
    let mut buffer = [0; 2048];
    group.bench_function("libc, peek and take", |bencher| {
        bencher.iter(|| {
            send(from, black_box(&line), NONE).expect("sent");
            let seen = recv(to, &mut buffer, MsgFlags::MSG_PEEK).expect("seen");
            let end = buffer[..seen].iter().position(|byte| matches!(byte, b'\n' | b'\r')).expect("a line");
            recv(to, &mut buffer[..=end], MsgFlags::empty()).expect("received")
        });
    });
    group.bench_function("PHP_NORMAL_READ", |bencher| {
        bencher.iter(|| {
            socket_write(&a, black_box(&line), None).expect("sent");
            socket_read(&b, 2048, PHP_NORMAL_READ).expect("received")
        });
    });
}

/// One ready socket among many: poll(2) with a list that is ready made, and `socket_select`, which makes it.
fn select(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("select");
    for count in [10, 100, 1000] {
        rlimit::increase_nofile_limit(3000).expect("the limit can be asked for");
        let pairs: Vec<_> = (0..count).map(|_| pair()).collect();
        socket_write(&pairs[count / 2][0], "x", None).expect("sent");
        let clients: Vec<_> = pairs.iter().map(|[_, b]| b.clone()).collect();

        let mut list: Vec<_> =
            clients.iter().map(|client| PollFd::new(std::os::fd::AsFd::as_fd(client), PollFlags::POLLIN)).collect();
        group.bench_with_input(BenchmarkId::new("libc poll", count), &count, |bencher, _| {
            // Timed call by call, as the other must be.
            bencher.iter_batched_ref(
                || (),
                |()| nix::poll::poll(&mut list, 5000u16).expect("polled"),
                BatchSize::PerIteration,
            );
        });
        group.bench_with_input(BenchmarkId::new("socket_select", count), &count, |bencher, _| {
            bencher.iter_batched_ref(
                || clients.clone(),
                |read| socket_select(read, None, None, 5, None).expect("selected"),
                BatchSize::PerIteration,
            );
        });
        group.bench_with_input(BenchmarkId::new("socket_select, keys and references", count), &count, |bencher, _| {
            bencher.iter_batched_ref(
                || clients.iter().enumerate().collect::<Vec<_>>(),
                |read| socket_select(read, None, None, 5, None).expect("selected"),
                BatchSize::PerIteration,
            );
        });
    }
}

/// A connection made, accepted and closed at both ends; only the accepted end is ours or bare.
fn accept(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("accept+close");
    let listener = socket_create(AF_UNIX, SOCK_STREAM, 0).expect("a socket");
    let name = format!("\0php-sockets-bench-{}", std::process::id());
    socket_bind(&listener, &name, None).expect("bound");
    socket_listen(&listener, 128).expect("listening");
    let connect = || {
        let client = socket_create(AF_UNIX, SOCK_STREAM, 0).expect("a socket");
        socket_connect(&client, &name, None).expect("connected");
        client
    };

    let descriptor = listener.as_raw_fd();
    group.bench_function("libc", |bencher| {
        bencher.iter(|| {
            let client = connect();
            let accepted = accept4(descriptor, SockFlag::SOCK_CLOEXEC).expect("accepted");
            nix::unistd::close(accepted).expect("closed");
            client
        });
    });
    group.bench_function("socket_accept, dropped", |bencher| {
        bencher.iter(|| {
            let client = connect();
            drop(socket_accept(&listener).expect("accepted"));
            client
        });
    });
    group.bench_function("socket_accept, socket_close", |bencher| {
        bencher.iter(|| {
            let client = connect();
            socket_close(&socket_accept(&listener).expect("accepted")).expect("closed");
            client
        });
    });
}

criterion_group!(benches, round_trip, read_large, read_line, select, accept);
