//! The WebSocket layer without the system: what a message costs, beside tungstenite in the same run.
//!
//! ```sh
//! cargo bench --bench ws
//! ```
//!
//! Masking, headers and UTF-8 are also measured beside the plain way to do them, byte by byte and by the standard library.
#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::{
    hint::black_box,
    io::{self, Read, Write},
    time::Duration,
};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use php_sockets::ws::{Config, Connection, FrameHeader, Message, Opcode, Prepared, Protocol, Role, Stream, mask};
use tungstenite::{
    WebSocket,
    protocol::{Role as TungsteniteRole, frame::Utf8Bytes},
};

/// Messages of one run through memory.
const MESSAGES: usize = 100_000;
const HELLO: &str = "Hello, World!";
const CHINESE: &str = "你好，世界！网络套接字让浏览器和服务器随时互相发送消息。";

/// A stream that gives the same bytes to every reader and forgets what is written.
struct Memory<'a> {
    input: &'a [u8],
    written: usize,
}

impl<'a> Memory<'a> {
    fn new(input: &'a [u8]) -> Self {
        Self { input, written: 0 }
    }
}

impl Read for Memory<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.input.read(buffer)
    }
}

impl Write for Memory<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written += black_box(bytes).len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Memory<'_> {}

fn connection(stream: Memory<'_>, role: Role) -> Connection<Memory<'_>> {
    Connection::new(stream, Protocol::new(role, Config::new(role)))
}

fn peer(stream: Memory<'_>, role: TungsteniteRole) -> WebSocket<Memory<'_>> {
    WebSocket::from_raw_socket(stream, role, None)
}

/// What a client sends: so many times the same text.
fn stream(text: &str) -> Vec<u8> {
    let mut client = Protocol::new(Role::Client, Config::client());
    let mut bytes = Vec::new();
    for _ in 0..MESSAGES {
        client.send(text).expect("open");
        bytes.extend_from_slice(client.output());
        client.written(client.output().len()).expect("nothing waits");
    }
    bytes
}

fn messages(c: &mut Criterion) {
    let mut group = c.benchmark_group("100,000 messages");
    group.sample_size(10).measurement_time(Duration::from_secs(2));
    for (name, text) in [("13 bytes", HELLO.to_owned()), ("1 KiB", "x".repeat(1024)), ("chinese", CHINESE.to_owned())] {
        let input = stream(&text);
        group.throughput(Throughput::Elements(MESSAGES as u64));

        group.bench_function(BenchmarkId::new("read", name), |b| {
            b.iter(|| {
                let mut connection = connection(Memory::new(&input), Role::Server);
                let mut buffer = Vec::new();
                for _ in 0..MESSAGES {
                    black_box(connection.read(&mut buffer).expect("a message"));
                }
            });
        });
        group.bench_function(BenchmarkId::new("read, tungstenite", name), |b| {
            b.iter(|| {
                let mut socket = peer(Memory::new(&input), TungsteniteRole::Server);
                for _ in 0..MESSAGES {
                    black_box(socket.read().expect("a message"));
                }
            });
        });

        for role in [Role::Server, Role::Client] {
            let theirs = match role {
                Role::Server => TungsteniteRole::Server,
                Role::Client => TungsteniteRole::Client,
            };
            group.bench_function(BenchmarkId::new(format!("write, {role:?}"), name), |b| {
                b.iter(|| {
                    let mut connection = connection(Memory::new(&[]), role);
                    for _ in 0..MESSAGES {
                        connection.cork();
                        connection.send(&text).expect("open");
                    }
                    connection.flush().expect("open");
                    black_box(connection.stream().written)
                });
            });
            group.bench_function(BenchmarkId::new(format!("write, {role:?}, tungstenite"), name), |b| {
                let message = tungstenite::Message::Text(Utf8Bytes::from(text.as_str()));
                b.iter(|| {
                    let mut socket = peer(Memory::new(&[]), theirs);
                    for _ in 0..MESSAGES {
                        socket.write(message.clone()).expect("open");
                    }
                    socket.flush().expect("open");
                    black_box(socket.get_ref().written)
                });
            });
        }

        group.bench_function(BenchmarkId::new("echo", name), |b| {
            b.iter(|| {
                let mut connection = connection(Memory::new(&input), Role::Server);
                let mut buffer = Vec::new();
                for _ in 0..MESSAGES {
                    let message = connection.read(&mut buffer).expect("a message");
                    connection.send(message).expect("open");
                }
                connection.flush().expect("open");
                black_box(connection.stream().written)
            });
        });
        group.bench_function(BenchmarkId::new("echo, tungstenite", name), |b| {
            b.iter(|| {
                let mut socket = peer(Memory::new(&input), TungsteniteRole::Server);
                for _ in 0..MESSAGES {
                    let message = socket.read().expect("a message");
                    socket.write(message).expect("open");
                }
                socket.flush().expect("open");
                black_box(socket.get_ref().written)
            });
        });
    }
    group.finish();
}

fn broadcast(c: &mut Criterion) {
    let mut group = c.benchmark_group("one message to 1,000 connections");
    group.throughput(Throughput::Elements(1000));
    let text = CHINESE.repeat(3);
    let mut connections: Vec<_> = (0..1000).map(|_| connection(Memory::new(&[]), Role::Server)).collect();
    group.bench_function("Prepared", |b| {
        b.iter(|| {
            let prepared = Prepared::new(&text).expect("a text");
            for connection in &mut connections {
                connection.send_prepared(&prepared).expect("open");
            }
        });
    });
    let mut sockets: Vec<_> = (0..1000).map(|_| peer(Memory::new(&[]), TungsteniteRole::Server)).collect();
    group.bench_function("tungstenite", |b| {
        b.iter(|| {
            let message = tungstenite::Message::Text(Utf8Bytes::from(text.as_str()));
            for socket in &mut sockets {
                socket.send(message.clone()).expect("open");
            }
        });
    });
    group.finish();
}

fn masking(c: &mut Criterion) {
    let mut group = c.benchmark_group("mask");
    let key = [0x37, 0xfa, 0x21, 0x3d];
    for size in [20, 125, 1024, 16 * 1024, 1 << 20] {
        // Payload begins behind a header, on an odd address.
        let mut bytes = vec![7; size + 7];
        let mut target = vec![0; size];
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(BenchmarkId::new("in place", size), |b| {
            b.iter(|| mask::apply(black_box(&mut bytes[6..size + 6]), key));
        });
        group.bench_function(BenchmarkId::new("copy", size), |b| {
            b.iter(|| mask::copy(black_box(&bytes[6..size + 6]), black_box(&mut target), key));
        });
        group.bench_function(BenchmarkId::new("byte by byte", size), |b| {
            b.iter(|| {
                for (index, byte) in black_box(&mut bytes[6..size + 6]).iter_mut().enumerate() {
                    *byte ^= key[index % 4];
                }
            });
        });
    }
    group.finish();
}

fn headers(c: &mut Criterion) {
    let mut group = c.benchmark_group("header");
    for payload in [13, 1024, 1 << 20] {
        let header = FrameHeader {
            fin: true,
            rsv1: false,
            opcode: Opcode::Text,
            mask: Some([1, 2, 3, 4]),
            payload_len: payload,
        };
        let bytes = header.encode();
        group.bench_function(BenchmarkId::new("encode", payload), |b| b.iter(|| black_box(&header).encode()));
        group.bench_function(BenchmarkId::new("decode", payload), |b| {
            b.iter(|| FrameHeader::decode(black_box(bytes.as_ref())));
        });
    }
    group.finish();
}

/// A text frame of a server through the whole receiver, where the check of UTF-8 is what it costs.
fn utf8(c: &mut Criterion) {
    let mut group = c.benchmark_group("utf8");
    for (name, text) in [("ascii", "x".repeat(16 * 1024)), ("chinese", "中文消息".repeat(1365))] {
        let mut server = Protocol::new(Role::Server, Config::server());
        server.send(&text).expect("open");
        let frame = server.output().to_vec();
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(BenchmarkId::new("received", name), |b| {
            let mut client = Protocol::new(Role::Client, Config::client());
            let mut buffer = Vec::new();
            b.iter(|| {
                client.feed(&frame);
                matches!(client.next(&mut buffer), Ok(Some(Message::Text(_))))
            });
        });
        group.bench_function(BenchmarkId::new("standard library", name), |b| {
            b.iter(|| std::str::from_utf8(black_box(text.as_bytes())).is_ok());
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    targets = messages, broadcast, masking, headers, utf8
}
criterion_main!(benches);
