use std::{
    net::{IpAddr, SocketAddr},
    time::Instant,
};

use super::{
    Client, Handler,
    proxy::{Announcement, forwarded},
    slots::{Leaving, Stage, Upgrade},
    worker::{LISTENER, Worker},
};
use crate::{
    Result, SOCKET_ECONNABORTED, SOCKET_ECONNRESET, SOCKET_EINVAL, SOCKET_ENOTCONN, Socket,
    poll::Event,
    socket_accept, socket_getpeername, socket_set_nonblock,
    ws::{
        Interest,
        handshake::{Request, Response},
        timers::deadline,
    },
};

/// Has the system wake us when a client's request is there, or has not come for a second.
#[cfg(target_os = "linux")]
pub(super) fn defer(listener: &Socket) -> Result<()> {
    crate::socket_set_option(listener, crate::SOL_TCP, crate::TCP_DEFER_ACCEPT, 1)
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "as where there is such an option")]
pub(super) fn defer(_: &Socket) -> Result<()> {
    Ok(())
}

/// Makes a listening socket for each thread, its own: the first one, and others on the same address. Where that cannot or shall
/// not be, all are the first one's, and who comes first accepts.
pub(super) fn listeners(first: &Socket, count: usize, is_shared: bool) -> Vec<(Socket, bool)> {
    let others = if is_shared { None } else { share_port(first, count - 1).ok() };
    let others = match others {
        Some(others) => others.into_iter().map(|listener| (listener, true)).collect(),
        None => vec![(first.clone(), false); count - 1],
    };
    [(first.clone(), true)].into_iter().chain(others).collect()
}

/// Only Linux spreads what comes among the sockets of an address.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn share_port(first: &Socket, count: usize) -> Result<Vec<Socket>> {
    use crate::{
        AF_INET, AF_INET6, SO_REUSEADDR, SO_REUSEPORT, SOCK_STREAM, SOL_SOCKET, SOL_TCP, SOMAXCONN, socket_bind,
        socket_create, socket_getsockname, socket_listen, socket_set_option,
    };
    let (ip, port) = socket_getsockname(first)?;
    let family = first.family();
    if family != AF_INET && family != AF_INET6 {
        return Err(crate::Error::Closed { function: "socket_bind" });
    }
    let narrow = narrow(first)?;
    socket_set_option(first, SOL_SOCKET, SO_REUSEPORT, 1)?;
    let others = (0..count).map(|_| {
        let listener = socket_create(family, SOCK_STREAM, SOL_TCP)?;
        socket_set_option(&listener, SOL_SOCKET, SO_REUSEADDR, 1)?;
        socket_set_option(&listener, SOL_SOCKET, SO_REUSEPORT, 1)?;
        for (level, option, value) in &narrow {
            socket_set_option(&listener, *level, *option, value.clone())?;
        }
        defer(&listener)?;
        socket_bind(&listener, &ip, port)?;
        socket_listen(&listener, SOMAXCONN)?;
        socket_set_nonblock(&listener)?;
        Ok(listener)
    });
    others.collect()
}

/// The options that keep somebody out: whoever does not come in by the first socket shall not by another.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn narrow(first: &Socket) -> Result<Vec<(i32, i32, crate::OptionValue)>> {
    let mut options = Vec::new();
    if first.family() == crate::AF_INET6 {
        options.push((crate::IPPROTO_IPV6, crate::IPV6_V6ONLY));
    }
    #[cfg(target_os = "linux")]
    options.push((crate::SOL_SOCKET, crate::SO_BINDTODEVICE));
    let values = options.into_iter().map(|(level, option)| {
        let value = crate::socket_get_option(first, level, option)?;
        Ok((level, option, value))
    });
    // To no device everything is bound, and not everybody may say so.
    values.filter(|it| !it.as_ref().is_ok_and(|(_, _, value)| *value == "")).collect()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn share_port(_: &Socket, _: usize) -> Result<Vec<Socket>> {
    Err(crate::Error::Closed { function: "socket_bind" })
}

/// What accepting says of one who has left before: Unix, Windows, Wine.
const GONE: [i32; 3] = [SOCKET_ECONNABORTED, SOCKET_ECONNRESET, SOCKET_ENOTCONN];

/// Who has been refused may stay for a moment to read it, but only so many at once.
const MAX_TURNED_AWAY: usize = 256;

