//! Makes the calls: what PHP's functions take, and what they refuse.

use super::call::{Arg, Call, Random};
use crate::prelude::*;

/// The sockets that calls share.
pub(super) const SLOTS: i32 = 8;

const TEXTS: &[&str] = &[
    "",
    "a",
    "line\n",
    "一二三",
    "a\r\nb\n",
    "no end",
    "0",
    "NUL\0inside\n",
    "hex:",
    "hex:00",
    "hex:ff",
    "hex:e4b8c3280a00ed",
];
const LENGTHS: &[i64] = &[0, 1, 2, 5, 100, 300];
/// Of what is sent no more counts than there is; of what is received nobody has room for so much.
const LARGE: i64 = i64::MAX;
const READ_FLAGS: &[i32] = &[
    0,
    0,
    0,
    MSG_PEEK,
    MSG_DONTWAIT,
    MSG_OOB,
    MSG_WAITALL,
    MSG_ERRQUEUE,
    MSG_PEEK | MSG_OOB,
    MSG_PEEK | MSG_WAITALL,
    MSG_CMSG_CLOEXEC,
    MSG_WAITFORONE,
    MSG_CTRUNC,
    1 << 30,
];
const SEND_FLAGS: &[i32] = &[
    0,
    0,
    0,
    MSG_DONTWAIT,
    MSG_OOB,
    MSG_EOR,
    MSG_DONTROUTE,
    MSG_NOSIGNAL,
    MSG_EOF,
    MSG_CONFIRM,
    MSG_OOB | MSG_DONTWAIT,
    MSG_PEEK,
    1 << 30,
];
/// What every machine has, and what none has; no text that a name server would be asked for.
const HOSTS: &[&str] =
    &["127.0.0.1", "127.0.0.1", "::1", "localhost", "0", "127.1", "", "::g", "::ffff:127.0.0.1", "::一", "::1 "];
/// The last is for all of the loopback interface, which needs `SO_BROADCAST`.
const ADDRESSES: &[&str] = &[
    "127.0.0.1",
    "127.1",
    "::1",
    "::",
    "0",
    "localhost",
    "",
    "::g",
    "::1%1",
    "fe80::1%1",
    "::一",
    "::1 ",
    "::ffff:127.0.0.1",
    "127.255.255.255",
];
const INTS: &[i32] = &[0, 1, -1, 2, 5, 100, 255, 256, 65_535, 65_536, i32::MAX, i32::MIN];
const LEVELS: &[i32] =
    &[SOL_SOCKET, SOL_SOCKET, SOL_TCP, SOL_TCP, IPPROTO_IP, IPPROTO_IPV6, SOL_UDP, 136, 255, 270, 999];
/// On every level PHP takes these numbers for the options of `SOL_SOCKET` that have them: a deviation with a pair of its own.
const TAKEN: &[i32] = &[SO_LINGER, SO_RCVTIMEO, SO_SNDTIMEO, SO_BINDTODEVICE, SO_ATTACH_REUSEPORT_CBPF, SO_MEMINFO];
/// Options of `SOL_SOCKET` whose value differs from process to process, that take a descriptor, or that only one of the two
/// knows: the filter that PHP reads into an int, the peer's name and credentials, and the descriptor of its process.
const OWN: &[i32] = &[SO_PEERCRED, 26, 28, 49, 50, 52, 55, 56, 57, 59, 71, 77];
/// Those of the other levels: times, random numbers, and what looks at memory.
const OWN_ELSEWHERE: &[i32] = &[11, 24, 26, 27, 35, 36, 37, 38];

/// Makes `count` calls, the first of which create the sockets.
pub(super) fn calls(seed: u64, count: usize) -> Vec<Call> {
    let mut maker = Maker { random: Random::new(seed), paths: 0, calls: Vec::with_capacity(count) };
    for slot in 0..SLOTS {
        maker.create(slot);
    }
    while maker.calls.len() < count {
        maker.any();
    }
    maker.calls.truncate(count);
    maker.calls
}

