use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

const EPOCH: u32 = 2_208_988_800;

// The time, as NTP tells it: 48 bytes there and 48 back.
fn server() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&socket, "127.0.0.1", None)?;
    let (_, port) = socket_getsockname(&socket)?;
    listening(port);
    let stopped: u32 = 1_795_968_000;
    let (mut answered, mut ignored) = (0, 0);
    let mut packet = Vec::new();
    while let Ok((received, from, from_port)) = socket_recvfrom(&socket, &mut packet, 512, 0) {
        if received == 0 {
            break; // an empty packet ends it
        }
        if received < 48 {
            ignored += 1;
            continue;
        }
        let (flags, poll) = (packet[0], packet[2]);
        let version = flags >> 3 & 7;
        let mode = flags & 7;
        if mode != 3 || version < 3 {
            ignored += 1;
            continue;
        }
        let mut answer = vec![version << 3 | 4, 2, poll, (-20_i8).to_be_bytes()[0]];
        answer.extend([0_u32, 0x10].map(u32::to_be_bytes).concat());
        answer.extend(b"LOCL");
        let seconds = stopped.wrapping_add(EPOCH);
        answer.extend([seconds, 0].map(u32::to_be_bytes).concat());
        answer.extend(&packet[40..48]);
        answer.extend([seconds, 0x8000_0000].map(u32::to_be_bytes).concat());
        answer.extend([seconds, 0xc000_0000].map(u32::to_be_bytes).concat());
        if socket_sendto(&socket, &answer, answer.len(), 0, from, from_port).is_ok_and(|sent| sent == answer.len()) {
            answered += 1;
        }
    }
    echo!(answered, " answered, ", ignored, " ignored\n");
    socket_close(&socket)
}

fn client() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    if socket_connect(&socket, "127.0.0.1", argument().parse::<i32>().expect("a port")).is_err() {
        echo!("no server: ", socket_strerror(socket_last_error(&socket)), "\n");
        std::process::exit(1);
    }
    for (number, (version, mode)) in (0..).zip([(4, 3), (3, 3), (4, 5), (1, 3)]) {
        let Some(answer) = ask(&socket, version, mode, number + 4_294_967_296)? else {
            echo!("version ", i32::from(version), " mode ", i32::from(mode), ": no answer\n");
            continue;
        };
        let word = |at: usize| u32::from_be_bytes(answer[at..at + 4].try_into().expect("four bytes"));
        let question = i64::from_be_bytes(answer[24..32].try_into().expect("eight bytes")) - 4_294_967_296;
        let time = i64::from(word(40)) - i64::from(EPOCH);
        let part = f64::from(word(44)) / 4_294_967_296.0;
        echo!(
            format!("version {version} mode {mode}: {time} and {part:.2}, stratum {}, ", answer[1]),
            format!("precision {}, {}, ", i8::from_be_bytes([answer[3]]), String::from_utf8_lossy(&answer[12..16])),
            format!("question {question}\n"),
        );
    }
    socket_write(&socket, "short", None)?;
    socket_write(&socket, "", None)?;
    Ok(())
}

/// Asks once; `None` when nothing comes in time.
fn ask(socket: &Socket, version: u8, mode: u8, number: i64) -> Result<Option<Vec<u8>>> {
    let packet = [&[version << 3 | mode][..], &[0; 39], &number.to_be_bytes()].concat();
    // Nobody answers the others.
    let patience = if version >= 3 && mode == 3 { 10 } else { 0 };
    socket_set_option(socket, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: patience, usec: 50_000 })?;
    socket_send(socket, &packet, packet.len(), 0)?;
    let mut answer = Vec::new();
    if socket_recv(socket, &mut answer, 512, 0).is_err() {
        if socket_last_error(socket) != SOCKET_EAGAIN {
            echo!(socket_strerror(socket_last_error(socket)), "\n");
            std::process::exit(0);
        }
        socket_clear_error(socket);
        return Ok(None);
    }
    Ok(Some(answer))
}
