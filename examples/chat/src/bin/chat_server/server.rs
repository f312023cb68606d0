//! Puts it together: the socket, the history, the threads, the signals.

use std::error::Error;
use std::io::{Write, stdout};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;
use std::time::Duration;

use php_sockets::ws::handshake::{self, OriginPolicy};
use php_sockets::ws::server::Server;
use php_sockets::*;

use crate::door::Door;
use crate::hall::Hall;
use crate::history::{self, Asked, History};
use crate::log::log;
use crate::options::Options;
use crate::restart;
use crate::sqlite::Database;

/// How long clients may take to say goodbye when the server ends.
const FAREWELL: Duration = Duration::from_secs(2);
/// The most bytes of a message to the server: a text of the longest kind, written with escapes.
const MAX_MESSAGE: usize = 32 * 1024;
/// The most bytes that wait for a client that does not read.
const SEND_BUFFER: usize = 256 * 1024;
/// The most bytes that wait for a thread.
const INBOX: usize = 64 * 1024 * 1024;

/// Serves until a signal asks to end.
pub(crate) fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let options = Arc::new(options);
    let (listener, inherited) = listener(&options)?;
    let (ip, port) = socket_getsockname(&listener)?;
    let next = restart::Next::new(&listener)?;
    let mut server = Server::new(listener)?
        .share_listener() // a restart hands it on, with all who wait there
        .config(|config| config.max_message(MAX_MESSAGE).send_buffer_limit(SEND_BUFFER))
        .handshake(handshake::Server::new().origin(own_pages(&options)))
        .max_connections(options.clients)
        .proxy_protocol(options.announcing.iter().copied())
        .forwarded_for(options.proxies.iter().copied())
        .inbox_limit(INBOX)
        .stop_timeout(FAREWELL);
    if let Some(most) = options.per_address {
        server = server.max_connections_per_address(most);
    }
    #[cfg(feature = "tls")]
    if let (Some(certificates), Some(key)) = (&options.certificates, &options.key) {
        server = server.tls(ws::tls::Certificates::load(certificates, key)?.server_config()?);
    }
    let handle = server.handle();
    restart::on_signals(handle.clone(), next, options.keeps_history())?;
    let (jobs, waiting) = history::channel();
    let number = if options.redis.is_some() { getrandom::u64()?.max(1) } else { 0 };
    let hall = Arc::new(Hall::new(handle.clone(), jobs, number));
    let historian = match &options.redis {
        #[cfg(feature = "redis")]
        Some(url) => keep(crate::shared::Shared::open(url, options.keep, Arc::clone(&hall))?, waiting, &hall)?,
        // Another program on its way out has the file still.
        _ => keep(Database::open(options.history.as_deref(), options.keep, inherited)?, waiting, &hall)?,
    };
    let scheme = if options.certificates.is_some() { "https" } else { "http" };
    let ip = if ip.contains(':') { format!("[{ip}]") } else { ip };
    writeln!(stdout(), "chat on {scheme}://{ip}:{port}")?;
    if !options.keeps_history() {
        log("what is said is kept in memory alone; --history FILE keeps it");
    }
    let result = server.threads(options.threads).run(|| Door {
        hall: Arc::clone(&hall),
        options: Arc::clone(&options),
        handle: handle.clone(),
        paused: 0,
    });
    hall.close();
    historian.join().map_err(|_| "the history ended too early")?;
    Ok(result?)
}

/// Starts the history's thread.
fn keep(
    history: impl History + Send + 'static,
    jobs: Receiver<Asked>,
    hall: &Arc<Hall>,
) -> Result<JoinHandle<()>, Box<dyn Error>> {
    let hall = Arc::clone(hall);
    let run = move || history::run(history, &jobs, &hall);
    Ok(std::thread::Builder::new().name("history".into()).spawn(run)?)
}

/// Returns the listening socket, and whether it was another chat server's before.
fn listener(options: &Options) -> Result<(Socket, bool), Box<dyn Error>> {
    if let Some(inherited) = restart::inherited()? {
        return Ok(inherited);
    }
    let (ip, port) = (&options.ip, options.port);
    let family = if ip.contains(':') { AF_INET6 } else { AF_INET };
    let listener = socket_create(family, SOCK_STREAM, SOL_TCP)?;
    socket_set_option(&listener, SOL_SOCKET, SO_REUSEADDR, 1)?;
    let bound = socket_bind(&listener, ip, port);
    bound.map_err(|error| format!("{ip}:{port}: {error}; --listen IP:PORT chooses another"))?;
    socket_listen(&listener, SOMAXCONN)?;
    Ok((listener, false))
}

/// Has a page that is refused told in the log, with what would let it in.
fn own_pages(options: &Arc<Options>) -> OriginPolicy {
    let options = Arc::clone(options);
    OriginPolicy::custom(move |origin, request| {
        let Some(origin) = origin else { return true };
        let host = request.header("Host").unwrap_or_default();
        let accepted = options.accepts(origin, host);
        if !accepted {
            log(format_args!("a page of {origin} was refused, which asked for {host}: --origin {origin} lets it in"));
        }
        accepted
    })
}
