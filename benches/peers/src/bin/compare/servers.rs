use std::{
    env,
    path::Path,
    process::{Command, Stdio},
};

use crate::cases::{BROADCAST, Case, Group, Unit};

pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) group: Group,
    pub(crate) is_ours: bool,
    /// What it is told beyond the mode: of the group of threads how many.
    more: &'static str,
    program: Program,
    /// How to get what it needs.
    pub(crate) install: &'static str,
}

enum Program {
    /// A binary of this package, and the one for the broadcast; empty when it has none.
    Rust(&'static str, &'static str),
    /// A binary of this package that is no server: it answers an echo's load with as many bytes.
    Floor(&'static str),
    /// A binary that another compiler makes.
    Foreign(&'static str),
    /// A binary of this package that is no server: it measures by itself what the cipher costs, given the load's arguments.
    Cipher(&'static str),
    /// The same, made by another compiler.
    ForeignCipher(&'static str),
    /// An interpreter, a script, and arguments with which the interpreter says whether it has what the script needs.
    Script(&'static str, &'static str, [&'static str; 2]),
}

const PEER: Server = Server {
    name: "",
    what: "",
    group: Group::WebSocket,
    is_ours: false,
    more: "",
    program: Program::Rust("", ""),
    install: "it is built with this package.",
};

const NPM_WS: Server = Server {
    program: Program::Script("node", "node/server.js", ["-e", "module.paths.push('node/node_modules');require('ws')"]),
    install: "install Node.js 20 or later, then `npm install --prefix node` here.",
    ..PEER
};

/// The good peers: a latency is measured beside them, at a rate that each of them reaches.
pub(crate) const GOOD: [&str; 3] = ["uWebSockets", "fastwebsockets", "tokio-tungstenite"];

/// The first of each group is the one that the others are held against.
pub(crate) const SERVERS: [Server; 33] = [
    Server {
        name: "php-sockets",
        what: "this crate: the example ws_echo on ws::Server, one thread",
        is_ours: true,
        program: Program::Rust("ws_echo", "php-sockets"),
        ..PEER
    },
    Server {
        name: "php-sockets poll",
        what: "this crate: the example ws_poll, its loop written by hand",
        is_ours: true,
        program: Program::Rust("ws_poll", "php-sockets-poll"),
        ..PEER
    },
    Server {
        name: "php-sockets tokio",
        what: "this crate: Protocol in examples/tokio, a runtime of one thread",
        is_ours: true,
        program: Program::Rust("php-sockets-tokio", ""),
        ..PEER
    },
    Server {
        name: "php-sockets threads",
        what: "this crate: blocking, one thread a connection",
        is_ours: true,
        program: Program::Rust("php-sockets-threads", "php-sockets-threads"),
        ..PEER
    },
    Server {
        name: "fastwebsockets",
        what: "with hyper, a runtime of one thread",
        program: Program::Rust("fastwebsockets", "fastwebsockets"),
        ..PEER
    },
    Server {
        name: "tokio-tungstenite",
        what: "a runtime of one thread",
        program: Program::Rust("tokio-tungstenite", "tokio-tungstenite"),
        ..PEER
    },
    Server {
        name: "tungstenite",
        what: "blocking, one thread a connection",
        program: Program::Rust("tungstenite", "tungstenite"),
        ..PEER
    },
    Server {
        name: "sockudo-ws",
        what: "with mimalloc, a runtime of one thread",
        program: Program::Rust("sockudo-ws", "sockudo-ws"),
        ..PEER
    },
    Server {
        name: "tokio-websockets",
        what: "a runtime of one thread",
        program: Program::Rust("tokio-websockets", "tokio-websockets"),
        ..PEER
    },
    Server { name: "yawc", what: "with hyper, a runtime of one thread", program: Program::Rust("yawc", ""), ..PEER },
    Server {
        name: "uWebSockets",
        what: "C++, one thread",
        program: Program::Foreign("target/uwebsockets/echo"),
        install: "install g++, then `./uwebsockets/build` here.",
        ..PEER
    },
    Server {
        name: "floor",
        what: "no server: the system calls of one, with as many bytes",
        program: Program::Floor("floor"),
        ..PEER
    },
    Server { name: "npm ws", what: "Node.js", ..NPM_WS },
    Server {
        name: "websockets",
        what: "Python, asyncio on uvloop",
        program: Program::Script("python3", "python/server.py", ["-c", "import uvloop, websockets.asyncio.server"]),
        install: "install Python 3.11 or later, then `python3 -m venv python/venv` and \
            `python/venv/bin/pip install -r python/requirements.txt` here.",
        ..PEER
    },
    Server {
        name: "php-sockets deflate",
        what: "this crate: ws::Server, one thread, level 6",
        group: Group::Deflate,
        is_ours: true,
        program: Program::Rust("php-sockets", ""),
        ..PEER
    },
    Server {
        name: "php-sockets dedicated",
        what: "this crate: the same with `dedicated_codecs`",
        group: Group::Deflate,
        is_ours: true,
        more: "dedicated",
        program: Program::Rust("php-sockets", ""),
        ..PEER
    },
    Server {
        name: "sockudo-ws deflate",
        what: "with mimalloc, its steps of the handshake one by one, level 6",
        group: Group::Deflate,
        program: Program::Rust("sockudo-ws", ""),
        ..PEER
    },
    Server {
        name: "yawc deflate",
        what: "with zlib-rs, a runtime of one thread, level 6",
        group: Group::Deflate,
        program: Program::Rust("yawc", ""),
        ..PEER
    },
    Server {
        name: "uWebSockets deflate",
        what: "C++ with the system's zlib, one thread, level 6; with takeover dedicated 256 KiB, else shared",
        group: Group::Deflate,
        program: Program::Foreign("target/uwebsockets/echo"),
        install: "install g++ and zlib's headers, then `./uwebsockets/build` here.",
        ..PEER
    },
    Server { name: "npm ws deflate", what: "Node.js, level 6", group: Group::Deflate, ..NPM_WS },
    Server {
        name: "php-sockets 1 thread",
        what: "this crate: ws::Server",
        group: Group::Threads,
        is_ours: true,
        program: Program::Rust("php-sockets", "php-sockets"),
        ..PEER
    },
    Server {
        name: "php-sockets 2 threads",
        what: "this crate: ws::Server",
        group: Group::Threads,
        is_ours: true,
        more: "2",
        program: Program::Rust("php-sockets", "php-sockets"),
        ..PEER
    },
    Server {
        name: "php-sockets TLS",
        what: "this crate: ws::Server, rustls, one thread",
        group: Group::Tls,
        is_ours: true,
        program: Program::Rust("php-sockets-tls", ""),
        ..PEER
    },
    Server {
        name: "fastwebsockets TLS",
        what: "with hyper, rustls, a runtime of one thread",
        group: Group::Tls,
        program: Program::Rust("fastwebsockets", ""),
        ..PEER
    },
    Server {
        name: "tokio-tungstenite TLS",
        what: "rustls, a runtime of one thread",
        group: Group::Tls,
        program: Program::Rust("tokio-tungstenite", ""),
        ..PEER
    },
    Server {
        name: "sockudo-ws TLS",
        what: "with mimalloc, rustls, a runtime of one thread",
        group: Group::Tls,
        program: Program::Rust("sockudo-ws", ""),
        ..PEER
    },
    Server {
        name: "uWebSockets TLS",
        what: "C++, the system's OpenSSL, one thread",
        group: Group::Tls,
        program: Program::Foreign("target/uwebsockets/wss"),
        install: "install g++ and the headers of zlib and OpenSSL, then `./uwebsockets/build` here.",
        ..PEER
    },
    Server { name: "npm ws TLS", what: "Node.js, its own OpenSSL", group: Group::Tls, ..NPM_WS },
    Server {
        name: "cipher of rustls",
        what: "no server: each message encrypted and decrypted once, in memory, by ring",
        group: Group::Tls,
        program: Program::Cipher("cipher"),
        ..PEER
    },
    Server {
        name: "cipher of OpenSSL",
        what: "no server: the same by the system's OpenSSL",
        group: Group::Tls,
        program: Program::ForeignCipher("target/uwebsockets/cipher"),
        install: "install g++ and the headers of zlib and OpenSSL, then `./uwebsockets/build` here.",
        ..PEER
    },
    Server {
        name: "poll_echo",
        what: "this crate: the example poll_echo, one thread",
        group: Group::Tcp,
        is_ours: true,
        program: Program::Rust("poll_echo", "poll_echo"),
        ..PEER
    },
    Server {
        name: "select-echo",
        what: "this crate: PHP's server below ported line for line",
        group: Group::Tcp,
        is_ours: true,
        program: Program::Rust("select-echo", "select-echo"),
        ..PEER
    },
    Server {
        name: "PHP",
        what: "socket_select",
        group: Group::Tcp,
        program: Program::Script("php", "php/select_echo.php", ["-r", "exit(extension_loaded('sockets') ? 0 : 1);"]),
        install: "install PHP with its extension sockets.",
        ..PEER
    },
];

impl Server {
    /// Says whether what it needs is installed.
    pub(crate) fn is_there(&self) -> bool {
        let (interpreter, check) = match self.program {
            Program::Rust(..) | Program::Floor(_) | Program::Cipher(_) => return true,
            Program::Foreign(path) | Program::ForeignCipher(path) => return Path::new(path).exists(),
            Program::Script(interpreter, _, check) => (interpreter, check),
        };
        let mut command = Command::new(installed(interpreter));
        let status = command.args(check).stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    }

    /// Says whether it is compiled only while it runs.
    pub(crate) fn has_to_warm_up(&self) -> bool {
        matches!(self.program, Program::Script(..))
    }

    /// Says whether it measures by itself.
    pub(crate) fn is_cipher(&self) -> bool {
        matches!(self.program, Program::Cipher(_) | Program::ForeignCipher(_))
    }

    /// Says whether it knows no other load.
    fn answers_echoes_alone(&self) -> bool {
        self.is_cipher() || matches!(self.program, Program::Floor(_))
    }

    /// Says whether it takes part.
    pub(crate) fn can(&self, case: &Case) -> bool {
        let can_broadcast = !matches!(self.program, Program::Rust(_, "") | Program::Floor(_));
        self.group == case.group
            && (case.mode != BROADCAST || can_broadcast)
            && (case.unit != Unit::Latency || self.is_ours || GOOD.contains(&self.name))
            && (!self.answers_echoes_alone()
                || case.load.starts_with("--kind echo") && !case.load.contains("--fragments"))
    }

    /// Returns the words of the command that starts it.
    pub(crate) fn command(&self, mode: &str) -> Vec<String> {
        let mut words = match self.program {
            Program::Rust(echo, broadcaster) => vec![binary(if mode == BROADCAST { broadcaster } else { echo })],
            Program::Foreign(path) | Program::ForeignCipher(path) => vec![path.to_owned()],
            Program::Floor(name) | Program::Cipher(name) => vec![binary(name)],
            Program::Script(interpreter, script, _) => vec![installed(interpreter).to_owned(), script.to_owned()],
        };
        words.push("127.0.0.1:0".to_owned());
        if !self.more.is_empty() {
            words.extend([if mode.is_empty() { "echo" } else { mode }, self.more].map(str::to_owned));
        } else if !mode.is_empty() {
            words.push(mode.to_owned());
        }
        words
    }
}

/// Returns the path of a binary of this package: it lies beside this one.
pub(crate) fn binary(name: &str) -> String {
    let here = env::current_exe().unwrap_or_default();
    here.with_file_name(name).to_string_lossy().into_owned()
}

/// Prefers the virtual environment of this package.
fn installed(interpreter: &'static str) -> &'static str {
    const VENV: &str = "python/venv/bin/python";
    if interpreter == "python3" && Path::new(VENV).exists() { VENV } else { interpreter }
}