impl<H: Handler> Worker<'_, H> {
    /// Takes newcomers in.
    pub(super) fn accept(&mut self) {
        for _ in 0..self.settings.max_accepts_per_turn {
            match socket_accept(&self.listener) {
                Ok(socket) => self.admit(socket),
                Err(error) if error.is_silent() => return,
                Err(error) if GONE.contains(&error.code()) => {}
                // It does not listen, or not any more.
                Err(error) if error.code() == SOCKET_EINVAL && self.shared.stopping().is_none() => {
                    return self.shared.fail(error);
                }
                // No descriptors or memory are left. Until something has been closed, or the next check, the listening socket
                // would be ready all the time.
                Err(_) => return self.pause(),
            }
        }
    }

    fn pause(&mut self) {
        if let Some(listening) = self.listening.take() {
            self.clients.counters().paused.add(1);
            // The socket is open, and watched.
            let _ = listening.remove();
        }
    }

    /// Says whether the listening socket was closed by somebody else.
    pub(super) fn has_lost_listener(&self) -> bool {
        self.stopping.is_none() && self.listener.is_closed() && self.shared.stopping().is_none()
    }

    /// Accepts again, after a pause.
    pub(super) fn resume(&mut self) {
        if self.listening.is_none() && self.stopping.is_none() {
            self.listening = self.context.add_numbered(&self.listener, Event::Read, LISTENER).ok();
        }
    }

    fn admit(&mut self, socket: Socket) {
        let counters = self.clients.counters();
        counters.accepted.add(1);
        if socket_set_nonblock(&socket).is_err() {
            return;
        }
        if self.shared.connections() >= self.settings.max_connections {
            counters.refused_full.add(1);
            return self.refuse(None, &socket, 503);
        }
        let ip = if self.settings.wants_address() { ip(&socket) } else { None };
        if self.settings.proxies.as_ref().is_some_and(|proxies| proxies.have(&socket, ip)) {
            if let Some(place) = self.place(&socket) {
                let until = deadline(self.settings.handshake_timeout);
                self.hear_proxy(place, Box::new(Announcement::new(socket, until)));
            }
            return;
        }
        self.welcome(None, &socket, ip);
    }

    /// Goes on with what a proxy says of its client.
    pub(super) fn hear_proxy(&mut self, place: u32, mut announcement: Box<Announcement>) {
        match announcement.read() {
            Ok(None) => *self.clients.slots.slot(place).stage.borrow_mut() = Stage::Announced(announcement),
            Ok(Some(address)) => {
                let address = address.map(|address| SocketAddr::new(address.ip().to_canonical(), address.port()));
                self.clients.announced.extend(address.map(|address| (place, address)));
                let ip = address.map(|address| address.ip()).or_else(|| ip(&announcement.socket));
                self.welcome(Some(place), &announcement.socket, ip);
            }
            Err(_) => {
                self.clients.counters().refused_request.add(1);
                self.free(place);
            }
        }
    }

    /// Begins the opening handshake, unless too many come from there.
    fn welcome(&mut self, place: Option<u32>, socket: &Socket, ip: Option<IpAddr>) {
        // Whose connection a forwarder's is will be known with the request.
        let is_forwarder = |ip: &IpAddr| self.settings.forwarders.as_ref().is_some_and(|it| it.contains(ip));
        let counted = self.settings.max_per_address.zip(ip).filter(|(_, ip)| !is_forwarder(ip));
        if counted.is_some_and(|(most, ip)| !self.shared.enter_address(ip, most)) {
            self.clients.counters().refused_address.add(1);
            return self.refuse(place, socket, 429);
        }
        let leave = |it: &Self| counted.into_iter().for_each(|(_, ip)| it.shared.leave_address(ip));
        let Some(place) = place.or_else(|| self.place(socket)) else { return leave(self) };
        let Ok(transport) = self.settings.transport(socket.clone()) else {
            leave(self);
            return self.free(place);
        };
        self.addresses.extend(counted.map(|(_, ip)| (place, ip)));
        if self.settings.max_lifetime.is_some() {
            self.since.insert(place, Instant::now());
        }
        // The request is there, most likely.
        self.open(place, Box::new(self.settings.acceptor.upgrade(transport)));
    }

    /// Tells a newcomer by HTTP that there is no room.
    fn refuse(&mut self, place: Option<u32>, socket: &Socket, status: u16) {
        let Ok(transport) = self.settings.transport(socket.clone()) else {
            return place.into_iter().for_each(|place| self.free(place));
        };
        let mut upgrade = self.settings.acceptor.upgrade(transport);
        let may_stay = self.turned_away.len() < MAX_TURNED_AWAY;
        if place.is_none() && !may_stay {
            // As much as the system takes at once.
            let _ = upgrade.respond(refused(status));
        } else if let Some(place) = place.or_else(|| self.place(socket)) {
            if may_stay {
                self.turned_away.insert(place);
                self.clients.own.turned_away.add(1);
            }
            self.respond(place, upgrade, refused(status));
        }
    }

    /// Takes note of whose request it is, where a proxy says so.
    pub(super) fn hear_forwarder(&mut self, place: u32, request: &Request) {
        let Some(forwarders) = &self.settings.forwarders else { return };
        let peer = self.address(place);
        let watcher = self.clients.slots.slot(place).watcher.as_ref();
        if watcher.is_some_and(|watcher| forwarders.have(watcher.handle(), peer)) {
            let address = forwarded(request, forwarders);
            self.clients.announced.extend(address.map(|address| (place, SocketAddr::new(address, 0))));
        }
    }

    /// Counts a forwarder's client, unless too many come from there.
    pub(super) fn has_room(&mut self, place: u32) -> bool {
        if self.settings.forwarders.is_none() || self.addresses.contains_key(&place) {
            return true;
        }
        let Some((most, address)) = self.settings.max_per_address.zip(self.address(place)) else { return true };
        let has_room = self.shared.enter_address(address, most);
        if has_room {
            self.addresses.insert(place, address);
        } else {
            self.clients.counters().refused_address.add(1);
        }
        has_room
    }

    fn address(&mut self, place: u32) -> Option<IpAddr> {
        let client = Client { clients: &mut self.clients, place };
        parse(&client.address()?.0)
    }

    /// Takes a place for a connection, and watches it.
    fn place(&mut self, socket: &Socket) -> Option<u32> {
        let place = self.clients.slots.take()?;
        self.clients.counters().connections.add(1);
        match self.context.add_numbered(socket, Event::Read, place) {
            Ok(watcher) => {
                let slot = self.clients.slots.slot_mut(place);
                slot.watched(watcher, Interest::Read);
                Some(place)
            }
            Err(_) => {
                self.free(place);
                None
            }
        }
    }

    /// Answers by HTTP; the client has a moment to read it.
    pub(super) fn respond(&mut self, place: u32, mut upgrade: Upgrade, response: Response) {
        match upgrade.respond(response) {
            Ok(_) => self.linger(place, upgrade),
            Err(_) => self.free(place),
        }
    }

    /// Waits until a client has read its answer.
    pub(super) fn linger(&mut self, place: u32, upgrade: Upgrade) {
        self.answers.enter(place, upgrade.answer_len());
        let leaving = Leaving::new(upgrade);
        let slot = self.clients.slots.slot(place);
        slot.watch(leaving.interest());
        *slot.stage.borrow_mut() = Stage::Leaving(Box::new(leaving));
        while let Some(oldest) = self.answers.oldest_beyond(self.settings.answer_limit) {
            let stage = &self.clients.slots.slot(oldest).stage;
            if matches!(&*stage.borrow(), Stage::Leaving(leaving) if leaving.upgrade.wants_write()) {
                self.clients.counters().dropped_slow.add(1);
            }
            self.free(oldest);
        }
    }
}

