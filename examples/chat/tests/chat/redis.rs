//! Redis, the links to it, and a balancer before the servers that share it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::support::{Directory, Outcome, PATIENCE, lasting_address};

/// Says whether a program is there; if not, the test is listed as skipped.
pub(crate) fn has(program: &str) -> bool {
    let is_there = Command::new(program).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !is_there {
        crate::skip::missing(program);
    }
    is_there
}

/// Redis on a port that stays its own, which writes everything to the disk before it answers; killed when dropped.
pub(crate) struct Redis {
    process: Child,
    directory: Directory,
    pub(crate) address: String,
}

impl Redis {
    /// Starts it, if it is there.
    pub(crate) fn start(name: &str) -> Outcome<Option<Self>> {
        if !has("redis-server") {
            return Ok(None);
        }
        let (directory, address) = (Directory::new(name)?, lasting_address());
        let process = spawn(&directory, &address)?;
        Ok(Some(Self { process, directory, address }))
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Stops it with a signal; KILL leaves it no time for anything.
    pub(crate) fn stop(&mut self, signal: &str) -> Outcome {
        self.signal(signal)?;
        self.process.wait()?;
        Ok(())
    }

    /// Starts it again with what it has on the disk.
    pub(crate) fn again(&mut self) -> Outcome {
        self.process = spawn(&self.directory, &self.address)?;
        Ok(())
    }

    pub(crate) fn signal(&self, name: &str) -> Outcome {
        let status = Command::new("kill").args(["-s", name, &self.process.id().to_string()]).status()?;
        if status.success() { Ok(()) } else { Err("Redis is not there".into()) }
    }

    /// Starts it again with nothing.
    pub(crate) fn again_empty(&mut self) -> Outcome {
        std::fs::remove_dir_all(self.directory.file("appendonlydir"))?;
        self.again()
    }

    /// Does a command.
    pub(crate) fn ask<T: redis::FromRedisValue>(&self, words: &[&str]) -> Outcome<T> {
        let mut connection = redis::Client::open(self.url())?.get_connection_with_timeout(PATIENCE)?;
        Ok(redis::cmd(words[0]).arg(&words[1..]).query(&mut connection)?)
    }
}

fn spawn(directory: &Directory, address: &str) -> Outcome<Child> {
    let port = address.rsplit(':').next().ok_or("no port")?;
    let folder = directory.file("");
    let process = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--port", port, "--dir", &folder, "--save", ""])
        .args(["--appendonly", "yes", "--appendfsync", "always", "--loglevel", "warning"])
        .stdout(Stdio::null())
        .spawn()?;
    let begun = Instant::now();
    let mut answer = [0; 5];
    // While it reads what it has on the disk it answers something else.
    while &answer != b"+PONG" {
        if begun.elapsed() > PATIENCE {
            return Err("Redis does not answer".into());
        }
        std::thread::sleep(Duration::from_millis(10));
        let Ok(mut stream) = TcpStream::connect(address) else { continue };
        stream.set_read_timeout(Some(PATIENCE))?;
        let _ = stream.write_all(b"PING\r\n").and_then(|()| stream.read_exact(&mut answer));
    }
    Ok(process)
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a link does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    Whole,
    /// What is asked arrives, the answers do not.
    Mute,
    /// What there was is cut, and nothing new is let through.
    Cut,
}

/// A link, between a server and Redis or before a server.
pub(crate) struct Relay {
    pub(crate) address: String,
    to: Arc<Mutex<String>>,
    state: Arc<AtomicU8>,
    /// With what a request has that the link is mute from then on.
    last: Arc<Mutex<Option<&'static str>>>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Relay {
    pub(crate) fn start(to: &str) -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let state = Arc::new(AtomicU8::new(Link::Whole as u8));
        let last = Arc::<Mutex<Option<&'static str>>>::default();
        let streams = Arc::<Mutex<Vec<TcpStream>>>::default();
        let to = Arc::new(Mutex::new(to.to_owned()));
        let (target, shared, all) = (Arc::clone(&to), Arc::clone(&state), Arc::clone(&streams));
        let awaited = Arc::clone(&last);
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let mut streams = all.lock().unwrap_or_else(PoisonError::into_inner);
                if shared.load(Ordering::SeqCst) == Link::Cut as u8 {
                    continue;
                }
                let to = target.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let Ok(far) = TcpStream::connect(to) else { continue };
                for (from, to, answers) in [(&near, &far, false), (&far, &near, true)] {
                    let (Ok(mut from), Ok(mut to), state) = (from.try_clone(), to.try_clone(), Arc::clone(&shared))
                    else {
                        continue;
                    };
                    let awaited = Arc::clone(&awaited);
                    std::thread::spawn(move || {
                        let mut buffer = [0; 16 * 1024];
                        while let Ok(length @ 1..) = from.read(&mut buffer) {
                            let mut last = awaited.lock().unwrap_or_else(PoisonError::into_inner);
                            let comes =
                                |word: &str| buffer[..length].windows(word.len()).any(|it| it == word.as_bytes());
                            if !answers && last.take_if(|word| comes(word)).is_some() {
                                state.store(Link::Mute as u8, Ordering::SeqCst);
                            }
                            drop(last);
                            // What was read before a cut does not arrive after it either.
                            let is_mute = answers && state.load(Ordering::SeqCst) != Link::Whole as u8;
                            if !is_mute && to.write_all(&buffer[..length]).is_err() {
                                break;
                            }
                        }
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
                streams.extend([near, far]);
            }
        });
        Ok(Self { address, to, state, last, streams })
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Leads elsewhere; what there was is cut.
    pub(crate) fn lead_to(&self, address: &str) {
        *self.to.lock().unwrap_or_else(PoisonError::into_inner) = address.to_owned();
        self.set(Link::Cut);
        self.set(Link::Whole);
    }

    /// Is mute as soon as this is asked; what was asked before has its answer.
    pub(crate) fn mute_with(&self, word: &'static str) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(word);
    }

    pub(crate) fn set(&self, link: Link) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        self.state.store(link as u8, Ordering::SeqCst);
        if link == Link::Cut {
            for stream in streams.drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }
}

/// `haproxy` before servers; killed when dropped.
pub(crate) struct Balancer {
    process: Child,
    _directory: Directory,
    pub(crate) address: String,
}

impl Balancer {
    /// Starts it, with the configuration that docs/chat.md shows but for addresses.
    pub(crate) fn start(name: &str, servers: &[&str]) -> Outcome<Self> {
        let (directory, address) = (Directory::new(name)?, lasting_address());
        let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/chat.md"))?;
        let shown =
            page.split("```haproxy\n").nth(1).and_then(|rest| rest.split("```").next()).ok_or("no configuration")?;
        let mut configuration = shown.replace("bind :80", &format!("bind {address}"));
        for (number, server) in servers.iter().enumerate() {
            configuration = configuration.replace(&format!("10.0.0.{}:8080", number + 1), server);
        }
        let file = directory.file("haproxy.cfg");
        std::fs::write(&file, configuration)?;
        let process = Command::new("haproxy").args(["-db", "-f", &file]).stderr(Stdio::null()).spawn()?;
        let begun = Instant::now();
        while TcpStream::connect(&address).is_err() {
            if begun.elapsed() > PATIENCE {
                return Err("HAProxy does not listen".into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(Self { process, _directory: directory, address })
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
