//! No allocation where PHP's signature forces none.

use php_sockets::*;

use crate::ALLOCATOR;
use crate::support::tcp_pair;

pub(crate) fn no_allocation_that_the_signature_does_not_force() -> Result<()> {
    let (a, b) = tcp_pair()?;
    let data = [b'x'; 64];
    let mut buf = Vec::with_capacity(64);

    let count = allocations(|| {
        for _ in 0..100 {
            socket_send(&a, data, data.len(), 0)?;
            socket_recv(&b, &mut buf, 64, 0)?;
            socket_write(&a, data, None)?;
            socket_recv(&b, &mut buf, 64, 0)?;
        }
        Ok(())
    })?;
    assert_eq!(count, 0);

    // The string that socket_read returns is the one allocation it makes, if it is full.
    let count = allocations(|| {
        for _ in 0..100 {
            socket_write(&a, data, None)?;
            socket_read(&b, 64, None)?;
        }
        Ok(())
    })?;
    assert_eq!(count, 100);
    // The list of socket_select is made once.
    let mut set = Unchanged([a.clone(), b.clone()]);
    socket_select(None, &mut set, None, 5, None)?;
    let count = allocations(|| {
        for _ in 0..100 {
            assert_eq!(socket_select(None, &mut set, None, 5, None)?, 2);
        }
        Ok(())
    })?;
    assert_eq!(count, 0);
    Ok(())
}

/// A server that asks for a lot at a time gets short answers in the memory of those before. (Half a megabyte is the most that
/// the C library of 32 bits keeps.)
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn large_reads_take_no_fresh_memory() -> Result<()> {
    const COUNT: u64 = 200;
    let (a, b) = tcp_pair()?;
    let mut before = 0;
    for turn in 0..COUNT + 10 {
        if turn == 10 {
            before = page_faults();
        }
        socket_write(&a, [b'x'; 64], None)?;
        assert_eq!(socket_read(&b, 256 * 1024, None)?, [b'x'; 64]);
    }
    let faults = page_faults() - before;
    assert!(faults < COUNT / 2, "{faults} page faults in {COUNT} reads");
    Ok(())
}

/// How many pages the system has given to this process so far.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn page_faults() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("this process is there");
    let minor = stat.rsplit(')').next().and_then(|fields| fields.split_whitespace().nth(7));
    minor.and_then(|faults| faults.parse().ok()).expect("its eighth field")
}

/// A set that is not cut down, so that it need not be filled again.
struct Unchanged([Socket; 2]);

impl SocketSet for Unchanged {
    fn for_each(&self, visit: &mut dyn FnMut(&Socket)) {
        self.0.iter().for_each(visit);
    }

    fn retain(&mut self, keep: &mut dyn FnMut(&Socket) -> bool) {
        assert!(self.0.iter().all(keep), "both are ready");
    }
}

fn allocations(calls: impl FnOnce() -> Result<()>) -> Result<usize> {
    let region = stats_alloc::Region::new(&ALLOCATOR);
    calls()?;
    let change = region.change();
    Ok(change.allocations + change.reallocations)
}
