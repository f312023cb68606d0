use std::collections::BTreeMap;

use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

struct Random(i64);

impl Random {
    fn below(&mut self, below: usize) -> usize {
        self.0 = (self.0 * 1_103_515_245 + 12_345) & 0x7fff_ffff;
        usize::try_from(self.0 >> 8).expect("a positive number") % below
    }
}

const KINDS: [(i32, i32); 7] = [
    (AF_INET, SOCK_STREAM),
    (AF_INET, SOCK_DGRAM),
    (AF_INET6, SOCK_STREAM),
    (AF_INET6, SOCK_DGRAM),
    (AF_UNIX, SOCK_STREAM),
    (AF_UNIX, SOCK_DGRAM),
    (AF_UNIX, SOCK_SEQPACKET),
];
const TEXTS: [&str; 5] = ["", "a", "line\n", "一二三", "a\r\nb\n"];
const FLAGS: [i32; 5] = [0, MSG_PEEK, MSG_DONTWAIT, MSG_OOB, MSG_WAITALL];

/// A socket and its family.
type Pair = (Socket, i32);

fn fresh(random: &mut Random) -> Result<Pair> {
    let (family, kind) = KINDS[random.below(7)];
    let socket = socket_create(family, kind, 0)?;
    socket_set_nonblock(&socket)?;
    Ok((socket, family))
}

/// An address of this family.
fn address(random: &mut Random, count: &mut u32, family: i32) -> String {
    match family {
        AF_INET => ["127.0.0.1", "0", "localhost"][random.below(3)].to_owned(),
        AF_INET6 => ["::1", "::", "127.0.0.1"][random.below(3)].to_owned(),
        _ => {
            // PHP makes both texts before it takes one.
            *count += 1;
            if random.below(5) == 0 { "x".repeat(108) } else { format!("unix{}", *count - 1) }
        }
    }
}

/// The other one's address, without a port: what goes through the network arrives when it likes, so only `AF_UNIX` talks.
fn target(own: &Pair, other: &Pair) -> Result<String> {
    socket_getsockname(if other.1 == own.1 { &other.0 } else { &own.0 }).map(|(address, _)| address)
}

/// What a port is cannot be compared; PHP has none for `AF_UNIX`.
fn name((address, port): (String, i32)) -> (String, bool) {
    (address, port > 0)
}

fn last(socket: &Socket) -> Option<i32> {
    let closed = matches!(socket_recv(socket, &mut Vec::new(), 0, 0), Err(Error::Closed { .. }));
    (!closed).then(|| socket_last_error(socket))
}

/// Random calls on six sockets, of which some are the same and some closed: results, texts and last errors.
fn port() -> Result<()> {
    let mut random = Random(1);
    let mut count = 0;
    let mut sockets = Vec::new();
    for _ in 0..6 {
        sockets.push(fresh(&mut random)?);
    }
    for step in 0..4000 {
        let (call, index, other, number) = (random.below(18), random.below(6), random.below(6), random.below(300));
        let own @ (socket, family) = &sockets[index].clone();
        echo!(format!("{step} {call} {index} {other} {number}\n"));
        let small = i32::try_from(number).expect("below 300");
        match call {
            0 => show(socket_bind(socket, address(&mut random, &mut count, *family), None)),
            1 => show(socket_listen(socket, small)),
            2 | 3 => match socket_accept(socket) {
                Ok(accepted) => {
                    socket_set_nonblock(&accepted)?;
                    sockets[other] = (accepted, *family);
                    show(true);
                }
                Err(error) => {
                    if !matches!(error, Error::Closed { .. }) {
                        socket_clear_error(socket);
                    }
                    show(Err::<bool, _>(error));
                }
            },
            4 | 5 => show(target(own, &sockets[other]).and_then(|address| socket_connect(socket, &address, None))),
            6 => show(socket_write(socket, TEXTS[number % 5], (number % 3 == 0).then_some(number))),
            7 => show(socket_send(socket, TEXTS[number % 5], number, FLAGS[number % 4])),
            8 => show(socket_read(socket, number, None)),
            9 => {
                let mut data = Vec::new();
                show(socket_recv(socket, &mut data, number, FLAGS[number % 5]).map(|count| (count, data)));
            }
            10 => {
                let mut data = Vec::new();
                let received = socket_recvfrom(socket, &mut data, number, FLAGS[number % 5]);
                show(received.map(|(count, address, port)| (count, data, address, port > 0)));
            }
            11 => show(target(own, &sockets[other]).and_then(|address| {
                socket_sendto(socket, TEXTS[number % 5], number, FLAGS[number % 3], &address, None)
            })),
            12 => show(socket_shutdown(socket, small % 3)),
            13 => show(socket_getsockname(socket).map(name)),
            14 => show(socket_getpeername(socket).map(name)),
            15 => {
                let some = |count| sockets.iter().take(count).map(|pair| pair.0.clone()).enumerate().collect();
                let mut sets: [BTreeMap<usize, Socket>; 3] = [some(number % 7), some(number % 5), some(number % 3)];
                let [read, write, except] = &mut sets;
                let seconds = if number % 50 == 0 { -1 } else { 0 };
                let count = socket_select(read, write, except, seconds, None);
                let [read, write, except] = sets.map(|set| set.into_keys().collect::<Vec<_>>());
                show(count.map(|count| Answer::text(format!("[{count}, {read:?}, {write:?}, {except:?}]"))));
            }
            16 if number % 2 == 0 => {
                show(socket_close(socket));
                if number % 4 == 0 {
                    sockets[index] = fresh(&mut random)?;
                }
            }
            16 if number % 3 == 0 => {
                socket_clear_error(None);
                show(());
            }
            16 if last(socket).is_none() => {
                echo!("Error: socket_clear_error(): Argument #1 ($socket) has already been closed\n");
            }
            16 => {
                socket_clear_error(socket);
                show(());
            }
            _ => sockets[index] = if number % 4 == 0 { fresh(&mut random)? } else { sockets[other].clone() },
        }
        show((last(&sockets[index].0), socket_last_error(None)));
    }
    Ok(())
}
