use std::{
    collections::{HashMap, HashSet},
    mem,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Client, ClientId, Clients, Handler,
    answers::Answers,
    clients::{Ended, count},
    handle::Shared,
    inbox::Parcel,
    settings::Settings,
    slots::{Connection, Stage},
    stop::Stopping,
};
use crate::{
    Socket,
    poll::{self, Context, Event, Watcher},
    ws::{CloseCode, CloseFrame, WebSocketError},
};

/// How often deadlines are looked at.
const CHECK: Duration = Duration::from_secs(1);
/// How much later that may be.
const NEARLY: Duration = Duration::from_millis(20);
/// Of how many clients a wait tells at least, when there are so many to be told of.
const AT_ONCE: usize = 1000;
/// The number of the listening socket's watcher; the others have a client's place.
pub(super) const LISTENER: u32 = u32::MAX - 1;

/// One thread of a server: waits, calls back, sends.
#[derive(Debug)]
pub(super) struct Worker<'s, H: Handler> {
    pub(super) handler: H,
    pub(super) clients: Clients<H::Data>,
    pub(super) context: Context<()>,
    pub(super) listener: Socket,
    /// `None` while accepting pauses.
    pub(super) listening: Option<Watcher<()>>,
    pub(super) settings: &'s Settings,
    pub(super) shared: &'s Shared,
    /// Where messages are received, whoever sends them.
    pub(super) buffer: Vec<u8>,
    /// Where connections come from, when that is limited.
    pub(super) addresses: HashMap<u32, IpAddr>,
    /// When each came, where there is a longest time to stay.
    pub(super) since: HashMap<u32, Instant>,
    /// Who has sent more messages than a turn is for, and is heard again in the next.
    pub(super) unheard: HashSet<u32>,
    /// How many bytes of messages that were compressed or in pieces were heard since somebody was entered there.
    pub(super) unpacked: usize,
    /// How many bytes came from those who are being closed.
    pub(super) discarded: HashMap<u32, usize>,
    /// Who found no room, and stays for a moment to read so: they take none from others.
    pub(super) turned_away: HashSet<u32>,
    /// What clients are still to take of answers by HTTP.
    pub(super) answers: Answers,
    pub(super) stopping: Option<Stopping>,
    parcels: Vec<Parcel>,
    /// When to look at the deadlines again.
    next_check: Instant,
    /// How long that is, which is not reckoned anew at each turn, but when this time has come.
    rest: Duration,
    rest_until: Instant,
    /// How many turns have only read since it was too late for the deadlines.
    late_turns: usize,
    /// The listening socket is counted as this thread's.
    pub(super) is_listening: bool,
}

impl<'s, H: Handler> Worker<'s, H> {
    pub(super) fn new(
        number: u16,
        handler: H,
        context: Context<()>,
        (listener, is_own): (Socket, bool),
        settings: &'s Settings,
        shared: &'s Arc<Shared>,
    ) -> Result<Self, WebSocketError> {
        let listening = match context.add_numbered(&listener, Event::Read, LISTENER) {
            Ok(listening) => Some(listening),
            // Another thread has begun to stop, and has closed the socket of both.
            Err(_) if shared.stopping().is_some() => None,
            // Somebody else has, before this thread was there: who is with another one is told the end.
            Err(_) if listener.is_closed() => {
                shared.fail(crate::Error::Closed { function: "socket_accept" });
                None
            }
            Err(error) => return Err(std::io::Error::from(error).into()),
        };
        let clients = Clients::new(Arc::clone(shared), number, settings.max_topics);
        clients.counters().listening.add(is_own.into());
        let now = Instant::now();
        Ok(Self {
            handler,
            clients,
            context,
            listener,
            listening,
            settings,
            shared,
            buffer: Vec::new(),
            addresses: HashMap::new(),
            since: HashMap::new(),
            unheard: HashSet::new(),
            unpacked: 0,
            discarded: HashMap::new(),
            turned_away: HashSet::new(),
            answers: Answers::default(),
            stopping: None,
            parcels: Vec::new(),
            next_check: now + CHECK,
            rest: CHECK,
            rest_until: now,
            late_turns: 0,
            is_listening: is_own,
        })
    }