/// Returns the address of the peer, where it has one.
fn ip(socket: &Socket) -> Option<IpAddr> {
    parse(&socket_getpeername(socket).ok()?.0)
}

fn parse(address: &str) -> Option<IpAddr> {
    // A link-local address has its scope behind it.
    let ip: IpAddr = address.split('%').next()?.parse().ok()?;
    // A socket for both families sees one of IPv4 as IPv6 has it.
    Some(ip.to_canonical())
}

pub(super) fn refused(status: u16) -> Response {
    let response = Response::new(status);
    response.clone().with_header("Retry-After", "10").unwrap_or(response)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::{
        AF_INET, AF_INET6, IPPROTO_IPV6, IPV6_V6ONLY, SO_BINDTODEVICE, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, SOL_TCP,
        socket_bind, socket_create, socket_get_option, socket_listen, socket_set_option,
    };

    /// Whom the first one does not let in, no other thread does.
    #[test]
    fn each_thread_s_socket_is_as_narrow_as_the_first_one() -> Result<()> {
        for (family, ip, narrow) in [(AF_INET6, "::", true), (AF_INET6, "::", false), (AF_INET, "0.0.0.0", true)] {
            let first = socket_create(family, SOCK_STREAM, SOL_TCP)?;
            socket_set_option(&first, SOL_SOCKET, SO_REUSEADDR, 1)?;
            if family == AF_INET6 {
                socket_set_option(&first, IPPROTO_IPV6, IPV6_V6ONLY, narrow)?;
            }
            // Not everybody may.
            let device =
                if narrow && socket_set_option(&first, SOL_SOCKET, SO_BINDTODEVICE, "lo").is_ok() { "lo" } else { "" };
            socket_bind(&first, ip, 0)?;
            socket_listen(&first, None)?;
            let listeners = listeners(&first, 3, false);
            assert!(listeners.iter().all(|(_, is_own)| *is_own));
            for (listener, _) in listeners {
                assert_eq!(socket_get_option(&listener, SOL_SOCKET, SO_BINDTODEVICE)?, device);
                if family == AF_INET6 {
                    assert_eq!(socket_get_option(&listener, IPPROTO_IPV6, IPV6_V6ONLY)?, i32::from(narrow));
                }
            }
        }
        Ok(())
    }
}
