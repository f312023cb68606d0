//! The command line.

use std::error::Error;
use std::ffi::OsString;
use std::fmt::Display;
use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::Ordering;

use lexopt::{Arg, Parser, ValueExt};

pub(crate) const HELP: &str = "\
A chat: the web page, its WebSocket server and the history, in one program.

Usage: chat_server [OPTIONS]
       chat_server restart PROCESS

Options:
  -l, --listen ADDR       IP:PORT to listen on, 0.0.0.0:8080 for all   [default: 127.0.0.1:8080]
  -f, --history FILE      SQLite file that keeps what was said         [default: memory, the last 10,000 messages]
      --redis URL         Redis that keeps it instead, and makes all servers that use it one chat, as
                          redis://USER@HOST:PORT/NUMBER: needs a build with --features redis,
                          and rediss:// one with tls too
      --redis-password-file FILE
                          its password, which everybody on the machine could read in the URL
  -k, --keep DAYS         how long it is kept                          [default: for ever; in Redis 30]
  -t, --threads NUMBER    threads that serve clients                   [default: 1]
  -o, --origin ORIGIN     web origin to accept, as https://chat.example.com; may be given several times, `any` accepts
                          all                                          [default: the page's own]
  -r, --rate NUMBER       requests a second of one client, 0 for any   [default: 5]
  -c, --clients NUMBER    most connections at a time                   [default: 10000]
  -m, --max-per-ip NUMBER most connections of one IP address           [default: no limit]
  -p, --trust-proxy IP    proxy that says in X-Forwarded-For where clients come from; may be given several times
      --proxy-protocol IP proxy that says so by the PROXY protocol, version 1 or 2; may be given several times
      --cert FILE         certificates in PEM, for https: needs a build with --features tls
      --key FILE          their private key
      --metrics           serve /metrics for Prometheus, to everybody who can reach the port
      --log FORMAT        plain or json                                [default: plain]
  -h, --help              print this

Ctrl-C or SIGTERM: says goodbye to everybody, writes the history, ends. SIGUSR2: has the program, as it is on the disk then,
take its place; nobody is refused meanwhile. `restart` sends that to a server, and waits: when the new program does not serve
it tells why, and exits with 1. A socket of systemd (LISTEN_FDS) is used instead of --listen.
";

/// What the server was told to do.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// The server, by its process, in whose place the next program is to come; this one does nothing else then.
    pub(crate) restart: Option<NonZeroU32>,
    pub(crate) ip: String,
    pub(crate) port: i32,
    pub(crate) history: Option<PathBuf>,
    pub(crate) redis: Option<String>,
    pub(crate) redis_password: Option<PathBuf>,
    /// In microseconds.
    pub(crate) keep: Option<i64>,
    pub(crate) threads: usize,
    /// Whose pages may connect; when there are none the server's own.
    pub(crate) origins: Vec<String>,
    /// Requests a second of one client.
    pub(crate) rate: Option<f64>,
    pub(crate) clients: usize,
    pub(crate) per_ip: Option<usize>,
    pub(crate) proxies: Vec<IpAddr>,
    /// Proxies that speak the PROXY protocol.
    pub(crate) announcing: Vec<IpAddr>,
    pub(crate) certificates: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) metrics: bool,
}

impl Options {
    /// Says whether what was said is still there after a restart.
    pub(crate) fn keeps_history(&self) -> bool {
        self.history.is_some() || self.redis.is_some()
    }

    fn check(self) -> Result<Self, &'static str> {
        let wants_tls = self.certificates.is_some();
        match () {
            () if self.redis.is_some() && self.history.is_some() => Err("--history and --redis exclude each other"),
            () if self.redis.is_none() && self.redis_password.is_some() => {
                Err("--redis-password-file belongs to --redis")
            }
            () if self.redis.is_some() && !cfg!(feature = "redis") => {
                Err("this chat_server was built without --features redis")
            }
            () if wants_tls != self.key.is_some() => Err("--cert and --key belong together"),
            () if !self.origins.iter().all(|origin| origin.contains("://") || origin == "any") => {
                Err("--origin is as https://chat.example.com, or any")
            }
            () if wants_tls && !cfg!(feature = "tls") => Err("this chat_server was built without --features tls"),
            () => Ok(self),
        }
    }
}

