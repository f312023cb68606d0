//! Who is there, in which topics, and who ends with the turn.

use std::sync::Arc;

use super::{
    Clients,
    clients::Ended,
    slots::{Slot, Stage},
    topics::{self, MAX_NAME, Moved, Subscriptions, Topics},
};
use crate::ws::{CloseCode, CloseFrame, Role, WebSocketError, connection::is_end, encoder::check_close};

impl<D> Clients<D> {
    /// Takes a client out of what others can reach: it ends with this turn.
    pub(super) fn end(&self, place: u32, ended: Ended) {
        if self.slots.slot(place).flags.end() {
            self.ended.borrow_mut().push_back((place, ended));
            self.unfinished.set(true);
        }
    }

    /// Ends a client with whose connection something has failed. What one who is paused sent before is not heard.
    pub(super) fn fail(&self, place: u32, error: WebSocketError) {
        let is_heard = !self.slots.slot(place).flags.is_paused();
        let ended = match error {
            WebSocketError::Io(error) if is_end(&error) => {
                if is_heard {
                    Ended::Lost
                } else {
                    Ended::abnormal()
                }
            }
            error => Ended::Failed(error),
        };
        self.end(place, ended);
    }

    /// Returns the next who has ended; one whose place has been given back is passed over.
    pub(super) fn take_ended(&self) -> Option<(u32, Ended)> {
        let mut ended = self.ended.borrow_mut();
        loop {
            let next = ended.pop_front()?;
            if self.slots.slot(next.0).flags.is_ending() {
                return Some(next);
            }
        }
    }

    pub(super) fn close_at(&self, place: u32, frame: Option<CloseFrame<'_>>) {
        let sendable = frame.filter(|frame| check_close(Role::Server, *frame).is_ok());
        self.counters().unsendable.add(usize::from(sendable != frame));
        self.end(place, Ended::Closing(sendable.map(|frame| (frame.code, frame.reason.into()))));
    }

    /// Ends a client's connection with this turn, whoever it is; what waits for it is given back now.
    pub(super) fn terminate_at(&self, place: u32) {
        let slot = self.slots.slot(place);
        if !slot.flags.terminate() {
            return;
        }
        self.counters().terminated.add(1);
        if let Stage::Open(connection) = &mut *slot.stage.borrow_mut() {
            connection.abandon();
        }
        // Before what else may be known of its end, which is passed over then.
        self.ended.borrow_mut().push_front((place, Ended::Terminated));
        self.unfinished.set(true);
    }

    /// Reads nothing from a client for a while.
    pub(super) fn pause(&self, place: u32) {
        let slot = self.slots.slot(place);
        if slot.flags.pause() {
            self.look_for(slot);
        }
    }

    /// Reads from a client again; what has come is heard at the end of the turn.
    pub(super) fn resume(&self, place: u32) {
        let slot = self.slots.slot(place);
        if slot.flags.resume() {
            self.look_for(slot);
            self.resumed.borrow_mut().push(place);
            self.unfinished.set(true);
        }
    }

    /// Watches for what a client waits for now.
    fn look_for(&self, slot: &Slot<D>) {
        if let Stage::Open(connection) = &*slot.stage.borrow() {
            slot.watch(connection.interest());
        }
    }

    /// Enters a client as open.
    pub(super) fn enter(&self, place: u32) {
        let mut open = self.open.borrow_mut();
        let slot = self.slots.slot(place);
        slot.flags.open();
        slot.position.set(u32::try_from(open.len()).unwrap_or(u32::MAX));
        open.push(place);
        self.counters().opened.add(1);
        self.counters().open.add(1);
    }

    /// Takes a client out of the list and its topics.
    pub(super) fn leave(&self, place: u32) {
        let slot = self.slots.slot(place);
        if !slot.flags.leave() {
            return;
        }
        {
            let mut open = self.open.borrow_mut();
            let position = slot.position.get();
            open.swap_remove(position as usize);
            if let Some(last) = open.get(position as usize) {
                self.slots.slot(*last).position.set(position);
            }
        }
        let subscriptions = slot.subscriptions.take();
        let topics = &mut *self.topics.borrow_mut();
        for subscription in subscriptions.into_iter().flat_map(|it| *it) {
            self.tell_moved(topics.leave(subscription));
        }
        self.counters().open.sub(1);
    }

    pub(super) fn subscribe(&self, place: u32, topic: &str) {
        let slot = self.slots.slot(place);
        if !slot.flags.is_served() {
            return;
        }
        if topic.len() > MAX_NAME {
            return self.counters().refused_topic.add(1);
        }
        let mut subscriptions = slot.subscriptions.take().unwrap_or_default();
        let topics = &mut *self.topics.borrow_mut();
        if subscriptions.len() < self.max_topics {
            topics.subscribe(topic, place, &mut subscriptions);
        } else if !topics.has(topic, &subscriptions) {
            self.counters().refused_topic.add(1);
        }
        slot.subscriptions.set(Some(subscriptions));
    }

    pub(super) fn unsubscribe(&self, place: u32, topic: &str) {
        let slot = self.slots.slot(place);
        let Some(mut subscriptions) = slot.subscriptions.take() else { return };
        let moved = self.topics.borrow_mut().unsubscribe(topic, &mut subscriptions);
        slot.subscriptions.set((!subscriptions.is_empty()).then_some(subscriptions));
        self.tell_moved(moved);
    }

    pub(super) fn topics(&self, place: u32) -> Vec<Arc<str>> {
        self.with_subscriptions(place, Topics::names)
    }

    pub(super) fn is_subscribed(&self, place: u32, topic: &str) -> bool {
        self.with_subscriptions(place, |topics, subscriptions| topics.has(topic, subscriptions))
    }

    /// Looks at a client's subscriptions, if it has any.
    fn with_subscriptions<T: Default>(&self, place: u32, look: impl FnOnce(&Topics, &Subscriptions) -> T) -> T {
        let slot = self.slots.slot(place);
        let Some(subscriptions) = slot.subscriptions.take() else { return T::default() };
        let seen = look(&self.topics.borrow(), &subscriptions);
        slot.subscriptions.set(Some(subscriptions));
        seen
    }

    fn tell_moved(&self, moved: Option<Moved>) {
        let Some(moved) = moved else { return };
        let slot = self.slots.slot(moved.place);
        if let Some(mut subscriptions) = slot.subscriptions.take() {
            topics::moved(moved, &mut subscriptions);
            slot.subscriptions.set(Some(subscriptions));
        }
    }

    /// Drops all clients of a topic who have missed something.
    pub(super) fn drop_subscribers(&self, topic: Option<&str>) {
        let topics = self.topics.borrow();
        let open = self.open.borrow();
        let places = match topic {
            None => &open[..],
            Some(topic) => topics.get(topic).map_or(&[][..], |(_, subscribers)| subscribers),
        };
        places.iter().for_each(|place| self.drop_behind(*place));
    }

    /// Drops a client that has missed something.
    pub(super) fn drop_behind(&self, place: u32) {
        let slot = self.slots.slot(place);
        if slot.flags.is_served() {
            self.counters().dropped_inbox.add(1);
            self.close_at(place, CloseCode::TRY_AGAIN_LATER.into());
        }
    }
}
