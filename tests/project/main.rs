//! The project's own texts, held against its sources and tests.

mod architecture;
mod dependencies;
mod deviations;
mod faults;
mod find;
mod ws_requirements;