/// Reads the arguments; `None` when they ask for help. No error repeats one that may hold a password.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Option<Options>, Box<dyn Error>> {
    let mut options = Options {
        ip: "127.0.0.1".into(),
        port: 8080,
        threads: 1,
        rate: Some(5.0),
        clients: 10_000,
        ..Options::default()
    };
    let mut parser = Parser::from_iter(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('l') | Arg::Long("listen") => (options.ip, options.port) = address(&parser.value()?.string()?)?,
            Arg::Short('f') | Arg::Long("history") => options.history = Some(parser.value()?.into()),
            Arg::Long("redis") => {
                options.redis = Some(parser.value()?.into_string().map_err(|_| "--redis: it is not Unicode")?);
            }
            Arg::Long("redis-password-file") => options.redis_password = Some(parser.value()?.into()),
            Arg::Short('k') | Arg::Long("keep") => {
                let days: NonZeroU32 = value(&mut parser, "--keep")?;
                options.keep = Some(i64::from(days.get()).saturating_mul(24 * 60 * 60 * 1_000_000));
            }
            Arg::Short('t') | Arg::Long("threads") => {
                options.threads = value::<NonZeroUsize>(&mut parser, "--threads")?.get();
            }
            Arg::Short('o') | Arg::Long("origin") => options.origins.push(parser.value()?.string()?),
            Arg::Short('r') | Arg::Long("rate") => {
                options.rate = Some(value::<u32>(&mut parser, "--rate")?.into()).filter(|rate| *rate > 0.0);
            }
            Arg::Short('c') | Arg::Long("clients") => {
                options.clients = value::<NonZeroUsize>(&mut parser, "--clients")?.get();
            }
            Arg::Short('m') | Arg::Long("max-per-ip") => options.per_ip = Some(value(&mut parser, "--max-per-ip")?),
            Arg::Short('p') | Arg::Long("trust-proxy") => options.proxies.push(value(&mut parser, "--trust-proxy")?),
            Arg::Long("proxy-protocol") => options.announcing.push(value(&mut parser, "--proxy-protocol")?),
            Arg::Long("cert") => options.certificates = Some(parser.value()?.into()),
            Arg::Long("key") => options.key = Some(parser.value()?.into()),
            Arg::Long("metrics") => options.metrics = true,
            Arg::Long("log") => match parser.value()?.string()?.as_str() {
                "plain" => {}
                "json" => crate::log::JSON.store(true, Ordering::Relaxed),
                other => return Err(format!("--log is plain or json, not {other:?}").into()),
            },
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            Arg::Value(word) if word == "restart" => options.restart = Some(value(&mut parser, "restart")?),
            Arg::Value(_) => return Err("one argument belongs to no option; --help tells what there is".into()),
            _ => return Err(format!("{}; --help tells what there is", argument.unexpected()).into()),
        }
    }
    Ok(Some(options.check()?))
}

/// Reads the value of an option.
fn value<T: FromStr<Err: Display>>(parser: &mut Parser, option: &str) -> Result<T, Box<dyn Error>> {
    let text = parser.value()?.string()?;
    text.parse().map_err(|error| format!("{option} {text}: {error}").into())
}

/// Splits `127.0.0.1:8080` or `[::1]:8080`.
fn address(text: &str) -> Result<(String, i32), Box<dyn Error>> {
    let wrong = || format!("--listen is IP:PORT, as 127.0.0.1:8080, not {text:?}");
    let (ip, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let port: u16 = port.parse().map_err(|_| wrong())?;
    let ip = ip.trim_start_matches('[').trim_end_matches(']');
    if ip.is_empty() { Err(wrong().into()) } else { Ok((ip.to_owned(), port.into())) }
}
