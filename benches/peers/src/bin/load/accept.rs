use std::{collections::VecDeque, error::Error, net::TcpStream};

use crate::{
    connection::{answered, ask, connect},
    meter::Meter,
    options::Options,
    secure::Client,
};

/// Connects, shakes hands and leaves, for as long as it is to be.
pub(crate) fn run(options: &Options) -> Result<String, Box<dyn Error>> {
    match options.tls {
        None => run_plain(options),
        Some(tls) => run_secure(options, &Client::new(options, tls)?),
    }
}

/// Several are under way at a time, so that the server need not wait for the load.
fn run_plain(options: &Options) -> Result<String, Box<dyn Error>> {
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

/// Half of those under way have said hello, the other half have asked.
fn run_secure(options: &Options, client: &Client) -> Result<String, Box<dyn Error>> {
    let mut greeted = VecDeque::with_capacity(options.connections);
    let mut asked = VecDeque::with_capacity(options.connections);
    for _ in 0..options.connections.div_ceil(2) {
        greeted.push_back(client.begin(options)?);
    }
    let mut meter = Meter::start(options);
    loop {
        let mut opening = greeted.pop_front().ok_or("there has to be a connection")?;
        client.ask(&mut opening, options)?;
        asked.push_back(opening);
        greeted.push_back(client.begin(options)?);
        if asked.len() < options.connections.div_ceil(2) {
            continue;
        }
        let mut opening = asked.pop_front().ok_or("there has to be a connection")?;
        opening.answered()?;
        drop(opening);
        if let Some(result) = meter.count(1)? {
            return Ok(result);
        }
    }
}
