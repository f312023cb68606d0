use std::{
    io, mem,
    time::{Duration, Instant},
};

use super::{
    Client, Clients, Handler,
    accept::refused,
    answer::Kind,
    clients::Ended,
    slots::{Connection, Flags, Leaving, Pending, Stage, Upgrade, either},
    worker::Worker,
};
use crate::{
    poll::{Event, Watcher},
    ws::{CloseCode, CloseFrame, Message, Timeout, WebSocketError, handshake::Response, timers::deadline},
};

/// After a read of so many bytes there may be more to read at once.
const MUCH: usize = 64 << 10;

/// After so many messages of one client the others have their turn, however short they are.
const MANY: usize = 1000;
/// What a client may still send while its connection is being closed: one large message that was on its way.
const MAX_DISCARDED: usize = 16 << 20;

impl<H: Handler> Worker<'_, H> {
    /// Does for a client what can be done without waiting.
    pub(super) fn serve(&mut self, place: u32, watcher: &Watcher<()>) {
        let slot = self.clients.slots.slot(place);
        // It has left during this turn, and nobody is watched under this number any more.
        if slot.watcher.as_ref() != Some(watcher) {
            return;
        }
        let is_reset = watcher.has_triggered(Event::Error);
        if slot.flags.is_open() {
            return if is_reset { self.lose(place) } else { self.receive(place) };
        }
        let is_closing = match &*slot.stage.borrow() {
            Stage::Vacant => return,
            Stage::Open(_) => true,
            Stage::Announced(_) | Stage::Opening(_) | Stage::Pending(_) | Stage::Leaving(_) => false,
        };
        if is_reset {
            return self.free(place);
        }
        if is_closing {
            return self.go_on_closing(place);
        }
        match slot.stage.replace(Stage::Vacant) {
            Stage::Announced(announcement) => self.hear_proxy(place, announcement),
            Stage::Opening(upgrade) => self.open(place, upgrade),
            Stage::Leaving(leaving) => self.go_on_leaving(place, leaving),
            Stage::Pending(_) if watcher.has_triggered(Event::HangUp) => self.free(place),
            stage => *slot.stage.borrow_mut() = stage,
        }
    }

    /// Ends the connection of one who has reset it: nobody is there to hear an answer.
    fn lose(&mut self, place: u32) {
        if let Stage::Open(connection) = &mut *self.clients.slots.slot(place).stage.borrow_mut() {
            connection.stream().abandon();
        }
        self.clients.fail(place, io::Error::from(io::ErrorKind::ConnectionReset).into());
    }

    /// Hears what a client sent before its connection was lost, as far as it has come; how that ends is told as that of the others.
    pub(super) fn hear_rest(&mut self, place: u32) {
        self.clients.slots.slot(place).flags.lose();
        let mut received = 0;
        loop {
            self.hear_while(place, Flags::is_lost);
            // It has ended properly, or the application has closed it.
            if !self.clients.slots.slot(place).flags.is_lost() {
                return;
            }
            if self.unheard.remove(&place) && received < MAX_DISCARDED {
                received += self.settings.max_read_per_turn;
                continue;
            }
            match self.clients.with(place, Connection::receive) {
                // The system held no more than this; a Unix socket that is read no more may still be written to.
                Ok(count) if count > 0 && received < MAX_DISCARDED => received += count,
                _ => return self.clients.end(place, Ended::abnormal()),
            }
        }
    }

    /// Goes on with the opening handshake.
    pub(super) fn open(&mut self, place: u32, mut upgrade: Box<Upgrade>) {
        let is_complete = upgrade.read_turn(self.settings.max_read_per_turn).map(|request| request.is_some());
        match is_complete {
            Ok(false) => {
                let slot = self.clients.slots.slot(place);
                slot.watch(either(upgrade.wants_write()));
                *slot.stage.borrow_mut() = Stage::Opening(upgrade);
            }
            Ok(true) => self.answer(place, *upgrade),
            Err(error) => self.refused(place, *upgrade, &error),
        }
    }

    fn answer(&mut self, place: u32, mut upgrade: Upgrade) {
        if let Err(error) = upgrade.decide() {
            return self.refused(place, upgrade, &error);
        }
        let Some(request) = upgrade.request() else { return self.free(place) };
        self.hear_forwarder(place, request);
        self.ask(place, upgrade);
    }

    /// Asks the application again for the answer to a request.
    pub(super) fn ask_again(&mut self, place: u32) {
        let stage = &self.clients.slots.slot(place).stage;
        match stage.replace(Stage::Vacant) {
            Stage::Pending(pending) => self.ask(place, pending.upgrade),
            other => *stage.borrow_mut() = other,
        }
    }

    fn ask(&mut self, place: u32, mut upgrade: Upgrade) {
        let Some(request) = upgrade.request() else { return self.free(place) };
        if self.clients.slots.slot(place).flags.is_discarded() {
            return self.free(place);
        }
        let client = &mut Client { clients: &mut self.clients, place };
        match self.handler.onrequest(client, request).0 {
            _ if self.clients.slots.slot(place).flags.is_discarded() => self.free(place),
            Kind::Respond(response) => {
                self.clients.counters().responded.add(1);
                self.respond(place, upgrade, response);
            }
            // It has been closed meanwhile.
            Kind::Later(_) if self.clients.slots.slot(place).flags.is_ending() => self.free(place),
            Kind::Upgrade(_) | Kind::Later(_)
                if self.stopping.is_some_and(|stopping| stopping.is_over(Instant::now())) =>
            {
                self.respond(place, upgrade, Response::new(503));
            }
            Kind::Later(time) => {
                let slot = self.clients.slots.slot(place);
                slot.rest();
                *slot.stage.borrow_mut() = Stage::Pending(Box::new(Pending { upgrade, until: deadline(time) }));
            }
            Kind::Upgrade(_) if !self.has_room(place) => self.respond(place, upgrade, refused(429)),
            Kind::Upgrade(acceptance) => {
                if let Some(subprotocol) = &acceptance.subprotocol {
                    upgrade.choose_subprotocol(subprotocol);
                }
                let accepted = upgrade.accept_with(|response| {
                    acceptance
                        .fields
                        .iter()
                        .try_fold(response, |response, (name, value)| response.with_header(name, value))
                });
                match accepted {
                    Ok(connection) => {
                        if self.settings.keeps_requests {
                            self.clients.requests.extend(upgrade.into_parts().1.map(|request| (place, request)));
                        }
                        let slot = self.clients.slots.slot(place);
                        slot.flags.takes_frames.set(connection.takes_frames());
                        *self.clients.slots.slot(place).stage.borrow_mut() = Stage::Open(connection);
                        self.opened(place);
                    }
                    Err(error) => self.refused(place, upgrade, &error),
                }
            }
        }
    }

    fn opened(&mut self, place: u32) {
        self.clients.enter(place);
        self.handler.onopen(&mut Client { clients: &mut self.clients, place });
        // What came with the request has been read; what comes behind it wakes us again.
        self.hear(place);
        self.watch(place);
    }

    /// One who has been refused, and told so, or who has left.
    fn refused(&mut self, place: u32, upgrade: Upgrade, error: &WebSocketError) {
        let counters = self.clients.counters();
        match error {
            WebSocketError::Timeout(Timeout::Handshake) => counters.refused_late.add(1),
            WebSocketError::Handshake(error) if error.status() == 403 => counters.refused_origin.add(1),
            WebSocketError::Handshake(_) => counters.refused_request.add(1),
            // It does not speak TLS, or not as it should, and has been told so.
            WebSocketError::Io(error) if error.kind() == io::ErrorKind::InvalidData => counters.refused_request.add(1),
            _ => return self.free(place),
        }
        self.linger(place, upgrade);
        self.go_on_leaving_at(place);
    }

    /// Reads from a client, and writes what waited for it.
    fn receive(&mut self, place: u32) {
        let flags = &self.clients.slots.slot(place).flags;
        if flags.is_waiting() {
            if let Err(error) = self.clients.with(place, |connection| connection.flush().map(|_| ())) {
                return self.clients.fail(place, error);
            }
        }
        // Who has more to be heard than a turn is for is not read from before that is done.
        if flags.is_paused() || !self.unheard.is_empty() && self.unheard.contains(&place) {
            return self.watch(place);
        }
        let mut turn = 0;
        let is_settled = loop {
            // A closure of its own, so that it is a part of this loop, whoever else receives.
            let received = match self.clients.with(place, |connection| connection.receive()) {
                Ok(received) => received,
                Err(error) => return self.clients.fail(place, error),
            };
            let heard = self.hear_while(place, Flags::is_heard);
            // While it is in the processor's cache; what concerns others too waits, so that each is written to once.
            let is_settled = self.clients.send_turn_if_only_for(place);
            // A large message is best read in one go, while it is in the processor's cache; but others wait too.
            turn += received;
            if received < MUCH || heard >= MANY || turn >= self.settings.max_read_per_turn || self.is_done_with(place) {
                break is_settled;
            }
        };
        // Whoever was sent to is watched already.
        if !is_settled {
            self.watch(place);
        }
    }

    /// Says whether nothing is to be read from a client now.
    fn is_done_with(&self, place: u32) -> bool {
        let slot = self.clients.slots.slot(place);
        !slot.flags.is_heard()
            || self.unheard.contains(&place)
            || matches!(&*slot.stage.borrow(), Stage::Open(connection) if !connection.interest().reads())
    }

    /// Calls back for all messages that have come.
    fn hear(&mut self, place: u32) {
        self.hear_while(place, Flags::is_heard);
    }

    /// Goes on with those who had more to be heard than a turn is for.
    pub(super) fn hear_on(&mut self) {
        for place in mem::take(&mut self.unheard) {
            self.hear(place);
            self.watch(place);
        }
    }

    /// Calls back for all messages that have come as long as `goes_on`, and returns how many. Compressed ones may be much more than
    /// what was read: after as much as a turn reads the others have their turn, whosever that was.
    ///
    /// It is a part of the function that calls it, as it is done for nearly each event.
    #[inline(always)]
    fn hear_while(&mut self, place: u32, goes_on: impl Fn(&Flags) -> bool) -> usize {
        let Self { handler, clients, buffer, settings, unpacked, unheard, .. } = self;
        let mut messages = 0;
        let mut tell = |clients: &mut Clients<H::Data>, message: Message<'_>| {
            messages += 1;
            clients.counters().bytes_in.add(message.as_bytes().len());
            handler.onmessage(&mut Client { clients, place }, message);
        };
        loop {
            let slot = clients.slots.slot(place);
            if !goes_on(&slot.flags) {
                break;
            }
            let (whole, is_all) = match &mut *slot.stage.borrow_mut() {
                Stage::Open(connection) => (connection.hear_whole(buffer), connection.has_heard_all()),
                _ => break,
            };
            if let Some(message) = whole {
                tell(clients, message);
                if is_all {
                    break;
                }
                continue;
            }
            match clients.with(place, |connection| connection.hear(buffer)) {
                Ok(Some(Message::Close(frame))) => clients.end(place, Ended::closed(frame)),
                Ok(Some(message)) => {
                    *unpacked += message.as_bytes().len();
                    tell(clients, message);
                    if *unpacked >= settings.max_read_per_turn {
                        *unpacked = 0;
                        unheard.insert(place);
                        clients.unfinished.set(true);
                        break;
                    }
                }
                Ok(None) => break,
                Err(error) => clients.end(place, Ended::Failed(error)),
            }
        }
        clients.counters().messages_in.add(messages);
        messages
    }

    /// Goes on with those who were paused: what had come before is heard, and what comes wakes us again.
    pub(super) fn hear_resumed(&mut self) {
        loop {
            let resumed = self.clients.resumed.borrow_mut().pop();
            let Some(place) = resumed else { return };
            let restarted = self.clients.with(place, |connection| {
                connection.restart_timers();
                Ok(())
            });
            if restarted.is_ok() {
                self.hear(place);
                self.watch(place);
            }
        }
    }

    /// Watches for what can be done next, and takes note when nothing waits any more.
    fn watch(&self, place: u32) {
        let slot = self.clients.slots.slot(place);
        // It is looked at when that is sent.
        if !slot.flags.is_waiting() && self.clients.turn.borrow().is_for(place, slot.chain.get()) {
            return;
        }
        if let Stage::Open(connection) = &*slot.stage.borrow() {
            if connection.has_something_to_say() && !slot.flags.is_waiting() {
                return self.clients.turn.borrow_mut().touch(place);
            }
            if slot.flags.is_waiting() && !connection.wants_write() {
                self.clients.set_waiting(place, slot, false);
            }
            slot.watch(connection.interest());
        }
    }

    /// Listens to one whom nobody waits for any more, until the connection has ended.
    pub(super) fn go_on_closing(&mut self, place: u32) {
        let Self { clients, buffer, .. } = self;
        let mut received = 0;
        let goes_on = clients.with(place, |connection| {
            connection.flush()?;
            received = connection.receive()?;
            // Nothing of it is for anybody, but its Close frame is the end.
            let mut has_closed = false;
            let mut unpacked = 0;
            while unpacked < MAX_DISCARDED {
                let Ok(Some(message)) = connection.next(buffer) else { break };
                has_closed |= matches!(message, Message::Close(_));
                unpacked += message.as_bytes().len();
            }
            received = received.max(unpacked);
            Ok(!connection.is_ended() && (connection.wants_write() || !has_closed))
        });
        let discarded = self.discarded.entry(place).or_insert(0);
        *discarded += received;
        if goes_on.unwrap_or(false) && *discarded < MAX_DISCARDED { self.watch(place) } else { self.free(place) }
    }

    fn go_on_leaving_at(&mut self, place: u32) {
        if let Stage::Leaving(leaving) = self.clients.slots.slot(place).stage.replace(Stage::Vacant) {
            self.go_on_leaving(place, leaving);
        }
    }

    /// Writes the rest of an answer, then reads until the client has gone.
    fn go_on_leaving(&mut self, place: u32, mut leaving: Box<Leaving>) {
        let goes_on = leaving.go_on(&mut self.buffer);
        let slot = self.clients.slots.slot(place);
        slot.watch(leaving.interest());
        *slot.stage.borrow_mut() = Stage::Leaving(leaving);
        if !goes_on {
            self.free(place);
        }
    }

    /// Looks at the deadlines of all.
    pub(super) fn check(&mut self, now: Instant) {
        if self.has_lost_listener() {
            self.shared.fail(crate::Error::Closed { function: "socket_accept" });
        }
        self.resume();
        let lifetime = self.settings.max_lifetime.unwrap_or(Duration::MAX);
        for place in self.clients.slots.places() {
            let slot = self.clients.slots.slot(place);
            let result = match &mut *slot.stage.borrow_mut() {
                Stage::Vacant => continue,
                // It is not to be blamed for what is not read.
                Stage::Open(_) if slot.flags.is_paused() => Ok(()),
                Stage::Open(connection) => connection.check_deadlines(now),
                Stage::Opening(upgrade) => upgrade.check_deadlines(now),
                Stage::Announced(announcement) if now < announcement.until => continue,
                Stage::Announced(_) => Err(Timeout::Handshake.into()),
                Stage::Pending(pending) if now < pending.until => continue,
                Stage::Pending(_) => Err(Timeout::Handshake.into()),
                Stage::Leaving(leaving) if now < leaving.until => continue,
                Stage::Leaving(_) => Err(Timeout::Send.into()),
            };
            let since = self.since.get(&place);
            let is_old = since.is_some_and(|since| now.saturating_duration_since(*since) >= lifetime);
            match (result, slot.flags.is_open()) {
                (Err(error), true) => self.clients.end(place, Ended::Failed(error)),
                (Ok(()), true) if is_old => self.clients.close_at(place, CloseCode::GOING_AWAY.into()),
                (Ok(()), _) => self.watch(place),
                (Err(error), false) => match slot.stage.replace(Stage::Vacant) {
                    // It has been told.
                    Stage::Opening(upgrade) => self.refused(place, *upgrade, &error),
                    // It is the application's turn, not the client's.
                    Stage::Pending(pending) => self.ask(place, pending.upgrade),
                    stage => {
                        *slot.stage.borrow_mut() = stage;
                        self.free(place);
                    }
                },
            }
        }
    }
}

impl Ended {
    pub(super) fn abnormal() -> Self {
        Self::closed(Some(CloseFrame::ABNORMAL))
    }

    fn closed(frame: Option<CloseFrame<'_>>) -> Self {
        let frame = frame.unwrap_or(CloseFrame { code: CloseCode::NO_STATUS, reason: "" });
        Self::Closed(frame.code, frame.reason.into())
    }
}
