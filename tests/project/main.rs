//! The project's own texts, held against its sources and tests.

mod architecture;
mod dependencies;
mod deviations;
mod faults;
mod find;
mod readme;
mod ws_requirements;
