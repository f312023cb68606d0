//! Last errors, their texts, and the constants.

mod constants;
mod last_error;
mod silent;
mod strerror;
