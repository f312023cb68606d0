use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        for seed in 1..=30 {
            echo!("seed ", seed, "\n");
            let mut game = Game::new(seed, backend)?;
            for turn in 0..200 {
                game.turn(turn)?;
            }
        }
    }
    Ok(())
}

struct Game {
    number: i64,
    backend: Backend,
    sockets: Vec<Socket>,
    contexts: Vec<Context<i32>>,
    watchers: Vec<Watcher<i32>>,
}

impl Game {
    fn new(number: i64, backend: Backend) -> Result<Self> {
        let mut sockets = Vec::new();
        for _ in 0..3 {
            sockets.extend(connection()?);
        }
        let contexts = vec![Context::with_backend(backend)?, Context::with_backend(backend)?];
        Ok(Self { number, backend, sockets, contexts, watchers: Vec::new() })
    }

    /// What is left of the generator's bits once they are divided by `below`; both languages have the same.
    fn below(&mut self, below: usize) -> usize {
        self.number = (self.number * 1_103_515_245 + 12345) & 0x7fff_ffff;
        usize::try_from(self.number >> 8).expect("not negative") % below
    }

    /// Of poll(2) PHP does not ask for `ReadHangUp`.
    fn events(&mut self) -> Events {
        use Event::{EdgeTriggered, Error, HangUp, OneShot, Read, ReadHangUp, Write};

        let cases = [Read, Write, Error, HangUp, OneShot, EdgeTriggered, ReadHangUp];
        let count = if self.backend == Backend::Poll { 6 } else { 7 };
        cases.into_iter().take(count).filter(|_| self.below(3) == 0).collect()
    }

    fn turn(&mut self, turn: i32) -> Result {
        let action = self.below(16);
        let slot = self.below(6);
        let context = self.below(2);
        let watcher = self.below(self.watchers.len().max(1));
        let watcher = self.watchers.get(watcher).cloned();
        let socket = self.sockets[slot].clone();
        echo!(turn, " ", action, " ", slot, ": ");
        let modified = |modify: &dyn Fn(&Watcher<i32>) -> poll::Result<()>| {
            attempt(watcher.as_ref().map_or(Ok(()), modify));
        };
        match action {
            0..=2 => {
                let events = self.events();
                let added = self.contexts[context].add(&socket, events, turn);
                attempt(added.map(|watcher| self.watchers.push(watcher)));
                return Ok(());
            }
            3 => {
                let events = self.events();
                modified(&|watcher| watcher.modify(events, turn));
                return Ok(());
            }
            4 => {
                let events = self.events();
                modified(&|watcher| watcher.modify_events(events));
                return Ok(());
            }
            5 => {
                modified(&|watcher| watcher.modify_data(turn));
                return Ok(());
            }
            6 => {
                modified(&Watcher::remove);
                return Ok(());
            }
            7..=9 => {
                found(self.contexts[context].wait(milliseconds(0), None)?);
                return Ok(());
            }
            10 => drop(socket_write(&socket, "x", None)),
            11 => drop(socket_read(&socket, 8192, None)),
            12 if !is_closed(&socket) => {
                let mode = i32::try_from(self.below(3))?;
                drop(socket_shutdown(&socket, mode));
            }
            12 => {}
            13 => drop(socket_close(&socket)),
            14 => {
                if self.below(3) == 0 {
                    for (end, new) in connection()?.into_iter().enumerate() {
                        let place = (slot & !1) + end;
                        drop(socket_close(&self.sockets[place]));
                        self.sockets[place] = new;
                    }
                } else if self.below(4) == 0 {
                    self.contexts[context] = Context::with_backend(self.backend)?;
                }
            }
            _ => {
                if let Some(watcher) = &watcher {
                    echo!(watcher.data(), " ", events(watcher.watched_events()), " ");
                    echo!(events(watcher.triggered_events()), " ", watcher.is_active().describe());
                }
            }
        }
        echo!("\n");
        Ok(())
    }
}

fn connection() -> Result<[Socket; 2]> {
    let pair = sockets()?;
    pair.iter().try_for_each(socket_set_nonblock)?;
    Ok(pair)
}

fn is_closed(socket: &Socket) -> bool {
    matches!(socket_recv(socket, &mut Vec::new(), 0, 0), Err(Error::Closed { .. }))
}
