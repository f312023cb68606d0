//! Whatever a reader leaves is answered by somebody, once, as soon as nobody is in the room.

use std::sync::Arc;

use loom::thread;

use super::door::{Door, Room};

/// Counts what was left and what was answered.
#[derive(Debug, Default)]
struct Sending {
    answered: usize,
    sent: usize,
}

#[derive(Debug, Default)]
struct Desk {
    left: usize,
    /// What those outside are told.
    sent: usize,
}

impl Room for Sending {
    type Desk = Desk;
    type Task = usize;
    type Notice = ();

    fn look(&mut self, desk: &mut Desk) -> Option<usize> {
        if desk.left == 0 {
            desk.sent = self.sent;
            return None;
        }
        Some(std::mem::take(&mut desk.left))
    }

    fn answer(&mut self, task: usize, (): &()) {
        self.answered += task;
        // Another thread may go on here.
        thread::yield_now();
    }
}

pub(crate) fn post() {
    let door = Arc::new(Door::new(Sending::default(), Desk::default(), ()));
    let writers = [(); 2].map(|()| {
        let door = Arc::clone(&door);
        thread::spawn(move || door.enter().parts().0.sent += 1)
    });
    // This thread reads: it leaves two answers, and waits for nobody.
    door.post(|desk| desk.left += 1, || ());
    door.post(|desk| desk.left += 1, || ());
    for writer in writers {
        writer.join().expect("no panic");
    }
    let desk = door.desk();
    assert_eq!((desk.left, desk.sent), (0, 2), "something lies there, and nobody is inside");
    drop(desk);
    let mut inside = door.try_enter().expect("nobody is inside");
    assert_eq!(inside.parts().0.answered, 2);
}
