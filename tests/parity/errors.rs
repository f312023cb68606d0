//! Last errors, their texts, and the constants.

mod constants;
mod last_error;
mod random;
mod silent;
mod strerror;
