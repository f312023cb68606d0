//! What is put in is taken without another reason to look, each thread's in its order.

use std::sync::Arc;

use loom::sync::Notify;
use loom::thread;

use super::inbox::{Inbox, Parcel};
use super::{ClientId, Notifier, Prepared};

/// The message number `number` of a thread.
fn parcel(thread: u64, number: u8) -> Parcel {
    Parcel::Send(ClientId(thread), Prepared([number].into()))
}

/// Two threads put three messages in; the third waits for its wake-up before each look, `look` before the first one not.
fn run(look: bool) {
    let bell = Arc::new(Notify::new());
    let inbox = Arc::new(Inbox::new(Notifier(Arc::clone(&bell))));
    let threads = [
        thread::spawn({
            let inbox = Arc::clone(&inbox);
            move || [1, 2].into_iter().for_each(|number| inbox.put(&[parcel(1, number)], usize::MAX))
        }),
        thread::spawn({
            let inbox = Arc::clone(&inbox);
            move || inbox.room(1, usize::MAX).expect("there is room").fill(parcel(2, 1))
        }),
    ];

    let (mut taken, mut parcels) = ([Vec::new(), Vec::new()], Vec::new());
    let mut take = |taken: &mut [Vec<u8>; 2]| {
        let lost = inbox.take(&mut parcels);
        assert!(lost.is_none_or(|lost| !lost.all && lost.topics.is_empty() && lost.clients.is_empty()));
        for parcel in &parcels {
            let Parcel::Send(ClientId(thread), prepared) = parcel else { unreachable!("only messages are sent") };
            taken[*thread as usize - 1].extend(prepared.payload());
        }
    };
    if look {
        take(&mut taken);
    }
    while taken[0].len() + taken[1].len() < 3 {
        bell.wait();
        take(&mut taken);
    }
    for thread in threads {
        thread.join().expect("no panic");
    }
    assert_eq!(taken, [vec![1, 2], vec![1]], "each thread's in its order");
}

pub(crate) fn wait() {
    run(false);
}

pub(crate) fn look() {
    run(true);
}
