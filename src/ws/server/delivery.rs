//! What is sent: gathered in a turn, and written at its end.

use std::sync::Arc;

use super::{
    ClientId, Clients,
    clients::Ended,
    inbox::Parcel,
    slots::{Connection, Slot, Stage},
    turn::{Chain, Delivery, MAX_BYTES, each_frame},
};
use crate::ws::{Interest, Message, Opcode, Prepared, Unsendable, WebSocketError, frame::MAX_CONTROL};

/// A message from this many bytes on is not copied to wait for the end of the turn.
const LARGE: usize = 8 << 10;
/// Encryption copies it all the same, and messages that are encrypted together are fewer records and writes.
const LARGE_OVER_TLS: usize = 32 << 10;

impl<D> Clients<D> {
    /// Says whether there is another thread.
    fn has_others(&self) -> bool {
        self.shared.threads().len() > 1
    }

    /// Enters what is for other threads, who get it at the end of the turn, or when it is much.
    pub(super) fn post(&self, parcel: Parcel) {
        let posted = self.posted.get() + parcel.size();
        self.posted.set(posted);
        self.parcels.borrow_mut().push(parcel);
        self.unfinished.set(true);
        if posted >= MAX_BYTES {
            self.send_parcels();
        }
    }

    /// Encodes a message; what cannot be sent is counted and left out.
    pub(super) fn prepare(&self, message: Message<'_>, send: impl FnOnce(&Self, Prepared)) {
        match Prepared::new(message) {
            Ok(prepared) => send(self, prepared),
            Err(_) => self.counters().unsendable.add(1),
        }
    }

    pub(super) fn publish_but(&self, except: Option<u32>, topic: &str, message: Message<'_>) {
        let is_known = self.topics.borrow().get(topic).is_some();
        if !is_known && !self.has_others() {
            return;
        }
        self.prepare(message, |clients, prepared| {
            if clients.has_others() {
                let name = clients.topics.borrow().get(topic).map(|(name, _)| Arc::clone(name));
                clients.post(Parcel::Publish(Some(name.unwrap_or_else(|| topic.into())), prepared.clone()));
            }
            clients.deliver(except, Some(topic), prepared);
        });
    }

    pub(super) fn broadcast_but(&self, except: Option<u32>, message: Message<'_>) {
        self.prepare(message, |clients, prepared| {
            if clients.has_others() {
                clients.post(Parcel::Publish(None, prepared.clone()));
            }
            clients.deliver(except, None, prepared);
        });
    }

    /// Enters a message for all on this thread who are to have it.
    pub(super) fn deliver(&self, except: Option<u32>, topic: Option<&str>, prepared: Prepared) {
        let size = prepared.payload().len();
        let is_full = {
            let topics = self.topics.borrow();
            let open = self.open.borrow();
            let receivers = match topic {
                None => &open[..],
                Some(topic) => topics.get(topic).map_or(&[][..], |(_, subscribers)| subscribers),
            };
            let turn = &mut *self.turn.borrow_mut();
            let entry = turn.push_prepared(&self.slots, prepared);
            let mut count = 0;
            for place in receivers.iter().filter(|place| Some(**place) != except) {
                let slot = self.slots.slot(*place);
                if slot.flags.is_served() {
                    turn.link(&self.slots, *place, entry);
                    count += 1;
                }
            }
            self.count_out(count, count * size);
            turn.is_full()
        };
        if is_full {
            self.send_turn();
        }
    }

    /// Enters a message that another thread has for a client.
    pub(super) fn deliver_to(&self, id: ClientId, prepared: Prepared) {
        let Some(place) = self.find(id) else { return };
        let slot = self.slots.slot(place);
        if !slot.flags.is_served() {
            return;
        }
        let size = prepared.payload().len();
        let is_full = {
            let turn = &mut *self.turn.borrow_mut();
            let entry = turn.push_prepared(&self.slots, prepared);
            turn.link(&self.slots, place, entry);
            self.count_out(1, size);
            turn.is_full()
        };
        if is_full {
            self.send_turn();
        }
    }

    /// Sends a message to a client of this thread.
    #[inline]
    pub(super) fn send_to(&self, place: u32, message: Message<'_>) {
        let (opcode, payload) = match message {
            Message::Text(text) => (Opcode::Text, text.as_bytes()),
            Message::Binary(bytes) => (Opcode::Binary, bytes),
            control => return self.send_control(place, control),
        };
        let slot = self.slots.slot(place);
        if !slot.flags.is_served() {
            return;
        }
        if payload.len() >= LARGE && (payload.len() >= LARGE_OVER_TLS || !slot.is_secure()) {
            return self.send_large(place, slot, message);
        }
        let is_full = {
            let turn = &mut *self.turn.borrow_mut();
            if slot.flags.takes_frames.get() {
                turn.push_frame(&self.slots, place, opcode, payload);
            } else {
                turn.push_message(&self.slots, place, message);
            }
            self.count_out(1, payload.len());
            turn.is_full()
        };
        if is_full {
            self.send_turn();
        }
    }

