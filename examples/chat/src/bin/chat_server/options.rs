//! The command line.

use std::error::Error;
use std::ffi::OsString;
use std::fmt::Display;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::Ordering;

use lexopt::{Arg, Parser, ValueExt};

pub(crate) const HELP: &str = include_str!("help.txt");

/// As good as no limit.
const MANY: usize = u32::MAX as usize;

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
        let (redis, tls) = (self.redis.is_some(), self.certificates.is_some());
        let is_origin = |origin: &String| origin.contains("://") || origin == "any";
        let wrong = [
            (redis && self.history.is_some(), "--history and --redis exclude each other"),
            (!redis && self.redis_password.is_some(), "--redis-password-file belongs to --redis"),
            (redis && !cfg!(feature = "redis"), "this chat_server was built without --features redis"),
            (tls != self.key.is_some(), "--cert and --key belong together"),
            (!self.origins.iter().all(is_origin), "--origin is as https://chat.example.com, or any"),
            (tls && !cfg!(feature = "tls"), "this chat_server was built without --features tls"),
        ];
        wrong.iter().find(|(is_so, _)| *is_so).map_or(Ok(self), |(_, what)| Err(what))
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
                let days = number(&mut parser, "--keep", 1..=u32::MAX)?;
                options.keep = Some(i64::from(days).saturating_mul(24 * 60 * 60 * 1_000_000));
            }
            // As many as the server can have.
            Arg::Short('t') | Arg::Long("threads") => options.threads = number(&mut parser, "--threads", 1..=1024)?,
            Arg::Short('o') | Arg::Long("origin") => options.origins.push(parser.value()?.string()?),
            Arg::Short('r') | Arg::Long("rate") => {
                options.rate = Some(number(&mut parser, "--rate", 0..=u32::MAX)?.into()).filter(|rate| *rate > 0.0);
            }
            Arg::Short('c') | Arg::Long("clients") => {
                options.clients = number(&mut parser, "--clients", 1..=MANY)?;
            }
            Arg::Short('m') | Arg::Long("max-per-ip") => {
                options.per_ip = Some(number(&mut parser, "--max-per-ip", 1..=MANY)?);
            }
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
            Arg::Value(word) if word == "restart" => options.restart = Some(value(&mut parser, "restart PROCESS")?),
            Arg::Value(_) => return Err("one argument belongs to no option; --help tells what there is".into()),
            _ => return Err(format!("{}; --help tells what there is", argument.unexpected()).into()),
        }
    }
    Ok(Some(options.check()?))
}

/// Reads the value of an option.
fn value<T: FromStr<Err: Display>>(parser: &mut Parser, option: &str) -> Result<T, Box<dyn Error>> {
    let text = parser.value().map_err(|_| format!("{option}: its value is missing"))?.string()?;
    text.parse().map_err(|error| format!("{option} {text}: {error}").into())
}

/// Reads the value of an option that is a number of these.
fn number<T>(parser: &mut Parser, option: &str, range: RangeInclusive<T>) -> Result<T, Box<dyn Error>>
where
    T: FromStr<Err: Display> + PartialOrd + Display,
{
    let text: String = value(parser, option)?;
    let number = text.parse().ok().filter(|number| range.contains(number));
    let wrong = || format!("{option} {text}: not a number from {} to {}", range.start(), range.end());
    number.ok_or_else(|| wrong().into())
}

/// Splits `127.0.0.1:8080` or `[::1]:8080`.
fn address(text: &str) -> Result<(String, i32), Box<dyn Error>> {
    let wrong = || format!("--listen is IP:PORT, as 127.0.0.1:8080, not {text:?}");
    let (ip, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let port: u16 = port.parse().map_err(|_| wrong())?;
    let ip = ip.trim_start_matches('[').trim_end_matches(']');
    if ip.is_empty() { Err(wrong().into()) } else { Ok((ip.to_owned(), port.into())) }
}
