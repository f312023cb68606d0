//! Looking addresses up, and using them.

mod bind;
mod canonical_name;
mod connect;
mod errors;
mod hints;
mod lookup;
