//! The same rules for every driver, the one of other systems included, which runs on epoll here.

use std::io;
use std::num::NonZeroUsize;
use std::thread;
use std::time::{Duration, Instant};

use super::{Driver, Key};
use crate::poll::{Event, Events};
use crate::{
    AF_INET, AF_UNIX, Linger, SO_LINGER, SOCK_STREAM, SOL_SOCKET, SOL_TCP, Socket, socket_accept, socket_close,
    socket_connect, socket_create, socket_create_listen, socket_create_pair, socket_getsockname, socket_read,
    socket_set_option, socket_shutdown, socket_write,
};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const NOW: Option<Duration> = Some(Duration::ZERO);
const SOON: Option<Duration> = Some(Duration::from_secs(60));

fn pair() -> Result<[Socket; 2]> {
    Ok(socket_create_pair(if cfg!(unix) { AF_UNIX } else { AF_INET }, SOCK_STREAM, 0)?)
}

fn key(socket: &Socket, generation: u32) -> Key {
    Key::new(socket, generation)
}

fn wait(driver: &dyn Driver, timeout: Option<Duration>) -> io::Result<Vec<(Key, Events)>> {
    let mut found = Vec::new();
    driver.wait(NonZeroUsize::MAX, timeout, &mut |events| events.for_each(|event| found.push(event)))?;
    Ok(found)
}

/// Each driver is made anew for each rule.
fn for_each_driver(rule: impl Fn(&dyn Driver) -> Result) -> Result {
    #[cfg(target_os = "linux")]
    rule(&*super::epoll()?)?;
    rule(&*super::poll()?)?;
    rule(&*super::polling()?)
}

#[test]
fn level_triggered_events_are_reported_as_long_as_they_last() -> Result {
    for_each_driver(|driver| {
        let [a, b] = pair()?;
        driver.add(&a, key(&a, 5), Event::Read.into())?;
        assert_eq!(wait(driver, NOW)?, []);
        socket_write(&b, "测试", None)?;
        for _ in 0..3 {
            assert_eq!(wait(driver, SOON)?, [(key(&a, 5), Event::Read.into())]);
        }
        socket_read(&a, 100, None)?;
        assert_eq!(wait(driver, NOW)?, []);
        Ok(())
    })
}

#[test]
fn reading_and_writing_are_one_report() -> Result {
    for_each_driver(|driver| {
        let [a, b] = pair()?;
        socket_write(&b, "x", None)?;
        driver.add(&a, key(&a, 0), Event::Read | Event::Write)?;
        assert_eq!(wait(driver, SOON)?, [(key(&a, 0), Event::Read | Event::Write)]);
        Ok(())
    })
}

#[test]
fn one_shot_is_silent_until_it_is_modified() -> Result {
    for_each_driver(|driver| {
        let [a, _b] = pair()?;
        driver.add(&a, key(&a, 1), Event::Write | Event::OneShot)?;
        assert_eq!(wait(driver, SOON)?, [(key(&a, 1), Event::Write.into())]);
        assert_eq!(wait(driver, NOW)?, []);
        let again = driver.add(&a, key(&a, 2), Event::Write.into()).expect_err("it is still registered");
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        driver.modify(&a, key(&a, 1), Event::Write | Event::OneShot)?;
        assert_eq!(wait(driver, SOON)?, [(key(&a, 1), Event::Write.into())]);
        assert_eq!(wait(driver, NOW)?, []);
        Ok(())
    })
}

#[test]
fn a_removed_socket_is_silent_and_can_come_back() -> Result {
    for_each_driver(|driver| {
        let [a, _b] = pair()?;
        driver.add(&a, key(&a, 1), Event::Write.into())?;
        driver.remove(&a, key(&a, 1))?;
        assert!(driver.remove(&a, key(&a, 1)).is_err());
        assert!(driver.modify(&a, key(&a, 1), Event::Write.into()).is_err());
        assert_eq!(wait(driver, NOW)?, []);
        driver.add(&a, key(&a, 2), Event::Write.into())?;
        assert_eq!(wait(driver, SOON)?, [(key(&a, 2), Event::Write.into())]);
        driver.remove(&a, key(&a, 2))?;
        socket_close(&a)?;
        assert_eq!(wait(driver, NOW)?, []);
        Ok(())
    })
}

#[test]
fn an_event_that_does_not_fit_is_not_lost() -> Result {
    for_each_driver(|driver| {
        let pairs = [pair()?, pair()?, pair()?];
        for ([socket, _], generation) in pairs.iter().zip(0..) {
            driver.add(socket, key(socket, generation), Event::Write | Event::OneShot)?;
        }
        let mut generations = Vec::new();
        for round in 1..=3 {
            let one = const { NonZeroUsize::new(1).expect("it is not 0") };
            driver.wait(one, SOON, &mut |found| found.for_each(|(key, _)| generations.push(key.generation)))?;
            assert_eq!(generations.len(), round);
        }
        generations.sort_unstable();
        assert_eq!(generations, [0, 1, 2]);
        Ok(())
    })
}

