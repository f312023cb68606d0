//! `socket_select` over poll(2), which has no limit on descriptors.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hash};
use std::io;
use std::time::{Duration, Instant};

use crate::sys::{self, PollFd};
use crate::{Error, Result, Socket};

/// A collection of sockets that [`socket_select`] can look through and cut down to those that are ready.
///
/// It is implemented for a `Vec`, a `HashMap` and a `BTreeMap` of anything that [has a socket](HasSocket), and for sets of
/// sockets. The keys of a map and of a `Vec<(K, Socket)>` stay with their sockets, as PHP's array keys do; the `Vec` also has
/// the order of PHP's arrays, that of insertion.
///
/// PHP copies an array in no time. So is a `Vec` of references made, which is the quickest of all and the way from any other
/// collection: an array, a slice, a map whose keys are the sockets (`clients.keys().collect::<Vec<_>>()`).
///
/// ```
/// use std::collections::HashMap;
///
/// use php_sockets::*;
///
/// let listener = socket_create_listen(0, None)?;
/// let clients = HashMap::from([("小明", listener)]);
/// let mut read: Vec<_> = clients.iter().collect(); // of pairs: (&&str, &Socket)
/// socket_select(&mut read, None, None, 0, 1000)?;
/// for (name, socket) in read {
///     println!("{name} has something to say: {:?}", socket_read(socket, 2048, None)?);
/// }
/// # Ok::<(), Error>(())
/// ```
pub trait SocketSet {
    /// Shows every socket to `visit`, always in the same order.
    fn for_each(&self, visit: &mut dyn FnMut(&Socket));

    /// Removes every socket for which `keep` is false. `keep` must be asked once for each socket, in the order of
    /// [`for_each`](SocketSet::for_each).
    fn retain(&mut self, keep: &mut dyn FnMut(&Socket) -> bool);
}

/// What an element of a [`SocketSet`] is: a socket, a reference to one, a pair of a key and one, or a type of your own.
///
/// ```
/// use php_sockets::*;
///
/// struct Client { conn: Socket, nickname: String }
///
/// impl HasSocket for Client {
///     fn socket(&self) -> &Socket {
///         &self.conn
///     }
/// }
///
/// let clients = vec![Client { conn: socket_create_listen(0, None)?, nickname: "小明".to_owned() }];
/// let mut read: Vec<&Client> = clients.iter().collect();
/// assert_eq!(socket_select(&mut read, None, None, 0, 1000)?, 0);
/// # Ok::<(), Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no socket",
    label = "a `Socket`, a reference to one, a pair of a key and one, or a type of your own with `impl HasSocket`"
)]
pub trait HasSocket {
    /// Returns its socket.
    fn socket(&self) -> &Socket;
}

impl HasSocket for Socket {
    fn socket(&self) -> &Socket {
        self
    }
}

impl<T: HasSocket + ?Sized> HasSocket for &T {
    fn socket(&self) -> &Socket {
        (**self).socket()
    }
}

/// A key and what has a socket.
impl<K, T: HasSocket> HasSocket for (K, T) {
    fn socket(&self) -> &Socket {
        self.1.socket()
    }
}

/// Implements [`SocketSet`] for a collection: how its elements are gone through, and what its own `retain` shows.
macro_rules! sets {
    ($($set:ty, $each:ident, |$($shown:pat_param),+| $element:ident, [$($generics:tt)+];)+) => {$(
        impl<$($generics)+> SocketSet for $set {
            fn for_each(&self, visit: &mut dyn FnMut(&Socket)) {
                self.$each().for_each(|element| visit(element.socket()));
            }

            fn retain(&mut self, keep: &mut dyn FnMut(&Socket) -> bool) {
                self.retain(|$($shown),+| keep($element.socket()));
            }
        }
    )+};
}

sets! {
    Vec<T>, iter, |element| element, [T: HasSocket];
    VecDeque<T>, iter, |element| element, [T: HasSocket];
    HashSet<T, S>, iter, |element| element, [T: HasSocket + Eq + Hash, S: BuildHasher];
    HashMap<K, T, S>, values, |_, element| element, [K, T: HasSocket, S: BuildHasher];
    BTreeMap<K, T>, values, |_, element| element, [K: Ord, T: HasSocket];
}

/// What [`socket_select`] takes for PHP's `?array`: `&mut set` for a [`SocketSet`], or `None`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither `&mut` of a set of sockets nor `None`",
    label = "PHP's `?array &$read` is `&mut read`, where `read` is a `Vec`, a map or another `SocketSet`, or `None`"
)]
pub trait OptionalSet<'a> {
    /// Returns the set, if there is one.
    fn into_option(self) -> Option<&'a mut dyn SocketSet>;
}

impl<'a, T: SocketSet + 'a> OptionalSet<'a> for &'a mut T {
    fn into_option(self) -> Option<&'a mut dyn SocketSet> {
        Some(self)
    }
}

