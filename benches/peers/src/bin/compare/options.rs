use std::path::PathBuf;

use lexopt::{Arg, ValueExt};

use crate::{
    cases::{CASES, Case},
    servers::{SERVERS, Server},
};

pub(crate) struct Options {
    pub(crate) runs: usize,
    /// How long one run counts.
    pub(crate) seconds: f64,
    /// Parts of the names of the cases and servers to measure; all when there are none of the kind.
    only: Vec<String>,
    /// The server's and the load's.
    pub(crate) cores: [usize; 2],
    /// Whether to count system calls.
    pub(crate) trace: bool,
    pub(crate) output: Option<PathBuf>,
    pub(crate) list: bool,
}

impl Options {
    pub(crate) fn parse() -> Result<Self, lexopt::Error> {
        let mut options =
            Self { runs: 25, seconds: 0.1, only: Vec::new(), cores: [0, 1], trace: true, output: None, list: false };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("runs") => options.runs = parser.value()?.parse::<usize>()?.max(1),
                Arg::Long("seconds") => options.seconds = parser.value()?.parse()?,
                Arg::Long("only") => options.only.push(parser.value()?.string()?),
                Arg::Long("cores") => {
                    options.cores = parser.value()?.parse_with(|text| {
                        let (server, load) = text.split_once(',').ok_or("two numbers, as 0,1")?;
                        Ok::<_, &str>([
                            server.parse().map_err(|_| "two numbers, as 0,1")?,
                            load.parse().map_err(|_| "two numbers, as 0,1")?,
                        ])
                    })?;
                }
                Arg::Long("no-trace") => options.trace = false,
                Arg::Long("output") => options.output = Some(parser.value()?.into()),
                Arg::Long("list") => options.list = true,
                _ => return Err(argument.unexpected()),
            }
        }
        for only in &options.only {
            let mut names = CASES.iter().map(|case| case.name).chain(SERVERS.iter().map(|server| server.name));
            if !names.any(|name| name.contains(only)) {
                return Err(format!("--only {only}: --list shows the names").into());
            }
        }
        Ok(options)
    }

    pub(crate) fn wants_case(&self, case: &Case) -> bool {
        let wanted = |case: &Case| self.only.iter().any(|only| case.name.contains(only));
        wanted(case) || !CASES.iter().any(wanted)
    }

    /// The servers that the others are held against are always wanted.
    pub(crate) fn wants_server(&self, server: &Server) -> bool {
        // What is in the name of a case means that.
        let is_case = |only: &String| CASES.iter().any(|case| case.name.contains(only));
        let wanted = |server: &Server| self.only.iter().any(|only| !is_case(only) && server.name.contains(only));
        server.is_ours || wanted(server) || !SERVERS.iter().any(wanted)
    }
}