    #[inline(never)]
    fn send_control(&self, place: u32, message: Message<'_>) {
        let (opcode, payload) = match message {
            Message::Ping(payload) => (Opcode::Ping, payload),
            Message::Pong(payload) => (Opcode::Pong, payload),
            Message::Close(frame) => return self.close_at(place, frame),
            Message::Text(_) | Message::Binary(_) => return,
        };
        let slot = self.slots.slot(place);
        if !slot.flags.is_served() {
            return;
        }
        if payload.len() > MAX_CONTROL {
            return self.counters().unsendable.add(1);
        }
        let is_full = {
            let turn = &mut *self.turn.borrow_mut();
            turn.push_frame(&self.slots, place, opcode, payload);
            self.count_out(1, payload.len());
            turn.is_full()
        };
        if is_full {
            self.send_turn();
        }
    }

    /// Writes a large message from where it lies, behind what the turn has for the client.
    #[inline(never)]
    fn send_large(&self, place: u32, slot: &Slot<D>, message: Message<'_>) {
        self.count_out(1, message.as_bytes().len());
        let mut stage = slot.stage.borrow_mut();
        let Stage::Open(connection) = &mut *stage else { return };
        let length = message.as_bytes().len();
        // What comes behind it does not join what is written now.
        self.turn.borrow_mut().end_run(&self.slots);
        let result = self
            .write_chain(slot, connection)
            .and_then(|()| self.send_or_leave_out(connection, length, |it| it.send(message)));
        let result = result.and_then(|()| connection.flush().map(|_| ()));
        self.settle(place, slot, connection, result);
    }

    /// Sends what the turn has for each client, in one write.
    #[inline(never)]
    pub(super) fn send_turn(&self) {
        if self.turn.borrow().is_empty() {
            return;
        }
        let receivers = self.turn.borrow_mut().take_receivers(&self.slots);
        receivers.iter().for_each(|place| self.send_chain(*place));
        let turn = &mut *self.turn.borrow_mut();
        turn.take_back(receivers);
        turn.finish();
    }

    /// Sends the turn when it is for this client alone, and says whether it was.
    #[inline(always)]
    pub(super) fn send_turn_if_only_for(&self, place: u32) -> bool {
        let turn = self.turn.borrow();
        let slot = self.slots.slot(place);
        // What an answer is nearly always.
        if let (Some(frames), true) = (turn.frames_only_for(place), slot.flags.takes_frames_now()) {
            if let Stage::Open(connection) = &mut *slot.stage.borrow_mut() {
                let result = connection.send_bytes(frames, false);
                self.wrote(place, slot, connection, result);
            }
            drop(turn);
            self.turn.borrow_mut().finish();
            return true;
        }
        let is_only = turn.is_only_for(place);
        drop(turn);
        if is_only {
            self.send_turn();
        }
        is_only
    }

    /// Counts messages that are sent, however many writes they take.
    #[inline]
    fn count_out(&self, messages: usize, bytes: usize) {
        let counters = self.counters();
        counters.messages_out.add(messages);
        counters.bytes_out.add(bytes);
    }

    fn send_chain(&self, place: u32) {
        let slot = self.slots.slot(place);
        let mut stage = slot.stage.borrow_mut();
        let Stage::Open(connection) = &mut *stage else { return slot.chain.set(Chain::default()) };
        let result = self.write_chain(slot, connection);
        self.wrote(place, slot, connection, result);
    }

    /// Writes the rest of what a client gets in this turn, and takes note of what that has led to.
    #[inline(always)]
    fn wrote(&self, place: u32, slot: &Slot<D>, connection: &mut Connection, result: Result<(), WebSocketError>) {
        match result.and_then(|()| connection.end_turn()) {
            // As nearly always: there is nothing to take note of.
            Ok(true) if slot.flags.is_at_rest() => slot.watch(Interest::Read),
            result => self.settle(place, slot, connection, result.map(|_| ())),
        }
    }

