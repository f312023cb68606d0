//! The project's own texts, held against its sources and tests.

mod find;
mod ws_requirements;