    pub(super) fn run(mut self) -> Result<(), WebSocketError> {
        self.handler.onstart(&mut self.clients);
        // Who has come before; and not every system tells of a socket that does not listen when it is waited for.
        self.accept();
        // Somebody may have said so before there was a thread to wake.
        self.stop(Instant::now());
        self.end_turn();
        let mut ready = Vec::new();
        let mut now = Instant::now();
        loop {
            let timeout = self.timeout(now);
            match self.context.wait_into(&mut ready, timeout, None) {
                // The program was stopped and goes on, or has a handler for a signal.
                Err(error) if error.code() == poll::Error::ERROR_INTERRUPTED => ready.clear(),
                result => result.map_err(std::io::Error::from)?,
            }
            for watcher in &ready {
                match watcher.number() {
                    LISTENER => self.accept(),
                    place => self.serve(place, watcher),
                }
            }
            ready.clear();
            self.take_parcels();
            now = Instant::now();
            if self.clients.has_timers() {
                self.take_timers(now);
            }
            if now >= self.rest_until {
                self.keep_deadlines(now);
            }
            self.stop(now);
            self.end_turn();
            if self.shared.is_aborted()
                || self.stopping.as_ref().is_some_and(|stopping| self.has_stopped(stopping, now))
            {
                return Ok(());
            }
        }
    }

    /// Says whether to look at the deadlines. A thread that comes late, as a callback took long or the program was stopped, first
    /// reads from everybody: who has answered meanwhile is not to be blamed.
    fn is_time_to_check(&mut self, now: Instant) -> bool {
        if now < self.next_check {
            return false;
        }
        let is_late = now.saturating_duration_since(self.next_check) >= CHECK;
        if is_late && self.late_turns <= self.clients.slots.len() / AT_ONCE {
            self.late_turns += 1;
            return false;
        }
        self.late_turns = 0;
        true
    }

    /// Looks at the deadlines when it is time, and reckons how long that is.
    #[inline(never)]
    fn keep_deadlines(&mut self, now: Instant) {
        if self.is_time_to_check(now) {
            self.next_check = now + CHECK;
            self.check(now);
        }
        let rest = self.next_check.saturating_duration_since(now);
        // When it is late already, that is the next turn.
        self.rest_until = now + rest.min(NEARLY);
        // Whole milliseconds, and none of them too early: those are the system's usual wait.
        let milliseconds = (rest + Duration::from_nanos(999_999)).as_millis();
        self.rest = Duration::from_millis(u64::try_from(milliseconds).unwrap_or(u64::MAX));
    }

    /// How long to wait at most.
    #[inline]
    fn timeout(&self, now: Instant) -> Duration {
        // Somebody is to be told in the next turn that nothing waits for him any more.
        if self.clients.unfinished.get() {
            return Duration::ZERO;
        }
        if !self.clients.has_timers() && self.stopping.is_none() {
            return self.rest;
        }
        self.next_timeout(now)
    }

    #[inline(never)]
    fn next_timeout(&self, now: Instant) -> Duration {
        let timer = self.clients.timers.borrow().deadline();
        let next = timer.map_or(self.next_check, |at| at.min(self.next_check));
        let rest = next.saturating_duration_since(now);
        self.stopping.as_ref().map_or(rest, |stopping| rest.min(stopping.step()))
    }

    #[inline(never)]
    fn take_timers(&mut self, now: Instant) {
        loop {
            let due = self.clients.timers.borrow_mut().take_due(now);
            let Some(timer) = due else { return };
            self.handler.ontimer(&mut self.clients, timer);
        }
    }

    /// Does what the other threads ask for.
    fn take_parcels(&mut self) {
        if !self.clients.own.inbox.is_announced() {
            return;
        }
        let mut parcels = mem::take(&mut self.parcels);
        let lost = self.clients.own.inbox.take(&mut parcels);
        for parcel in parcels.drain(..) {
            match parcel {
                Parcel::Publish(topic, prepared) => self.clients.deliver(None, topic.as_deref(), prepared),
                Parcel::Send(id, prepared) => self.clients.deliver_to(id, prepared),
                Parcel::SendAll(ids, prepared) => {
                    ids.iter().for_each(|id| self.clients.deliver_to(*id, prepared.clone()));
                }
                Parcel::Wake(id) => self.wake(id),
                Parcel::Terminate(id) => self.clients.terminate(id),
                Parcel::Resume(id) => self.clients.find(id).into_iter().for_each(|place| self.clients.resume(place)),
                Parcel::Close(id, frame) => {
                    let frame = frame.as_ref().map(|(code, reason)| CloseFrame { code: *code, reason });
                    self.clients.close(id, frame);
                }
            }
        }
        self.parcels = parcels;
        let Some(lost) = lost else { return };
        if lost.all {
            self.clients.drop_subscribers(None);
        }
        lost.topics.iter().for_each(|topic| self.clients.drop_subscribers(Some(topic)));
        lost.clients.iter().filter_map(|id| self.clients.find(*id)).for_each(|place| self.clients.drop_behind(place));
    }

    fn wake(&mut self, id: ClientId) {
        if let Some(place) = self.clients.slots.find_pending(id) {
            return self.ask_again(place);
        }
        let Some(place) = self.clients.find(id) else { return };
        if self.clients.slots.slot(place).flags.is_served() {
            self.handler.onwake(&mut Client { clients: &mut self.clients, place });
        }
    }

