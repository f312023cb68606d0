//! How many connections come from where, when a proxy stands before the server: all connections are the proxy's.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The addresses that have connections, and how many.
#[derive(Clone, Default)]
pub(crate) struct Addresses(Arc<Mutex<HashMap<IpAddr, u32>>>);

/// A connection that is counted until this is dropped: also one that is refused before it is open.
pub(crate) struct Counted {
    addresses: Addresses,
    address: IpAddr,
}

impl Addresses {
    /// Counts a connection from an address, unless there are `most` already.
    pub(crate) fn count(&self, address: IpAddr, most: u32) -> Option<Counted> {
        let mut counts = self.counts();
        if counts.get(&address).copied().unwrap_or_default() >= most {
            return None;
        }
        *counts.entry(address).or_default() += 1;
        Some(Counted { addresses: self.clone(), address })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.addresses.counts();
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}
