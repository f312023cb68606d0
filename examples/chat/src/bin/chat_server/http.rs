//! What is served by plain HTTP: the page.

use std::hash::{DefaultHasher, Hash, Hasher};

use php_sockets::ws::handshake::{Error, Request, Response};
use php_sockets::ws::server::Metrics;

/// Where clients open their WebSocket.
pub(crate) const WEBSOCKET: &str = "/msg";

/// Where it is asked whether this server works.
pub(crate) const HEALTH: &str = "/healthz";

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Path, type and content of everything there is.
const FILES: [(&str, &str, &str); 7] = [
    ("/", "text/html; charset=utf-8", include_str!("page/index.html")),
    ("/chat.css", "text/css; charset=utf-8", include_str!("page/chat.css")),
    ("/chat.js", SCRIPT, include_str!("page/chat.js")),
    ("/connection.js", SCRIPT, include_str!("page/connection.js")),
    ("/elements.js", SCRIPT, include_str!("page/elements.js")),
    ("/words.js", SCRIPT, include_str!("page/words.js")),
    (HEALTH, "text/plain; charset=utf-8", "ok\n"),
];

/// Nothing from elsewhere, no script in the page itself nor made of a text, no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// Answers a request that is not for a WebSocket.
pub(crate) fn answer(request: &Request) -> Result<Response, Error> {
    let text = |status, text: &str| Response::new(status).with_text(text);
    match FILES.iter().find(|(path, ..)| *path == request.path()) {
        None if request.path() == WEBSOCKET => {
            text(426, "this is for WebSockets\n").with_header("Upgrade", "websocket")
        }
        None => Ok(text(404, "not found\n")),
        Some(_) if !matches!(request.method(), "GET" | "HEAD") => {
            text(405, "only GET and HEAD\n").with_header("Allow", "GET, HEAD")
        }
        Some((_, kind, content)) => {
            let tag = tag(content);
            let status = if has(request, &tag) { 304 } else { 200 };
            // Browsers ask each time, so that a new program's page is seen at once.
            let response = Response::new(status).with_header("ETag", &tag)?.with_header("Cache-Control", "no-cache")?;
            if status == 304 {
                return Ok(response);
            }
            Ok(response
                .with_header("Content-Type", kind)?
                .with_header("Content-Security-Policy", POLICY)?
                .with_header("X-Content-Type-Options", "nosniff")?
                .with_header("Cross-Origin-Resource-Policy", "same-origin")?
                .with_header("Referrer-Policy", "no-referrer")?
                .with_body(*content))
        }
    }
}

/// Names a content, the same on all servers of one program.
fn tag(content: &str) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

/// Says whether who asks has this content (RFC 9110, section 13.1.2); a proxy that compressed it made the name a weak one.
fn has(request: &Request, tag: &str) -> bool {
    let fields = request.headers().filter(|(name, _)| name.eq_ignore_ascii_case("If-None-Match"));
    let mut tags = fields.flat_map(|(_, list)| list.split(',')).map(str::trim);
    tags.any(|it| it == "*" || it.trim_start_matches("W/") == tag)
}

/// What Prometheus is told: the server's figures, how many people are in how many rooms, and how often the history was busy.
pub(crate) fn metrics(counted: &Metrics, ((people, rooms), busy): ((usize, usize), u64)) -> Response {
    let own = [
        ("people", "gauge", "People in the chat.", people as u64),
        ("rooms", "gauge", "Rooms that somebody is in.", rooms as u64),
        ("busy_total", "counter", "Requests that failed because the history could not take or find it.", busy),
    ]
    .map(|(name, kind, help, value)| {
        format!("# HELP chat_{name} {help}\n# TYPE chat_{name} {kind}\nchat_{name} {value}\n")
    });
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    let response = Response::new(200).with_header("Content-Type", kind).unwrap_or_else(|_| Response::new(500));
    response.with_body(own.concat() + &counted.to_prometheus("chat"))
}
