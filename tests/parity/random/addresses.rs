//! Addresses of all shapes, right and wrong, beside PHP 8.6: what is bound, connected to and looked up.

use super::call::Random;
use super::same_lines;
use crate::harness::{Outcome, run_if_asked};
use crate::prelude::*;

/// Addresses of one seed.
const ADDRESSES: usize = 3000;

#[test]
fn parity() -> Outcome {
    run_if_asked(&[("port", &|| run(argument().parse().expect("a number")))]);
    same_lines(module_path!(), ADDRESSES, |seed| addresses(seed).iter().map(|address| json(address) + "\n").collect())
}

fn json((family, text): &(i32, String)) -> String {
    format!("[{family},{}]", text.describe())
}

/// Texts that no name server is asked for: one with a colon, or for IPv4 digits and dots alone; for IPv6 those that are right.
fn addresses(seed: u64) -> Vec<(i32, String)> {
    let mut random = Random::new(seed);
    let mut address = || match random.below(8) {
        0..=2 => (AF_INET, dotted(&mut random)),
        3 => (AF_INET, with_colons(&mut random)),
        4 => (AF_INET6, random.one(&["127.0.0.1", "127.1", "0", "010.0x7f.1", "4294967295"]).to_owned()),
        _ => (AF_INET6, with_colons(&mut random)),
    };
    (0..ADDRESSES).map(|_| address()).collect()
}

fn dotted(random: &mut Random) -> String {
    const PARTS: &[&str] = &[
        "0",
        "1",
        "127",
        "127",
        "255",
        "256",
        "010",
        "08",
        "0177",
        "00",
        "65535",
        "65536",
        "16777216",
        "4294967295",
        "4294967296",
        "",
    ];
    let count = random.one(&[1, 2, 3, 4, 4, 4, 4, 5]);
    let text = (0..count).map(|_| random.one(PARTS)).collect::<Vec<_>>().join(".");
    // What begins or ends with a dot is a name.
    text.trim_matches('.').to_owned()
}

fn with_colons(random: &mut Random) -> String {
    const GROUPS: &[&str] = &["0", "1", "ffff", "FFFF", "fe80", "ff02", "00ab", "10000", "00001", "g", "127.0.0.1"];
    const ENDS: &[&str] = &["%lo", "%1", "%0", "%", "%%1", "%-1", "%01", "%4294967296", "%nosuch", "/64", " ", "]"];
    let count = random.one(&[1, 2, 3, 7, 8, 8, 9]);
    let groups: Vec<_> =
        (0..count).map(|_| if random.below(8) == 0 { random.one(GROUPS) } else { random.one(&GROUPS[..7]) }).collect();
    let gap = usize::try_from(random.below(count)).expect("not negative");
    let mut text = match random.below(4) {
        0 if count > 1 => groups.join(":"),
        _ => format!("{}::{}", groups[..gap].join(":"), groups[gap..].join(":")),
    };
    if random.below(6) == 0 {
        text += random.one(&[":127.0.0.1", ":1.2.3", ":01.2.3.4", ":255.255.255.256"]);
    }
    if random.below(3) == 0 {
        text += random.one(ENDS);
    }
    text
}

fn run(seed: u64) -> Result<()> {
    for address in addresses(seed) {
        let (family, text) = (address.0, &*address.1);
        let mut warnings = String::new();
        let socket = socket_create(family, SOCK_DGRAM, 0)?;
        let bound = name(socket_bind(&socket, text, None).and_then(|()| socket_getsockname(&socket)), &mut warnings);
        let socket = socket_create(family, SOCK_DGRAM, 0)?;
        let peer = socket_connect(&socket, text, 9).and_then(|()| socket_getpeername(&socket));
        let connected = name(peer, &mut warnings);
        let hints = AddrInfoHints {
            ai_family: family,
            ai_socktype: SOCK_DGRAM,
            ai_flags: AI_NUMERICHOST | AI_CANONNAME,
            ..AddrInfoHints::default()
        };
        let found = match socket_addrinfo_lookup(text, "9", hints) {
            Ok(found) => found.iter().map(socket_addrinfo_explain).collect::<Vec<_>>()[..].describe(),
            Err(error) => error.code().describe(),
        };
        echo!(json(&address), " ", bound, " ", connected, " ", found, warnings, "\n");
    }
    Ok(())
}

/// The address without its scope, which PHP does not tell.
fn name(name: Result<(String, i32)>, warnings: &mut String) -> String {
    match name {
        Ok((address, _)) => address.split('%').next().unwrap_or_default().to_owned(),
        Err(error) => {
            // The number of a failed lookup is a deviation.
            *warnings += &format!("; {}", error.to_string().split(" [-").next().unwrap_or_default());
            "-".to_owned()
        }
    }
}
