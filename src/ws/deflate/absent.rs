//! What stands for the codec without the feature `deflate`: types that have no value.

use std::io;

use super::Parameters;
use crate::ws::{ProtocolError, Role};

/// What does not exist needs no room, not even for a pointer.
pub(in crate::ws) type Boxed<T> = T;

#[derive(Debug)]
pub(in crate::ws) enum Inflate {}

impl Inflate {
    pub(in crate::ws) fn new(_: &Parameters, _: Role, _: bool) -> Option<Self> {
        None
    }

    pub(in crate::ws) fn run(
        &mut self,
        _: &[u8],
        _: &mut Vec<u8>,
        _: &mut usize,
        _: usize,
    ) -> Result<usize, ProtocolError> {
        match *self {}
    }

    pub(in crate::ws) fn finish(&mut self, _: &mut Vec<u8>, _: &mut usize, _: usize) -> Result<bool, ProtocolError> {
        match *self {}
    }
}

#[derive(Debug)]
pub(in crate::ws) enum Deflate {}

impl Deflate {
    pub(in crate::ws) fn new(_: &Parameters, _: Role, _: u8, _: bool) -> Option<Self> {
        None
    }

    pub(in crate::ws) fn wants(&self, _: &[u8]) -> bool {
        match *self {}
    }

    pub(in crate::ws) fn wants_part(&mut self, _: &[u8], _: bool) -> bool {
        match *self {}
    }

    pub(in crate::ws) fn run(&mut self, _: &[u8], _: bool, _: &mut Vec<u8>) -> io::Result<()> {
        match *self {}
    }

    pub(in crate::ws) fn takes_foreign(&mut self) -> bool {
        match *self {}
    }
}

/// Never called: nobody asks for a compressed variant without a compressor.
pub(in crate::ws) fn alone(_: &[u8]) -> io::Result<Option<Vec<u8>>> {
    Err(io::ErrorKind::Unsupported.into())
}
