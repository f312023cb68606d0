//! The project's own texts, held against its sources and tests.

mod architecture;
mod dependencies;
mod deviations;
mod faults;
mod find;
mod fragments;
mod globs;
mod readme;
mod ws_requirements;
