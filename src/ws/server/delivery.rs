//! What is sent: gathered in a turn, and written at its end.

use std::sync::Arc;

use super::{
    ClientId, Clients,
    clients::Ended,
    inbox::Parcel,
    slots::{Slot, Stage},
    turn::{Chain, Delivery},
};
use crate::ws::{Connection, Error, Message, Prepared, Result, Unsendable};

/// While this many bytes wait for a client nothing is read from it: who does not listen is not listened to.
const MAX_WAITING: usize = 64 << 10;
/// A message from this many bytes on is not copied to wait for the end of the turn.
const LARGE: usize = 8 << 10;

impl<D> Clients<D> {
    /// Says whether there is another thread.
    fn has_others(&self) -> bool {
        self.shared.threads().len() > 1
    }

    pub(super) fn post(&self, parcel: Parcel) {
        self.parcels.borrow_mut().push(parcel);
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
        let topics = self.topics.borrow();
        let open = self.open.borrow();
        let receivers = match topic {
            None => &open[..],
            Some(topic) => topics.get(topic).map_or(&[][..], |(_, subscribers)| subscribers),
        };
        let mut count = 0;
        {
            let turn = &mut *self.turn.borrow_mut();
            let entry = turn.push_prepared(prepared);
            for place in receivers.iter().filter(|place| Some(**place) != except) {
                let slot = self.slots.slot(*place);
                if !slot.flags.is_ending.get() {
                    slot.chain.set(turn.link(*place, slot.chain.get(), entry));
                    count += 1;
                }
            }
        }
        let counters = self.counters();
        counters.messages_out.add(count);
        counters.bytes_out.add(count * size);
        drop((topics, open));
        self.make_room();
    }

    /// Sends a message to a client of this thread.
    #[inline]
    pub(super) fn send_to(&self, place: u32, message: Message<'_>) {
        let slot = self.slots.slot(place);
        if !slot.flags.is_open.get() || slot.flags.is_ending.get() {
            return;
        }
        let size = message.as_bytes().len();
        if size >= LARGE {
            return self.send_large(place, slot, message);
        }
        if let Message::Close(frame) = message {
            return self.close_at(place, frame);
        }
        let is_full = {
            let turn = &mut *self.turn.borrow_mut();
            let Some(entry) = turn.push(message) else { return };
            slot.chain.set(turn.link(place, slot.chain.get(), entry));
            turn.is_full()
        };
        let counters = self.counters();
        counters.messages_out.add(1);
        counters.bytes_out.add(size);
        if is_full {
            self.send_turn();
        }
    }

    /// Writes a large message from where it lies, behind what the turn has for the client.
    #[inline(never)]
    fn send_large(&self, place: u32, slot: &Slot<D>, message: Message<'_>) {
        let counters = self.counters();
        counters.messages_out.add(1);
        counters.bytes_out.add(message.as_bytes().len());
        let mut stage = slot.stage.borrow_mut();
        let Stage::Open(connection) = &mut *stage else { return };
        let chain = slot.chain.take();
        let result = self.queue(connection, chain).and_then(|()| connection.send(message));
        let result = result.and_then(|()| connection.flush().map(|_| ()));
        self.settle(place, slot, connection, result);
    }

    /// Sends what there is so far when there is much.
    fn make_room(&self) {
        let is_full = self.turn.borrow().is_full();
        if is_full {
            self.send_turn();
        }
    }

    /// Sends what the turn has for each client, in one write.
    pub(super) fn send_turn(&self) {
        let receivers = self.turn.borrow_mut().take_receivers();
        for place in &receivers {
            self.send_chain(*place);
        }
        self.turn.borrow_mut().finish(receivers);
    }

    fn send_chain(&self, place: u32) {
        let slot = self.slots.slot(place);
        let chain = slot.chain.take();
        let mut stage = slot.stage.borrow_mut();
        let (false, Stage::Open(connection)) = (chain.is_empty(), &mut *stage) else { return };
        let result = self.queue(connection, chain).and_then(|()| connection.flush().map(|_| ()));
        self.settle(place, slot, connection, result);
    }

