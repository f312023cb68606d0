//! What the cipher alone costs: each message of `--payload` bytes is encrypted and decrypted in memory by ring, which is what
//! rustls here has it done by, in records of 16 KiB. No socket, no TLS around it, no WebSocket.
//!
//! ```sh
//! cargo run --release --bin cipher -- --payload 1024 --seconds 1
//! ```

use std::{env, error::Error, time::Instant};

use peers::{
    process::cpu_time,
    tls::{Cipher, HEAD, RECORD, TAIL},
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (mut payload, mut seconds) = (20, 1.0);
    while let (Some(name), Some(value)) = (arguments.next(), arguments.next()) {
        match &*name {
            "--payload" => payload = value.parse()?,
            "--seconds" => seconds = value.parse()?,
            // Those of the load.
            _ => {}
        }
    }
    let mut cipher = Cipher::new(&[1; 16], &[2; 12], 0)?;
    let mut records: Vec<Vec<u8>> =
        vec![7; payload].chunks(RECORD).map(|content| [&[0; HEAD][..], content, &[0; TAIL]].concat()).collect();
    let (before, start) = (cpu_time(std::process::id())?, Instant::now());
    let mut count = 0;
    while start.elapsed().as_secs_f64() < seconds {
        // The clock is asked now and then only.
        for _ in 0..100 {
            for record in &mut records {
                cipher.seal(record)?;
                cipher.open_last(record)?;
            }
        }
        count += 100;
    }
    let nanoseconds = start.elapsed().as_nanos();
    println!("count={count} nanoseconds={nanoseconds} cpu={} load=0", cpu_time(std::process::id())? - before);
    Ok(())
}
