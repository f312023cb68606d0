//! The project's own texts, held against its sources and tests.

mod architecture;
mod dependencies;
mod deviations;
mod faults;
mod find;
mod fragments;
#[cfg(feature = "ws")]
mod globs;
mod readme;
#[cfg(all(feature = "poll", feature = "ws"))]
mod threads;
mod ws_requirements;
