//! Puts it together: the socket, the history, the threads, the signals.

use std::error::Error;
use std::io::{Write, stdout};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use php_sockets::ws::handshake::{self, OriginPolicy};
use php_sockets::ws::server::Server;

use crate::door::Door;
use crate::hall::Hall;
use crate::history::{self, History};
use crate::log::{Trouble, line, log};
use crate::options::Options;
use crate::sqlite::Database;
use crate::system;

/// How long clients may take to say goodbye when the server ends.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long no other refused page is told.
const QUIET: Duration = Duration::from_secs(1);
/// The most bytes of a message to the server: a text of the longest kind, written with escapes.
const MAX_MESSAGE: usize = 32 * 1024;
/// The most bytes that wait for a client that does not read.
const SEND_BUFFER: usize = 256 * 1024;
/// The most bytes that wait for a thread.
const INBOX: usize = 64 * 1024 * 1024;

/// Serves until a signal asks to end.
pub(crate) fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let options = Arc::new(options);
    let server = match system::inherited()? {
        Some(listener) => Server::new(listener)?,
        None => Server::bind(&options.ip, options.port)
            .map_err(|error| format!("{}:{}: {error}; --listen IP:PORT chooses another", options.ip, options.port))?,
    };
    let (ip, port) = server.address()?;
    let listener = server.listener().clone();
    let mut server = server
        .share_listener() // a restart hands it on, with all who wait there
        .config(|config| config.max_message(MAX_MESSAGE).send_buffer_limit(SEND_BUFFER))
        .handshake(handshake::Server::new().origin(own_pages(&options)))
        .max_connections(options.clients)
        .proxy_protocol(options.announcing.iter().copied())
        .forwarded_for(options.proxies.iter().copied())
        .inbox_limit(INBOX)
        .stop_timeout(FAREWELL);
    if let Some(most) = options.per_ip {
        server = server.max_connections_per_address(most);
    }
    #[cfg_attr(not(feature = "tls"), expect(unused_mut, reason = "there is no certificate"))]
    let mut valid = None;
    #[cfg(feature = "tls")]
    if let (Some(certificates), Some(key)) = (&options.certificates, &options.key) {
        let certificates = php_sockets::ws::tls::Certificates::load(certificates, key)?;
        valid = Some(certificates.validity());
        server = server.tls(certificates.server_config()?);
    }
    let handle = server.handle();
    let askers = system::on_signals(handle.clone())?;
    let number = if options.redis.is_some() { getrandom::u64()?.max(1) } else { 0 };
    let (hall, jobs) = Hall::new(handle, number);
    let hall = Arc::new(hall);
    let history: Box<dyn History + Send> = match &options.redis {
        #[cfg(feature = "redis")]
        Some(url) => Box::new(crate::shared::Shared::open(url, &options, Arc::clone(&hall))?),
        _ => Box::new(Database::open(&options, &hall)?),
    };
    let keep = {
        let hall = Arc::clone(&hall);
        move || history::run(history, &jobs, &hall, &listener, &askers)
    };
    let historian = std::thread::Builder::new().name("history".into()).spawn(keep)?;
    let scheme = if options.certificates.is_some() { "https" } else { "http" };
    let ip = if ip.contains(':') { format!("[{ip}]") } else { ip };
    // Whoever started this program waits for it: what may fail comes before. A server before this one ends then, and systemd is to
    // know by that time that it is not the main process any more.
    system::notify();
    writeln!(stdout(), "{}", line(format_args!("chat on {scheme}://{ip}:{port}")))?;
    if !options.keeps_history() {
        log("what is said is kept in memory alone; --history FILE keeps it");
    }
    let door = || Door {
        hall: Arc::clone(&hall),
        options: Arc::clone(&options),
        paused: 0,
        valid: valid.clone(),
        invalid: Trouble::with("--cert"),
    };
    let result = server.threads(options.threads).run(door);
    hall.close();
    historian.join().map_err(|_| "the history ended too early")?;
    Ok(result?)
}

/// Has a page that is refused told in the log, with what would let it in; not each, as anybody may ask.
fn own_pages(options: &Options) -> OriginPolicy {
    let policy = match &options.origins[..] {
        [] => OriginPolicy::SameOrigin,
        origins if origins.iter().any(|origin| origin == "any") => OriginPolicy::Any,
        origins => OriginPolicy::list(origins),
    };
    let told = Mutex::new(None::<Instant>);
    let tell = move |origin: &str, host: &str| {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|told| told.elapsed() >= QUIET) {
            *told = Some(Instant::now());
            log(format_args!("a page of {origin} was refused, which asked for {host}: --origin {origin} lets it in"));
        }
    };
    OriginPolicy::custom(move |origin, request| {
        let is_accepted = policy.accepts(request);
        if let (false, Some(origin)) = (is_accepted, origin) {
            tell(origin, request.header("Host").unwrap_or_default());
        }
        is_accepted
    })
}
