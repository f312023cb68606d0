//! Looking a name up with a deadline, which the system's own call does not have.

use std::{
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    sync::{
        Condvar, Mutex, PoisonError,
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

use super::Wait;
use crate::{AF_INET, AF_UNIX, SOCK_STREAM, socket_create_pair, ws::WebSocketError};

/// How many lookups may be under way at once. The system knows no way to end one, so it goes on when nobody waits for it.
const MAX_LOOKUPS: usize = 32;

/// How often one that waits for a place looks whether it is still wanted.
const STEP: Duration = Duration::from_millis(50);

static LOOKUPS: Places = Places { taken: Mutex::new(0), left: Condvar::new() };

/// Looks a name up on a thread of its own, which is left behind when it takes too long.
pub(super) fn lookup(host: &str, port: u16, wait: &Wait) -> Result<Vec<SocketAddr>, WebSocketError> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![(address, port).into()]);
    }
    let host = host.to_owned();
    resolve(&LOOKUPS, wait, move || (&*host, port).to_socket_addrs().map(Iterator::collect))
}

fn resolve(
    places: &'static Places,
    wait: &Wait,
    resolve: impl FnOnce() -> io::Result<Vec<SocketAddr>> + Send + 'static,
) -> Result<Vec<SocketAddr>, WebSocketError> {
    let place = places.take(wait)?;
    // The end of one socket tells the other that the lookup is done.
    let [done, running] = socket_create_pair(if cfg!(unix) { AF_UNIX } else { AF_INET }, SOCK_STREAM, 0)?;
    let (found, result): (_, Receiver<io::Result<Vec<SocketAddr>>>) = mpsc::channel();
    thread::Builder::new().name("name lookup".to_owned()).spawn(move || {
        // Nobody may be waiting any more.
        let _ = found.send(resolve());
        drop((place, running));
    })?;
    wait.until_readable(&done)?;
    Ok(result.recv().map_err(|_| WebSocketError::Closed)??)
}

/// How many lookups are under way.
#[derive(Debug)]
struct Places {
    taken: Mutex<usize>,
    left: Condvar,
}

/// One of them.
#[derive(Debug)]
struct Place(&'static Places);

impl Places {
    fn take(&'static self, wait: &Wait) -> Result<Place, WebSocketError> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken >= MAX_LOOKUPS {
            taken = self.left.wait_timeout(taken, STEP).unwrap_or_else(PoisonError::into_inner).0;
            wait.check()?;
        }
        *taken += 1;
        Ok(Place(self))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::{socket_write, ws::Timeout};

    fn wait(milliseconds: u64) -> Wait {
        Wait::new(Instant::now() + Duration::from_millis(milliseconds), None)
    }

    #[test]
    fn a_lookup_takes_no_longer_than_the_deadline() -> Result<(), WebSocketError> {
        static PLACES: Places = Places { taken: Mutex::new(0), left: Condvar::new() };
        let (release, released) = mpsc::channel::<()>();
        let mut slow = Some(released);
        let start = Instant::now();
        let result = resolve(&PLACES, &wait(100), {
            let released = slow.take();
            move || {
                released
                    .map_or(Ok(Vec::new()), |released| released.recv().map(|()| Vec::new()).map_err(io::Error::other))
            }
        });
        assert!(matches!(result, Err(WebSocketError::Timeout(Timeout::Handshake))), "{result:?}");
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert_eq!(*PLACES.taken.lock().expect("no panic"), 1, "it goes on");
        drop(release);
        let address = SocketAddr::from(([127, 0, 0, 1], 80));
        assert_eq!(resolve(&PLACES, &wait(10_000), move || Ok(vec![address]))?, [address]);
        let result = resolve(&PLACES, &wait(10_000), || Err(io::ErrorKind::NotFound.into()));
        assert!(matches!(result, Err(WebSocketError::Io(error)) if error.kind() == io::ErrorKind::NotFound));
        assert!(matches!(
            resolve(&PLACES, &wait(10_000), || panic!("a resolver's fault")),
            Err(WebSocketError::Closed)
        ));
        Ok(())
    }

    #[test]
    fn lookups_are_bounded_in_number_and_end_when_cancelled() -> Result<(), WebSocketError> {
        static PLACES: Places = Places { taken: Mutex::new(0), left: Condvar::new() };
        let (releases, blocked): (Vec<_>, Vec<_>) = (0..MAX_LOOKUPS).map(|_| mpsc::channel::<()>()).unzip();
        for blocked in blocked {
            let result =
                resolve(&PLACES, &wait(1), move || Ok(blocked.recv().map(|()| Vec::new()).unwrap_or_default()));
            assert!(matches!(result, Err(WebSocketError::Timeout(_))), "{result:?}");
        }
        let result = resolve(&PLACES, &wait(100), || Ok(Vec::new()));
        assert!(matches!(result, Err(WebSocketError::Timeout(_))), "{result:?}");
        let [cancelled, cancel] = socket_create_pair(if cfg!(unix) { AF_UNIX } else { AF_INET }, SOCK_STREAM, 0)?;
        socket_write(&cancel, "\0", None)?;
        let wait_cancelled = Wait::new(Instant::now() + Duration::from_secs(600), Some(cancelled));
        assert!(matches!(resolve(&PLACES, &wait_cancelled, || Ok(Vec::new())), Err(WebSocketError::Closed)));
        drop(releases);
        assert_eq!(resolve(&PLACES, &wait(10_000), || Ok(Vec::new()))?, []);
        assert!(matches!(
            resolve(&PLACES, &wait_cancelled, || loop {
                thread::park();
            }),
            Err(WebSocketError::Closed)
        ));
        Ok(())
    }
}
