//! Both ends of a TLS connection and any order of what reaches them, damaged or not: no panic, nothing arrives that was not
//! sent, and what nobody damages arrives.
#![no_main]

#[path = "../../tests/tls/driven.rs"]
mod driven;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|orders: &[u8]| driven::drive(orders));
