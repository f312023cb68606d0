//! What the server calls on each of its threads: the page to browsers, their requests to the chat.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use chat_protocol::{About, Reason, Request};
use php_sockets::ws::handshake::{self, Response};
use php_sockets::ws::server::{Answer, Client, Clients, Handler, Timer};
use php_sockets::ws::{CloseCode, CloseFrame, Message, WebSocketError};

use crate::certificate;
use crate::hall::Hall;
use crate::http;
use crate::log::{Trouble, log};
use crate::options::Options;
use crate::rate::Bucket;

/// How often it is looked whether something is worth a line in the log.
const LOOK: Duration = Duration::from_secs(1);

/// One a thread.
pub(crate) struct Door {
    pub(crate) hall: Arc<Hall>,
    pub(crate) options: Arc<Options>,
    /// How often accepting has paused.
    pub(crate) paused: u64,
    /// For how long the own certificate is valid, if there is one, and what is wrong with it.
    pub(crate) valid: Option<RangeInclusive<SystemTime>>,
    pub(crate) invalid: Trouble,
}

impl Door {
    /// Says in the log what whoever runs the server is to do.
    fn look(&mut self) {
        let paused = self.hall.handle.metrics().paused;
        if paused > std::mem::replace(&mut self.paused, paused) {
            log("no descriptors are left: newcomers wait until others have gone (see ulimit -n, LimitNOFILE=)");
        }
        if let Some(valid) = &self.valid {
            match certificate::trouble(valid, SystemTime::now()) {
                Some(what) => self.invalid.begins(what),
                None => self.invalid.ends("it is valid now"),
            }
        }
    }
}

impl Handler for Door {
    type Data = Bucket;

    fn onstart(&mut self, clients: &mut Clients<Bucket>) {
        // One thread looks after all.
        if clients.thread() == 0 {
            clients.every(LOOK);
            self.look();
        }
    }

    fn ontimer(&mut self, _: &mut Clients<Bucket>, _: Timer) {
        self.look();
    }

    fn onrequest(&mut self, _: &mut Client<'_, Bucket>, request: &handshake::Request) -> Answer {
        if request.path() == "/metrics" && self.options.metrics {
            let own = self.hall.follow(|chat| (chat.size(), chat.busy));
            return http::metrics(&self.hall.handle.metrics(), own).into();
        }
        if request.path() == http::HEALTH && !self.hall.works.load(Ordering::Relaxed) {
            return Response::new(503).with_text("Redis is not there\n").into();
        }
        if request.path() != http::WEBSOCKET || !request.is_upgrade() {
            return http::answer(request).unwrap_or_else(|_| Response::new(500)).into();
        }
        Answer::upgrade()
    }

    fn onmessage(&mut self, client: &mut Client<'_, Bucket>, message: Message<'_>) {
        let id = self.hall.client(client.id());
        if client.data().is_closed() {
            return;
        }
        let request = match message {
            Message::Text(text) => parse(text),
            _ => Err(Reason::NotText),
        };
        let about = request.as_ref().map_or_else(|_| About::default(), Request::about);
        let request = client.data_mut().take(self.options.rate, Instant::now()).and(request);
        if client.data().is_closed() {
            let (code, reason) = (CloseCode::POLICY_VIOLATION, "too many requests");
            // Behind the refusals, which go the same way.
            return self.hall.handle.close(client.id(), CloseFrame { code, reason });
        }
        self.hall.follow(|chat| match request {
            Ok(request) => chat.request(id, request),
            Err(reason) => chat.refuse(id, reason, about),
        });
    }

    fn onclose(&mut self, client: &mut Client<'_, Bucket>, _: Result<CloseFrame<'_>, &WebSocketError>) {
        let id = self.hall.client(client.id());
        self.hall.follow(|chat| chat.depart(id));
    }
}

/// Reads a request; what does not look like one is plain text.
fn parse(text: &str) -> Result<Request, Reason> {
    if !text.trim_start().starts_with('{') {
        return Ok(Request::Plain { text: text.to_owned() });
    }
    serde_json::from_str(text).map_err(|_| Reason::BadRequest)
}
