use std::{collections::VecDeque, error::Error, net::TcpStream};

use crate::{
    connection::{answered, ask, connect},
    meter::Meter,
    options::Options,
};

/// Several are under way at a time, so that the server need not wait for the load.
pub(crate) fn run(options: &Options) -> Result<String, Box<dyn Error>> {
    let begin = || -> Result<TcpStream, Box<dyn Error>> {
        let stream = connect(options.address)?;
        ask(&stream, options)?;
        Ok(stream)
    };
    let mut waiting = VecDeque::with_capacity(options.connections);
    for _ in 0..options.connections {
        waiting.push_back(begin()?);
    }
    let mut meter = Meter::start(options);
    while let Some(stream) = waiting.pop_front() {
        answered(&stream)?;
        drop(stream);
        if let Some(result) = meter.count(1)? {
            return Ok(result);
        }
        waiting.push_back(begin()?);
    }
    Err("there has to be a connection".into())
}