#[test]
fn the_end_of_the_peer_is_readable() -> Result {
    for_each_driver(|driver| {
        let [a, b] = pair()?;
        driver.add(&a, key(&a, 0), Event::Read.into())?;
        socket_shutdown(&b, 1)?;
        let found = wait(driver, SOON)?;
        assert!(found[0].1.contains(Event::Read), "{found:?}");
        Ok(())
    })
}

/// Who wants neither to read nor to write is told of it all the same.
#[test]
fn a_reset_is_an_error_though_nothing_was_asked_for() -> Result {
    for_each_driver(|driver| {
        let listener = socket_create_listen(0, None)?;
        let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_connect(&client, "127.0.0.1", socket_getsockname(&listener)?.1)?;
        let server = socket_accept(&listener)?;
        driver.add(&server, key(&server, 3), Event::OneShot.into())?;
        assert_eq!(wait(driver, NOW)?, []);
        socket_set_option(&client, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 })?;
        socket_close(&client)?;
        let [(found, events)] = wait(driver, SOON)?[..] else { panic!("one is told of") };
        assert!(found == key(&server, 3) && events.contains(Event::Error), "{events:?}");
        Ok(())
    })
}

#[test]
fn what_was_not_asked_for_is_not_reported() -> Result {
    for_each_driver(|driver| {
        let [a, b] = pair()?;
        driver.add(&a, key(&a, 0), Event::ReadHangUp.into())?;
        socket_write(&b, "x", None)?;
        assert_eq!(wait(driver, NOW)?, []);
        Ok(())
    })
}

#[test]
fn a_notification_ends_the_wait_in_progress_or_the_next() -> Result {
    for_each_driver(|driver| {
        let start = Instant::now();
        driver.notify()?;
        driver.notify()?;
        assert_eq!(wait(driver, SOON)?, []);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| wait(driver, SOON));
            driver.notify()?;
            assert_eq!(waiting.join().map_err(|_| "the waiter panicked")??, []);
            Ok::<_, Box<dyn std::error::Error>>(())
        })?;
        assert!(Some(start.elapsed()) < SOON, "the time has ended a wait");
        let start = Instant::now();
        assert_eq!(wait(driver, Some(Duration::from_millis(20)))?, []);
        assert!(start.elapsed() >= Duration::from_millis(20), "one wait takes all notifications");
        Ok(())
    })
}

/// However a wait and a change meet: an event of before must not use up the one shot of after.
#[test]
fn a_one_shot_survives_the_event_that_it_replaces() -> Result {
    for_each_driver(|driver| {
        for round in 0..1000 {
            let [a, b] = pair()?;
            thread::scope(|scope| {
                let waiting = scope.spawn(|| -> io::Result<bool> {
                    let start = Instant::now();
                    while Some(start.elapsed()) < SOON {
                        if wait(driver, SOON)?.contains(&(key(&a, round), Event::Read.into())) {
                            return Ok(true);
                        }
                    }
                    Ok(false)
                });
                driver.add(&a, key(&a, round), Event::Write | Event::OneShot)?;
                let added = Instant::now();
                while added.elapsed() < Duration::from_nanos(100) * round {}
                driver.modify(&a, key(&a, round), Event::Read | Event::OneShot)?;
                socket_write(&b, "x", None)?;
                assert!(waiting.join().map_err(|_| "the waiter panicked")??, "round {round}: the event is lost");
                Ok::<_, Box<dyn std::error::Error>>(())
            })?;
            driver.remove(&a, key(&a, round))?;
        }
        Ok(())
    })
}

#[test]
fn a_change_reaches_the_wait_in_progress() -> Result {
    for_each_driver(|driver| {
        let [a, b] = pair()?;
        thread::scope(|scope| {
            let waiting = scope.spawn(|| wait(driver, SOON));
            driver.add(&a, key(&a, 1), Event::Write.into())?;
            let found = waiting.join().map_err(|_| "the waiter panicked")??;
            assert_eq!(found, [(key(&a, 1), Event::Write.into())]);
            driver.modify(&a, key(&a, 1), Event::Read.into())?;
            let waiting = scope.spawn(|| wait(driver, SOON));
            socket_write(&b, "x", None)?;
            let found = waiting.join().map_err(|_| "the waiter panicked")??;
            assert_eq!(found, [(key(&a, 1), Event::Read.into())]);
            Ok(())
        })
    })
}

/// An event that was on its way is taken for a new watcher's only when all generations have gone by.
#[test]
fn a_generation_comes_again_after_all_others() {
    let next = |generation| Key { descriptor: 3, generation }.next_generation();
    assert_eq!([next(0), next(1), next(2), next(1 << 31), next(u32::MAX - 1)], [1, 2, 3, (1 << 31) + 1, 0]);
}