/// What may be `None` at run time.
impl<'a> OptionalSet<'a> for Option<&'a mut dyn SocketSet> {
    fn into_option(self) -> Self {
        self
    }
}

/// One of the three sets: its place in PHP's signature, what poll(2) is asked for, and what of its answer counts.
struct Interest {
    argument: &'static str,
    events: i16,
    ready: i16,
}

/// select(2) counts an error and the peer's hang-up as readable, an error as writable.
const INTERESTS: [Interest; 3] = [
    Interest { argument: "#1 ($read)", events: sys::POLLIN, ready: sys::POLLIN | sys::POLLHUP | sys::POLLERR },
    Interest { argument: "#2 ($write)", events: sys::POLLOUT, ready: sys::POLLOUT | sys::POLLERR },
    Interest { argument: "#3 ($except)", events: sys::POLLPRI, ready: sys::POLLPRI },
];

/// Waits until a socket can be read or written without blocking, or has urgent data, with poll(2).
///
/// ```text
/// socket_select(?array &$read, ?array &$write, ?array &$except, ?int $seconds, int $microseconds = 0): int|false
/// ```
///
/// Each set is `None` or a `&mut` [`SocketSet`], cut down to the sockets that are ready; keys stay with their sockets. The
/// result is the number of ready sockets, counted once for each set. `seconds` is `None` to wait for ever, `Some(5)`, or
/// just `5`; `microseconds` likewise, and may be above 999,999. PHP's limit of 1024 descriptors is gone. A set is left
/// alone by an error.
///
/// One call costs time in proportion to the number of sockets; `poll::Context` does not.
///
/// # Errors
/// `ValueError` without any socket, `TypeError` for a closed one. `Unable to select` with
/// [`SOCKET_EINTR`](crate::SOCKET_EINTR), or [`SOCKET_EINVAL`](crate::SOCKET_EINVAL) for a negative time or more than
/// `i64::MAX` seconds; it is recorded for the thread.
///
/// See <https://www.php.net/socket_select>.
///
/// # Examples
/// ```
/// use php_sockets::*;
///
/// let listener = socket_create_listen(0, None)?;
/// let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
/// socket_connect(&client, "127.0.0.1", socket_getsockname(&listener)?.1)?;
///
/// let clients = vec![listener.clone(), client.clone()];
/// let mut read = clients.clone();
/// assert_eq!(socket_select(&mut read, None, None, 5, None)?, 1);
/// assert_eq!(read, [listener]);
///
/// let mut read = std::collections::HashMap::from([("小明", client)]);
/// assert_eq!(socket_select(&mut read, None, None, 0, 200)?, 0);
/// assert!(read.is_empty());
/// # Ok::<(), Error>(())
/// ```
pub fn socket_select<'a>(
    read: impl OptionalSet<'a>,
    write: impl OptionalSet<'a>,
    except: impl OptionalSet<'a>,
    seconds: impl Into<Option<i64>>,
    microseconds: impl Into<Option<i64>>,
) -> Result<usize> {
    let sets = [read.into_option(), write.into_option(), except.into_option()];
    select(sets, seconds.into(), microseconds.into().unwrap_or(0))
}

const FUNCTION: &str = "socket_select";

/// The longest list that a thread keeps for its next call, in descriptors.
const KEPT: usize = 4096;

thread_local! {
    /// The list for poll(2), so that a loop of calls allocates nothing.
    static DESCRIPTORS: Cell<Vec<PollFd>> = const { Cell::new(Vec::new()) };
}

fn select(mut sets: [Option<&mut dyn SocketSet>; 3], seconds: Option<i64>, microseconds: i64) -> Result<usize> {
    let mut descriptors = DESCRIPTORS.take();
    descriptors.clear();
    let result = select_with(&mut descriptors, &mut sets, seconds, microseconds);
    if descriptors.capacity() <= KEPT {
        DESCRIPTORS.set(descriptors);
    }
    result
}

fn select_with(
    descriptors: &mut Vec<PollFd>,
    sets: &mut [Option<&mut dyn SocketSet>; 3],
    seconds: Option<i64>,
    microseconds: i64,
) -> Result<usize> {
    let mut ends = [0; 3];
    for ((set, interest), end) in sets.iter().zip(&INTERESTS).zip(&mut ends) {
        if let Some(set) = set {
            collect(&**set, interest, descriptors)?;
        }
        *end = descriptors.len();
    }
    if descriptors.is_empty() {
        return Err(Error::value(FUNCTION, "At least one array argument must be passed"));
    }
    let timeout = match seconds.map(|seconds| duration(seconds, microseconds)) {
        Some(None) => return Err(Error::warning(FUNCTION, "Unable to select", crate::SOCKET_EINVAL)),
        Some(timeout) => timeout,
        None => None,
    };
    wait(descriptors, timeout).map_err(|error| Error::system(FUNCTION, "Unable to select", &error))?;

    let mut count = 0;
    let mut start = 0;
    for ((set, interest), end) in sets.iter_mut().zip(&INTERESTS).zip(ends) {
        if let Some(set) = set {
            count += keep_ready(&mut **set, interest, &mut descriptors[start..end]);
        }
        start = end;
    }
    Ok(count)
}