struct Maker {
    random: Random,
    paths: i32,
    calls: Vec<Call>,
}

/// Adds a call.
macro_rules! add {
    ($self:ident, $name:literal $(, $arg:expr)*) => {{
        let args = vec![$(Arg::from($arg)),*];
        $self.add($name, args)
    }};
}

impl Maker {
    fn add(&mut self, name: &'static str, args: Vec<Arg>) {
        // Where PHP loses the error, or tells another number of a lookup, the two go on alike.
        let clear = [
            "accept",
            "recvmsg",
            "recvmsg_family",
            "bind",
            "connect",
            "sendto",
            "sendmsg",
            "sendmsg_to",
            "sendmsg_parts",
            "set_option",
            "setopt",
            "blocking",
            "exhausted",
            "state",
        ];
        let clear = clear.contains(&name) || self.random.below(4) == 0;
        self.calls.push(Call { name, args, clear });
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        self.random.one(of)
    }

    fn slot(&mut self) -> i32 {
        self.random.below(SLOTS)
    }

    /// The length of a long path or name.
    fn long(&mut self) -> usize {
        self.one(&[107, 108, 109, 255, 256, 1024, 5000])
    }

    fn backlog(&mut self) -> i32 {
        match self.random.below(8) {
            0 => self.one(&[i32::MIN, i32::MAX, SOMAXCONN]),
            _ => self.random.below(10) - 2,
        }
    }

    fn length(&mut self) -> i64 {
        if self.random.below(12) == 0 { LARGE } else { self.one(LENGTHS) }
    }

    fn text(&mut self) -> String {
        match self.random.below(20) {
            0 => "long ".repeat(60),
            _ => self.one(TEXTS).to_owned(),
        }
    }

    /// A path that nobody has yet. Of such a name no name server is asked when it is for an internet socket.
    fn path(&mut self) -> String {
        self.paths += 1;
        format!("::socket{}", self.paths)
    }

    /// A socket in `slot`.
    fn create(&mut self, slot: i32) {
        let flags = self.one(&[0, 0, 0, SOCK_CLOEXEC, SOCK_NONBLOCK]);
        let (family, r#type) = self.one(&[
            (AF_INET, SOCK_STREAM),
            (AF_INET, SOCK_STREAM),
            (AF_INET, SOCK_DGRAM),
            (AF_INET6, SOCK_STREAM),
            (AF_INET6, SOCK_DGRAM),
            (AF_UNIX, SOCK_STREAM),
            (AF_UNIX, SOCK_DGRAM),
            (AF_UNIX, SOCK_SEQPACKET),
        ]);
        add!(self, "create", slot, family, r#type | flags, 0);
    }

    /// A socket that needs a privilege, without which both are refused; it receives nothing that others have sent.
    fn create_privileged(&mut self, slot: i32) {
        let (family, r#type, protocol) = self.one(&[
            (AF_PACKET, SOCK_DGRAM, 0),
            (AF_PACKET, SOCK_RAW, 0),
            (AF_INET, SOCK_RAW, 255),
            (AF_INET6, SOCK_RAW, 255),
        ]);
        add!(self, "create", slot, family, r#type, protocol);
    }