    /// Queues what the turn has for a client in front of what its connection may have to say by itself.
    pub(super) fn queue_chain(&self, place: u32) {
        let slot = self.slots.slot(place);
        if slot.chain.get().is_empty() {
            return;
        }
        let mut stage = slot.stage.borrow_mut();
        let Stage::Open(connection) = &mut *stage else { return };
        if let Err(error) = self.queue(connection, slot.chain.take()) {
            self.settle(place, slot, connection, Err(error));
        }
    }

    /// Queues the messages of a chain.
    fn queue(&self, connection: &mut Connection, chain: Chain) -> Result<()> {
        connection.cork();
        for delivery in self.turn.borrow().messages(chain) {
            let result = match delivery {
                Delivery::Message(message) => connection.send(message),
                Delivery::Prepared(prepared) => connection.send_prepared(prepared),
            };
            match result {
                Err(Error::Unsendable(error)) if error != Unsendable::BufferFull => self.counters().unsendable.add(1),
                result => result?,
            }
        }
        Ok(())
    }

    /// Takes note of what a write has led to: an end, or a wait.
    fn settle(&self, place: u32, slot: &Slot<D>, connection: &Connection, result: Result<()>) {
        match result {
            Ok(()) => {
                let waits = connection.wants_write();
                if waits && !slot.flags.is_waiting.replace(true) {
                    self.counters().waited.add(1);
                }
                self.watch(slot, connection);
            }
            // That is how a connection tells that too much waits for it.
            Err(Error::Closed) if slot.flags.is_open.get() => {
                self.end(place, Ended::Failed(Unsendable::BufferFull.into()));
            }
            Err(error) => self.end(place, Ended::Failed(error)),
        }
    }

    /// Watches for what the connection can do next.
    #[expect(clippy::unused_self, reason = "a rule for all clients")]
    pub(super) fn watch(&self, slot: &Slot<D>, connection: &Connection) {
        slot.watch(connection.buffered_amount() < MAX_WAITING, connection.wants_write());
    }

    /// Says whether a client is to be read from.
    pub(super) fn may_read(&self, slot: &Slot<D>) -> bool {
        let queued = match &*slot.stage.borrow() {
            Stage::Open(connection) => connection.buffered_amount(),
            _ => 0,
        };
        queued < MAX_WAITING
    }

    /// Enters a message that another thread has for a client.
    pub(super) fn deliver_to(&self, id: ClientId, prepared: Prepared) {
        let Some(place) = self.find(id) else { return };
        let slot = self.slots.slot(place);
        if slot.flags.is_ending.get() {
            return;
        }
        let size = prepared.payload().len();
        {
            let turn = &mut *self.turn.borrow_mut();
            let entry = turn.push_prepared(prepared);
            slot.chain.set(turn.link(place, slot.chain.get(), entry));
        }
        let counters = self.counters();
        counters.messages_out.add(1);
        counters.bytes_out.add(size);
        self.make_room();
    }

    /// How many bytes wait for a client, those of this turn too.
    pub(super) fn buffered_amount(&self, place: u32) -> usize {
        let slot = self.slots.slot(place);
        let queued = match &*slot.stage.borrow() {
            Stage::Open(connection) => connection.buffered_amount(),
            _ => 0,
        };
        queued + self.turn.borrow().messages(slot.chain.get()).map(|delivery| delivery.len()).sum::<usize>()
    }

    /// Hands what is for the other threads over.
    pub(super) fn send_parcels(&self) {
        let mut parcels = self.parcels.borrow_mut();
        if !parcels.is_empty() {
            self.shared.put(&parcels, Some(self.thread.into()));
            parcels.clear();
        }
    }

    /// Says whether the turn has nothing left to do.
    pub(super) fn is_turn_over(&self) -> bool {
        self.turn.borrow().is_empty() && self.ended.borrow().is_empty()
    }
}