    /// Sends, and tells who is gone, until nothing of this is left.
    #[inline(always)]
    fn end_turn(&mut self) {
        // As nearly always: who was answered has the answer.
        if !self.clients.has_nothing_left() {
            self.do_what_is_left();
        }
    }

    #[inline(never)]
    fn do_what_is_left(&mut self) {
        let mut has_told = false;
        if !self.unheard.is_empty() {
            self.hear_on();
        }
        loop {
            self.clients.send_turn();
            while let Some((place, ended)) = self.clients.take_ended() {
                self.close(place, ended);
            }
            // What they send may leave at once: then they are told in the next turn, as others have something to say, too.
            if !has_told && self.clients.has_drained() {
                has_told = true;
                self.tell_drained();
            }
            self.hear_resumed();
            if self.clients.is_turn_over() {
                break;
            }
        }
        self.clients.send_parcels();
        self.clients.slots.reuse();
        self.clients.unfinished.set(self.clients.has_drained() || !self.unheard.is_empty());
    }

    #[cold]
    fn tell_drained(&mut self) {
        let mut drained = self.clients.drained.take();
        for id in drained.drain(..) {
            let Some(place) = self.clients.find(id) else { continue };
            let flags = &self.clients.slots.slot(place).flags;
            if flags.is_served() && !flags.is_waiting() {
                self.handler.ondrain(&mut Client { clients: &mut self.clients, place });
            }
        }
        let mut next = self.clients.drained.borrow_mut();
        if next.is_empty() {
            // Its memory is used again.
            *next = drained;
        }
    }

    /// Tells the application that a client is gone; the connection may have a closing handshake to finish.
    fn close(&mut self, place: u32, ended: Ended) {
        if let Ended::Lost = ended {
            return self.hear_rest(place);
        }
        let slot = self.clients.slots.slot(place);
        if slot.flags.is_discarded() {
            return self.free(place);
        }
        let goes_on = match slot.stage.replace(Stage::Vacant) {
            Stage::Open(mut connection) => {
                let goes_on = finish(&mut connection, &ended);
                *slot.stage.borrow_mut() = Stage::Open(connection);
                goes_on
            }
            // It was closed before it was open; it has its answer.
            stage => {
                *slot.stage.borrow_mut() = stage;
                return;
            }
        };
        self.clients.leave(place);
        if let Ended::Failed(error) = &ended {
            count(self.clients.counters(), error);
        }
        let client = &mut Client { clients: &mut self.clients, place };
        match &ended {
            Ended::Closed(code, reason) => self.handler.onclose(client, Ok(CloseFrame { code: *code, reason })),
            Ended::Closing(frame) => {
                let (code, reason) =
                    frame.as_ref().map_or((CloseCode::NO_STATUS, ""), |(code, reason)| (*code, reason));
                self.handler.onclose(client, Ok(CloseFrame { code, reason }));
            }
            Ended::Failed(error) => self.handler.onclose(client, Err(error)),
            Ended::Terminated => self.handler.onclose(client, Ok(CloseFrame::ABNORMAL)),
            // That has been found out.
            Ended::Lost => {}
        }
        if goes_on { self.go_on_closing(place) } else { self.free(place) }
    }

    /// Gives a client's place back: its socket is closed.
    pub(super) fn free(&mut self, place: u32) {
        if let Some(address) = self.addresses.remove(&place) {
            self.shared.leave_address(address);
        }
        self.since.remove(&place);
        self.clients.announced.remove(&place);
        self.clients.requests.remove(&place);
        self.discarded.remove(&place);
        self.unheard.remove(&place);
        self.answers.leave(place);
        if self.turned_away.remove(&place) {
            self.clients.own.turned_away.sub(1);
        }
        if let Some(watcher) = self.clients.slots.slot_mut(place).watcher.take() {
            // It may have been closed already.
            let _ = watcher.remove();
        }
        self.clients.slots.free(place);
        self.clients.unfinished.set(true);
        self.clients.counters().connections.sub(1);
        self.resume();
    }
}

/// Says what is to be said at the end; `false` when there is nobody to hear it.
fn finish(connection: &mut Connection, ended: &Ended) -> bool {
    match ended {
        // Both have said it. What is left is to write our answer.
        Ended::Closed(..) => connection.end_turn().is_ok() && connection.wants_write(),
        Ended::Closing(frame) => {
            let frame = frame.as_ref().map(|(code, reason)| CloseFrame { code: *code, reason });
            connection.close(frame).is_ok() && !connection.is_ended()
        }
        // It has been told, and gets to read it.
        Ended::Failed(WebSocketError::Protocol(_)) => connection.end_turn().is_ok() && !connection.is_ended(),
        Ended::Failed(_) | Ended::Terminated | Ended::Lost => false,
    }
}