    /// Writes the messages of a client's chain.
    fn write_chain(&self, slot: &Slot<D>, connection: &mut Connection) -> Result<(), WebSocketError> {
        let chain = slot.chain.take();
        if chain == Chain::default() {
            return Ok(());
        }
        let turn = self.turn.borrow();
        if slot.flags.takes_frames_now() {
            if let Some(frames) = turn.one_piece(chain) {
                return connection.send_bytes(frames, false);
            }
        }
        if slot.flags.takes_frames.get() {
            let waits = slot.flags.is_waiting();
            let frames = || turn.messages(chain).map(Delivery::frames);
            let length = frames().map(<[u8]>::len).sum();
            if connection.leaves_no_gap(length) {
                return connection.send_frames(frames(), length, waits);
            }
            return frames().flat_map(each_frame).try_for_each(|frame| {
                self.send_or_leave_out(connection, frame.len(), |it| {
                    it.send_frames([frame].into_iter(), frame.len(), waits)
                })
            });
        }
        connection.cork();
        turn.messages(chain).try_for_each(|delivery| match delivery {
            Delivery::Message(message) => {
                self.send_or_leave_out(connection, message.as_bytes().len(), |it| it.send(message))
            }
            Delivery::Prepared(prepared) => {
                self.send_or_leave_out(connection, prepared.payload().len(), |it| it.send_prepared(prepared))
            }
            Delivery::Frames(frames) => each_frame(frames)
                .try_for_each(|frame| self.send_or_leave_out(connection, frame.len(), |it| it.send_bytes(frame, true))),
        })
    }

    /// Sends a message of this size; one that finds no room, and is not the end of the client, is discarded and counted.
    fn send_or_leave_out(
        &self,
        connection: &mut Connection,
        length: usize,
        send: impl FnOnce(&mut Connection) -> Result<(), WebSocketError>,
    ) -> Result<(), WebSocketError> {
        connection.make_room(length)?;
        if connection.leaves_no_gap(length) {
            return send(connection);
        }
        self.counters().discarded.add(1);
        Ok(())
    }

    /// Takes note of what a write has led to: an end, or a wait.
    #[inline(never)]
    fn settle(&self, place: u32, slot: &Slot<D>, connection: &Connection, result: Result<(), WebSocketError>) {
        match result {
            Ok(()) => {
                let waits = connection.wants_write();
                let waited = self.set_waiting(place, slot, waits);
                if !waited && !waits {
                    return slot.watch(Interest::Read);
                }
                if !waited {
                    self.counters().waited.add(1);
                }
                slot.watch(connection.interest());
            }
            // That is how a connection tells that too much waits for it.
            Err(WebSocketError::Closed) if slot.flags.is_open() => {
                self.end(place, Ended::Failed(Unsendable::BufferFull.into()));
            }
            Err(error) => self.fail(place, error),
        }
    }

    /// Takes note of whether something waits for a client, and of who is to be told that all has left; returns whether something
    /// waited before.
    pub(super) fn set_waiting(&self, place: u32, slot: &Slot<D>, waits: bool) -> bool {
        let (waited, has_drained) = slot.flags.set_waiting(waits);
        if has_drained {
            self.drained.borrow_mut().push(self.id(place));
            self.unfinished.set(true);
        }
        waited
    }

    /// How many bytes wait for a client, those of this turn too; more than all when nothing can be sent to it.
    pub(super) fn buffered_amount(&self, place: u32) -> usize {
        let slot = self.slots.slot(place);
        // Whoever sends as long as little waits would never come to an end.
        if !slot.flags.is_served() {
            return usize::MAX;
        }
        let queued = match &*slot.stage.borrow() {
            Stage::Open(connection) => connection.buffered_amount(),
            _ => 0,
        };
        if !self.turn.borrow().is_for(place, slot.chain.get()) {
            return queued;
        }
        slot.flags.see_waiting();
        queued + self.turn.borrow_mut().length(&self.slots, place)
    }

    /// Hands what is for the other threads over.
    pub(super) fn send_parcels(&self) {
        let mut parcels = self.parcels.borrow_mut();
        if !parcels.is_empty() {
            self.shared.put(&parcels, Some(self.thread.into()));
            parcels.clear();
            self.posted.set(0);
        }
    }

    /// Says whether there is somebody to be told that nothing waits for him any more.
    pub(super) fn has_drained(&self) -> bool {
        !self.drained.borrow().is_empty()
    }

    /// Says whether the turn's end has nothing to do.
    #[inline]
    pub(super) fn has_nothing_left(&self) -> bool {
        debug_assert!(
            self.unfinished.get()
                || self.is_turn_over_but_for_sending()
                    && !self.has_drained()
                    && self.parcels.borrow().is_empty()
                    && !self.slots.has_left(),
            "whoever enters something says so"
        );
        self.turn.borrow().is_empty() && !self.unfinished.get()
    }

    /// Says whether nobody is to be sent anything, told anything or heard again.
    pub(super) fn is_turn_over(&self) -> bool {
        self.turn.borrow().is_empty() && self.is_turn_over_but_for_sending()
    }

    fn is_turn_over_but_for_sending(&self) -> bool {
        self.ended.borrow().is_empty() && self.resumed.borrow().is_empty()
    }
}