fn collect(set: &dyn SocketSet, interest: &Interest, descriptors: &mut Vec<PollFd>) -> Result<()> {
    let mut closed = false;
    set.for_each(&mut |socket| {
        closed |= socket.is_closed();
        descriptors.push(PollFd { fd: socket.descriptor(), events: interest.events, revents: 0 });
    });
    if closed {
        return Err(Error::type_(FUNCTION, format!("Argument {} contains a closed socket", interest.argument)));
    }
    Ok(())
}

/// Adds up PHP's seconds and microseconds, carrying first as PHP does; `None` where one is negative then, or the sum too large.
fn duration(seconds: i64, microseconds: i64) -> Option<Duration> {
    const CARRY: i64 = 1_000_000;
    let seconds = seconds.checked_add((microseconds / CARRY).max(0))?;
    let microseconds = if microseconds < 0 { microseconds } else { microseconds % CARRY };
    let seconds = Duration::from_secs(seconds.try_into().ok()?);
    Some(seconds.saturating_add(Duration::from_micros(microseconds.try_into().ok()?)))
}

/// Waits until one of `descriptors` is ready in the sense of select(2).
fn wait(descriptors: &mut [PollFd], timeout: Option<Duration>) -> io::Result<()> {
    // A deadline beyond what the clock can express is as good as none.
    let deadline = timeout.map(|timeout| Instant::now().checked_add(timeout));
    let mut remaining = timeout;
    loop {
        let answers = poll(descriptors, remaining)?;
        let mut ready = answers == 0;
        for descriptor in descriptors.iter_mut().filter(|descriptor| descriptor.revents != 0).take(answers) {
            if descriptor.revents & sys::POLLNVAL != 0 {
                return Err(io::Error::from_raw_os_error(crate::SOCKET_EBADF));
            }
            if is_ready(descriptor) {
                ready = true;
            } else {
                // poll(2) tells of a hang-up unasked, and would at once do so again: this descriptor has nothing to say.
                *descriptor = PollFd { fd: sys::NO_DESCRIPTOR, events: 0, revents: 0 };
            }
        }
        if ready {
            return Ok(());
        }
        remaining = deadline.flatten().map(|deadline| deadline.saturating_duration_since(Instant::now()));
    }
}

/// poll(2) takes no longer list than there may be open files, and a socket in three sets is in it three times: then each
/// descriptor is asked for once.
fn poll(descriptors: &mut [PollFd], timeout: Option<Duration>) -> io::Result<usize> {
    match sys::poll(descriptors, timeout) {
        Err(error) if crate::error::os_code(&error) == crate::SOCKET_EINVAL => poll_merged(descriptors, timeout),
        answers => answers,
    }
}

fn poll_merged(descriptors: &mut [PollFd], timeout: Option<Duration>) -> io::Result<usize> {
    let entry = |descriptor: &PollFd| PollFd { fd: descriptor.fd, events: descriptor.events, revents: 0 };
    let mut merged: Vec<_> = descriptors.iter().map(entry).collect();
    merged.sort_unstable_by_key(|descriptor| descriptor.fd);
    merged.dedup_by(|next, kept| {
        let same = next.fd == kept.fd;
        if same {
            kept.events |= next.events;
        }
        same
    });
    sys::poll(&mut merged, timeout)?;
    let mut answers = 0;
    for descriptor in descriptors {
        let found = merged.binary_search_by_key(&descriptor.fd, |merged| merged.fd);
        let revents = found.map_or(0, |index| merged[index].revents);
        descriptor.revents = revents & (descriptor.events | sys::POLLERR | sys::POLLHUP | sys::POLLNVAL);
        answers += usize::from(descriptor.revents != 0);
    }
    Ok(answers)
}

fn is_ready(descriptor: &PollFd) -> bool {
    INTERESTS.iter().any(|interest| descriptor.events == interest.events && descriptor.revents & interest.ready != 0)
}

/// Cuts `set` down to the sockets that are ready, and returns the number of their descriptors.
fn keep_ready(set: &mut dyn SocketSet, interest: &Interest, descriptors: &mut [PollFd]) -> usize {
    let is_ready = |descriptor: &PollFd| descriptor.revents & interest.ready != 0;
    let mut answers = descriptors.iter();
    set.retain(&mut |_| answers.next().is_some_and(is_ready));

    let mut ready = 0;
    for index in 0..descriptors.len() {
        if is_ready(&descriptors[index]) {
            descriptors.swap(ready, index);
            ready += 1;
        }
    }
    let ready = &mut descriptors[..ready];
    ready.sort_unstable_by_key(|descriptor| descriptor.fd);
    ready.chunk_by(|one, next| one.fd == next.fd).count()
}
