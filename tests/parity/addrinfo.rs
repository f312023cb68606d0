//! Looking addresses up, and using them.

mod bind;
mod canonical_name;
mod connect;
mod hints;
mod lookup;
