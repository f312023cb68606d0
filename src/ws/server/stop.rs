use std::time::{Duration, Instant};

use super::{Handler, slots::Stage, worker::Worker};
use crate::{
    socket_close,
    ws::{CloseCode, handshake::Response, timers::deadline},
};

/// The end of a server on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stopping {
    code: CloseCode,
    started: Instant,
    /// Over which time the clients are told.
    over: Duration,
    /// How many there were.
    clients: usize,
    /// When it ends, whoever is still there.
    until: Instant,
}

impl Stopping {
    /// How long to wait for the next step at most.
    pub(super) fn step(&self) -> Duration {
        Duration::from_millis(20)
    }

    /// Says whether nobody is let in any more. Who was accepted while a restart began is, and is then told to come back like
    /// the others: a restart refuses nobody.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.started) >= self.over
    }

    /// How many of the clients are to stay for now.
    fn staying(&self, now: Instant) -> usize {
        if self.is_over(now) {
            return 0;
        }
        let share = 1.0 - now.saturating_duration_since(self.started).as_secs_f64() / self.over.as_secs_f64();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share"
        )]
        let staying = (self.clients as f64 * share).floor() as usize;
        staying
    }
}

impl<H: Handler> Worker<'_, H> {
    /// Begins to stop when somebody has said so, and goes on with it.
    #[inline]
    pub(super) fn stop(&mut self, now: Instant) {
        if let Some((code, over)) = self.shared.stopping() {
            self.go_on_stopping(now, code, over);
        }
    }

    #[inline(never)]
    fn go_on_stopping(&mut self, now: Instant, code: CloseCode, over: Duration) {
        let until = || deadline(self.settings.stop_timeout.map(|timeout| over.saturating_add(timeout)));
        if let Some(stopping) = &mut self.stopping {
            if over < stopping.over {
                *stopping = Stopping { code, over, until: until().min(stopping.until), ..*stopping };
            }
        } else {
            let until = until();
            self.clients.counters().listening.sub(self.is_listening.into());
            if let Some(listening) = self.listening.take() {
                let _ = listening.remove();
            }
            // With one socket for all threads another one may have been quicker.
            let _ = socket_close(&self.listener);
            self.stopping = Some(Stopping { code, started: now, over, clients: self.clients.len(), until });
        }
        if let Some(stopping) = self.stopping {
            if stopping.is_over(now) {
                self.refuse_all();
            }
            let leaving = self.clients.len().saturating_sub(stopping.staying(now));
            let ids: Vec<_> = self.clients.iter().take(leaving).map(|client| client.id()).collect();
            ids.into_iter().for_each(|id| self.clients.close(id, stopping.code));
        }
    }

    /// Answers those whose request has not come yet, or has no answer yet.
    fn refuse_all(&mut self) {
        for place in self.clients.slots.places() {
            let stage = &self.clients.slots.slot(place).stage;
            if matches!(&*stage.borrow(), Stage::Announced(_)) {
                self.free(place);
                continue;
            }
            if !matches!(&*stage.borrow(), Stage::Opening(_) | Stage::Pending(_)) {
                continue;
            }
            match stage.replace(Stage::Vacant) {
                Stage::Opening(upgrade) => self.respond(place, *upgrade, Response::new(503)),
                Stage::Pending(pending) => self.respond(place, pending.upgrade, Response::new(503)),
                _ => {}
            }
        }
    }

    /// Says whether all is done, or the time is over.
    pub(super) fn has_stopped(&self, stopping: &Stopping, now: Instant) -> bool {
        self.clients.slots.len() == 0 || now >= stopping.until
    }
}