    fn any(&mut self) {
        let (slot, other) = (self.slot(), self.slot());
        match self.random.below(80) {
            0 | 1 => self.create(slot),
            2 if self.random.below(3) > 0 => self.create(slot),
            2 => self.create_privileged(slot),
            3 => {
                let family = self.one(&[AF_UNIX, AF_INET, AF_INET6, AF_PACKET, AF_UNSPEC, 99, -1]);
                let r#type = self.one(&[SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET, 0, 6, 10, 11, -1]);
                let protocol = self.one(&[0, 0, 1, 6, 17, 58, 132, 255, 999, -1]);
                add!(self, "create_only", family, r#type, protocol);
            }
            4 | 5 => {
                let family = self.one(&[AF_UNIX, AF_UNIX, AF_UNIX, AF_INET, AF_INET6, 99]);
                let r#type = self.one(&[SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RDM, 0, 11]);
                if slot != other {
                    add!(self, "create_pair", slot, other, family, r#type, 0);
                }
            }
            6 => match self.random.below(4) {
                0 => add!(self, "create_listen", slot, -1),
                1 => add!(self, "create_listen", slot, 65_536),
                2 => add!(self, "create_listen", slot, 0, self.backlog()),
                _ => add!(self, "create_listen", slot, 0),
            },
            7 => add!(self, "same", slot, other),
            8..=11 => self.bind(slot, other),
            12 | 13 => match self.random.below(3) {
                0 => add!(self, "listen", slot),
                _ => add!(self, "listen", slot, self.backlog()),
            },
            14..=17 => add!(self, "accept", slot, other),
            18..=21 => self.connect(slot, other),
            22..=25 => {
                let length = self.one(&[0, 1, 5, 100, 300]);
                match self.random.below(3) {
                    0 => add!(self, "read", slot, self.one(&[i64::from(length), LARGE])),
                    1 => add!(self, "read_line", slot, length),
                    _ => add!(self, "read", slot, length, self.one(&[PHP_BINARY_READ, 0, 3, -1, i32::MIN, i32::MAX])),
                }
            }
            26..=29 => match self.random.below(3) {
                0 => add!(self, "write", slot, self.text(), self.length()),
                _ => add!(self, "write", slot, self.text()),
            },
            30..=32 => add!(self, "send", slot, self.text(), self.length(), self.one(SEND_FLAGS)),
            // Not MSG_TRUNC: PHP writes behind its buffer then, and may end.
            33..=35 => add!(self, "recv", slot, self.length(), self.one(READ_FLAGS)),
            36 | 37 => {
                let flags = if self.random.below(4) == 0 { MSG_TRUNC } else { self.one(READ_FLAGS) };
                add!(self, "recvfrom", slot, self.length(), flags);
            }
            38 | 39 => self.sendto(slot, other),
            40 | 41 => add!(self, "shutdown", slot, self.one(&[0, 1, 2, 0, 1, 2, 3, -1, i32::MIN, i32::MAX])),
            42 => add!(self, "getsockname", slot),
            43 => add!(self, "getpeername", slot),
            44..=46 => {
                let (seconds, microseconds): (i64, i64) = self.one(&[
                    (0, 0),
                    (0, 0),
                    (0, 0),
                    (0, 0),
                    (0, 1000),
                    (-1, 0),
                    (0, -1),
                    (-1, 1_000_000),
                    (1, -1_000_000),
                    (i64::MIN, 0),
                    (0, i64::from(i32::MIN)),
                ]);
                let mut mask = || self.random.below(256);
                add!(self, "select", mask(), mask(), mask(), seconds, microseconds);
            }
            47 | 48 => {
                add!(self, "close", slot);
                if self.random.below(3) > 0 {
                    self.create(slot);
                }
            }
            49 => match self.random.below(2) {
                0 => add!(self, "set_nonblock", slot),
                _ => add!(self, "set_block", slot),
            },
            50 => match self.random.below(4) {
                0 => add!(self, "last_error", slot),
                1 => add!(self, "clear_error", slot),
                2 => add!(self, "strerror", self.random.below(137) - 3),
                _ => add!(self, "strerror", -10_000 - self.random.below(8)),
            },
            51..=54 => self.get_option(slot),
            55..=58 => self.set_option(slot),
            59 => add!(self, "atmark", slot),
            60 | 61 => self.sendmsg(slot, other),
            62 => {
                let size = self.one(&[1, 5, 100]);
                let room = self.one(&[0, 1, 16, 24, 100]);
                add!(self, "recvmsg", slot, size, room, self.one(&[0, 0, MSG_PEEK, MSG_DONTWAIT, MSG_TRUNC]));
            }
            63 => match self.random.below(3) {
                0 => add!(self, "export_stream", slot),
                1 => add!(self, "import_stream", "file"),
                _ => add!(self, "import_stream", "server"),
            },
            64 => {
                let (level, r#type) = self.one(&[
                    (SOL_SOCKET, SCM_RIGHTS),
                    (SOL_SOCKET, SCM_CREDENTIALS),
                    (IPPROTO_IPV6, IPV6_PKTINFO),
                    (IPPROTO_IPV6, IPV6_HOPLIMIT),
                    (IPPROTO_IPV6, IPV6_TCLASS),
                    (SOL_SOCKET, 99),
                    (0, 0),
                ]);
                match self.random.below(3) {
                    0 => add!(self, "cmsg_space", level, r#type),
                    _ => add!(self, "cmsg_space", level, r#type, self.one(&[-1, 0, 1, 2, 3, 1000])),
                }
            }
            65..=67 => {
                let what = self
                    .one(&["read", "recv", "recvfrom", "recvmsg", "accept", "connect", "write", "sendto", "sendmsg"]);
                add!(self, "blocking", slot, what, other);
            }
            68 => {
                let what = self.one(&["accept", "recvmsg", "interface", "multicast", "bind", "lookup", "poll"]);
                add!(self, "exhausted", slot, what);
            }
            69 => {
                let family = self.one(&[AF_UNIX, AF_UNIX, AF_INET, AF_INET6, AF_PACKET, 99]);
                let parts = self.random.below(4);
                let (flow, scope) = (self.one(&[0, 1]), self.one(&[0, 1, 99]));
                add!(self, "sendmsg_parts", slot, other, parts, family, flow, scope);
            }
            70 => {
                let family = self.one(&[AF_UNIX, AF_INET, AF_INET6, AF_PACKET, 0, 99]);
                add!(self, "recvmsg_family", slot, family, self.one(&[0, 1, 100]), self.one(READ_FLAGS));
            }
            71 => add!(self, "imported", slot, self.one(&["tcp", "udp", "tcp6", "unix", "pair", "file"])),
            72 => add!(self, "fill", slot),
            73 => add!(self, "write_long", slot, self.one(&[1000, 65_507, 65_508, 300_000])),
            74..=78 => {
                let kind = self.one(&[
                    "reset",
                    "accepted after a reset",
                    "in progress",
                    "refused",
                    "stream left",
                    "datagrams left",
                    "packets left",
                    "mapped",
                    "half closed",
                    "deaf",
                    "urgent",
                ]);
                add!(self, "state", slot, other, kind);
            }
            _ => self.addrinfo(slot),
        }
    }

    fn bind(&mut self, slot: i32, other: i32) {
        match self.random.below(10) {
            0..=4 => {
                let path = self.path();
                let address = self.one(&["127.0.0.1", "::1", &path, &path]);
                add!(self, "bind", slot, address, 0);
            }
            5 | 6 => add!(self, "bind_same", slot, other),
            7 => add!(self, "bind", slot, self.one(&["x", ":"]).repeat(self.long()), 0),
            8 => add!(self, "bind", slot, self.one(ADDRESSES), self.one(&[0, 0, 0, -1, 65_536])),
            _ => add!(self, "bind", slot, format!("\0random {}", self.random.below(5)), 0),
        }
    }

    fn connect(&mut self, slot: i32, other: i32) {
        match self.random.below(9) {
            0 => {
                // Nobody listens on port 1.
                let address = self.one(ADDRESSES);
                self.add("connect", vec![slot.into(), address.into(), Arg::Int(1)]);
            }
            1 => {
                let address = self.one(ADDRESSES);
                self.add("connect", vec![slot.into(), address.into(), Arg::Null]);
            }
            2 => add!(self, "connect", slot, format!("\0random {}", self.random.below(5)), 1),
            3 => add!(self, "connect", slot, ":".repeat(self.long()), 1),
            _ => add!(self, "connect_same", slot, other),
        }
    }

    fn sendto(&mut self, slot: i32, other: i32) {
        let (text, length, flags) = (self.text(), self.length(), self.one(SEND_FLAGS));
        match self.random.below(7) {
            0 => {
                let (address, port) = (self.one(ADDRESSES), self.one(&[Arg::Null, Arg::Int(-1), Arg::Int(65_536)]));
                let args = vec![slot.into(), text.into(), length.into(), flags.into(), address.into(), port];
                self.add("sendto", args);
            }
            1 => add!(self, "sendto", slot, text, length, flags, self.one(ADDRESSES), 1),
            2 => add!(self, "sendto", slot, text, length, flags, ":".repeat(self.long()), 1),
            _ => add!(self, "sendto_same", slot, other, text, length, flags),
        }
    }

    /// An option whose value both can know.
    fn option(&mut self) -> (i32, i32) {
        loop {
            if self.random.below(12) == 0 {
                let odd = [-1, i32::MIN, i32::MAX];
                return (self.one(&[SOL_SOCKET, SOL_TCP, -1, i32::MIN, i32::MAX]), self.one(&odd));
            }
            if self.random.below(20) == 0 {
                return self.one(&[(SOL_UDP, UDP_SEGMENT), (SOL_UDP, 104), (SOL_TCP, TCP_USER_TIMEOUT)]);
            }
            let level = self.one(LEVELS);
            let option = self.random.below(if level == IPPROTO_IP { 45 } else { 84 });
            let own = if level == SOL_SOCKET {
                OWN.contains(&option)
            } else {
                TAKEN.contains(&option)
                    || level != IPPROTO_IP && level != IPPROTO_IPV6 && OWN_ELSEWHERE.contains(&option)
            };
            if !own {
                return (level, option);
            }
        }
    }

    fn get_option(&mut self, slot: i32) {
        let (level, option) = self.option();
        match self.random.below(2) {
            0 => add!(self, "get_option", slot, level, option),
            _ => add!(self, "getopt", slot, level, option),
        }
    }

    fn set_option(&mut self, slot: i32) {
        let groups = ["239.1.2.3", "ff02::114", "127.0.0.1", ""];
        let interface =
            self.one(&[Arg::from("lo"), Arg::Int(1), Arg::Int(9999), Arg::from("nosuchdevice"), Arg::Int(-1)]);
        let level = self.one(&[IPPROTO_IP, IPPROTO_IPV6]);
        let (level, option, value): (i32, i32, Vec<Arg>) = match self.random.below(19) {
            0 => {
                // Closing would wait for so many seconds.
                let seconds = self.one(&[0, 0, -1, 65_536]);
                (SOL_SOCKET, SO_LINGER, vec!["linger".into(), self.one(INTS).into(), seconds.into()])
            }
            1 => {
                let usec = self.one(&[0, 1000, 999_999, 1_000_000, -1, i64::MAX, i64::MIN]);
                let option = self.one(&[SO_RCVTIMEO, SO_SNDTIMEO]);
                (
                    SOL_SOCKET,
                    option,
                    vec!["timeval".into(), self.one(&[0, 0, 1, -1, i64::MAX, i64::MIN]).into(), usec.into()],
                )
            }
            2 => (SOL_SOCKET, self.one(&[SO_LINGER, SO_RCVTIMEO, SO_SNDTIMEO]), vec!["int".into(), 1.into()]),
            3 => (SOL_SOCKET, SO_BINDTODEVICE, vec!["string".into(), self.one(&["lo", "", "nosuchdevice"]).into()]),
            4 => (SOL_TCP, TCP_CONGESTION, vec!["string".into(), self.one(&["reno", "cubic", "", "nosuch"]).into()]),
            5 => (
                SOL_SOCKET,
                SO_ATTACH_REUSEPORT_CBPF,
                vec!["int".into(), self.one(&[0, SKF_AD_CPU, SKF_AD_QUEUE, 99]).into()],
            ),
            6 => {
                let option = self.one(&[MCAST_JOIN_GROUP, MCAST_LEAVE_GROUP]);
                (level, option, vec!["group".into(), self.one(&groups).into(), interface])
            }
            7 => {
                let option = self.one(&[
                    MCAST_JOIN_SOURCE_GROUP,
                    MCAST_LEAVE_SOURCE_GROUP,
                    MCAST_BLOCK_SOURCE,
                    MCAST_UNBLOCK_SOURCE,
                ]);
                let source = self.one(&["127.0.0.1", "::1", ""]);
                (level, option, vec!["source".into(), self.one(&groups).into(), source.into(), interface])
            }
            8 => (
                IPPROTO_IP,
                IP_MULTICAST_IF,
                vec![if interface == Arg::Int(1) { "int" } else { "string" }.into(), interface],
            ),
            9 => {
                let option =
                    self.one(&[IPV6_MULTICAST_IF, IPV6_MULTICAST_HOPS, IPV6_MULTICAST_LOOP, IPV6_UNICAST_HOPS]);
                (IPPROTO_IPV6, option, vec!["int".into(), self.one(INTS).into()])
            }
            10 => (
                IPPROTO_IP,
                self.one(&[IP_MULTICAST_TTL, IP_MULTICAST_LOOP]),
                vec!["int".into(), self.one(INTS).into()],
            ),
            11 => {
                let addr = self.one(&["::1", "::", "::g", "127.0.0.1"]);
                (IPPROTO_IPV6, IPV6_PKTINFO, vec!["pktinfo".into(), addr.into(), interface])
            }
            12 => {
                // Often the array of another option.
                let (level, option) = self.one(&[
                    (SOL_SOCKET, SO_LINGER),
                    (SOL_SOCKET, SO_RCVTIMEO),
                    (level, MCAST_JOIN_GROUP),
                    (level, MCAST_LEAVE_SOURCE_GROUP),
                    (IPPROTO_IPV6, IPV6_PKTINFO),
                ]);
                let value = match self.random.below(5) {
                    0 => vec!["linger".into(), 1.into(), 0.into()],
                    1 => vec!["timeval".into(), 0.into(), 1000.into()],
                    2 => vec!["group".into(), self.one(&groups).into(), interface],
                    3 => vec!["source".into(), self.one(&groups).into(), "127.0.0.1".into(), interface],
                    _ => vec!["pktinfo".into(), "::1".into(), interface],
                };
                (level, option, value)
            }
            13 => {
                let (level, option) = self.one(&[
                    (SOL_SOCKET, SO_KEEPALIVE),
                    (SOL_TCP, TCP_NODELAY),
                    (IPPROTO_IP, IP_MULTICAST_LOOP),
                    (IPPROTO_IP, IP_MULTICAST_TTL),
                    (IPPROTO_IP, IP_MULTICAST_IF),
                    (IPPROTO_IPV6, IPV6_MULTICAST_LOOP),
                    (IPPROTO_IPV6, IPV6_MULTICAST_IF),
                    (SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF),
                ]);
                (level, option, vec!["bool".into(), self.random.below(2).into()])
            }
            14 => {
                // A short time would end a connection, at some time; of the other PHP takes the lower 32 bits.
                let (level, option, values): (_, _, &[i64]) = self.one(&[
                    (SOL_UDP, UDP_SEGMENT, &[0, -1, 1, 1400, 65_535, 65_536][..]),
                    (SOL_TCP, TCP_USER_TIMEOUT, &[0, -1, 1_000_000, 4_294_967_295, 4_294_967_296, LARGE, i64::MIN]),
                ]);
                let value = self.one(values);
                (level, option, vec!["long".into(), value.into()])
            }
            _ => loop {
                let (level, option) = self.option();
                // An option that is more than an int has its own row above; a lock or a mode that cannot be left would end
                // the game, and what is joined by number alone would leave this machine. SO_PEEK_OFF (42) moves where a
                // line is looked for: a deviation.
                let special = match level {
                    SOL_SOCKET => TAKEN.contains(&option) || [42, 44, 51].contains(&option),
                    SOL_TCP => [TCP_NODELAY, 3, TCP_CONGESTION, TCP_REPAIR, TCP_USER_TIMEOUT, 31].contains(&option),
                    IPPROTO_IP | IPPROTO_IPV6 => {
                        (32..=48).contains(&option) || [9, 16, 17, 18, 20, 21, 27, 28, 50].contains(&option)
                    }
                    _ => false,
                };
                if !special {
                    break (level, option, vec!["int".into(), self.one(INTS).into()]);
                }
            },
        };
        let mut args = vec![slot.into(), level.into(), option.into()];
        args.extend(value);
        let name = self.one(&["set_option", "setopt"]);
        self.add(name, args);
    }

    fn sendmsg(&mut self, slot: i32, other: i32) {
        let (text, flags) = (self.text(), self.one(SEND_FLAGS));
        match self.random.below(10) {
            0 | 1 => add!(self, "sendmsg", slot, text, flags, "none"),
            2 | 3 => add!(self, "sendmsg", slot, text, flags, "rights", other),
            4 => {
                let pid = self.one(&[Arg::Null, Arg::Null, Arg::Int(-1)]);
                self.add("sendmsg", vec![slot.into(), text.into(), flags.into(), "credentials".into(), pid]);
            }
            5 => {
                let addr = self.one(&["::1", "::", "::g"]);
                let interface = self.one(&[Arg::from("lo"), Arg::Int(1), Arg::from("nosuchdevice"), Arg::Int(-1)]);
                let args = vec![slot.into(), text.into(), flags.into(), "pktinfo".into(), addr.into(), interface];
                self.add("sendmsg", args);
            }
            6 => {
                let (level, r#type) =
                    self.one(&[(IPPROTO_IPV6, IPV6_HOPLIMIT), (IPPROTO_IPV6, IPV6_TCLASS), (SOL_SOCKET, 99)]);
                add!(self, "sendmsg", slot, text, flags, "int", level, r#type, self.one(&[0, 1, 64, 256, -2]));
            }
            7 | 8 => {
                let address = self.one(&["127.0.0.1", "::1", "::g"]);
                add!(self, "sendmsg_to", slot, text, flags, address, self.one(&[1, 65_535, 65_536, -1]));
            }
            _ => add!(self, "sendmsg_to", slot, text, flags, "x".repeat(108), 1),
        }
    }

    fn addrinfo(&mut self, slot: i32) {
        match self.random.below(4) {
            0 => add!(self, "addrinfo_bind", slot, self.one(&["127.0.0.1", "::1"]), "0", self.one(&[1, 2, 5])),
            1 => add!(self, "addrinfo_connect", self.one(&["127.0.0.1", "::1"]), "1", self.one(&[1, 2])),
            _ => {
                let service =
                    self.one(&[Arg::Null, "80".into(), "http".into(), "0".into(), "no such".into(), "-1".into()]);
                let flags = self.one(&[0, 0, AI_PASSIVE, AI_CANONNAME, AI_NUMERICSERV, AI_V4MAPPED, -1]);
                let family = self.one(&[AF_UNSPEC, AF_INET, AF_INET6, 99]);
                let host = self.one(HOSTS);
                let args = vec![
                    host.into(),
                    service,
                    (flags | if flags < 0 { 0 } else { AI_NUMERICHOST }).into(),
                    family.into(),
                    self.one(&[0, 1, 2, 3, 99, -1]).into(),
                    self.one(&[0, 6, 17, 999, -1]).into(),
                ];
                self.add("addrinfo", args);
            }
        }
    }
}
