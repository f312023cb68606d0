use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// Calls over a unix socket: four bytes of length, then the text of the call.
fn server() -> Result<()> {
    let listener = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    socket_bind(&listener, "rpc.sock", None)?;
    socket_listen(&listener, 5)?;
    listening("rpc.sock");
    let connection = socket_accept(&listener)?;
    let (mut header, mut call) = (Vec::new(), Vec::new());
    while socket_recv(&connection, &mut header, 4, MSG_WAITALL)? == 4 {
        let length = unpack(&header);
        socket_recv(&connection, &mut call, length, MSG_WAITALL)?;
        echo!(call[..call.len().min(40)].to_vec(), "\n");
        let text = String::from_utf8_lossy(&call);
        let (name, argument) = text.split_once(' ').unwrap_or((&text, ""));
        let answer = match name {
            "reverse" => argument.chars().rev().collect(),
            "length" => argument.len().to_string(),
            "sum" => argument.split(',').filter_map(|number| number.parse::<i32>().ok()).sum::<i32>().to_string(),
            _ => format!("未知的方法 {name}"),
        };
        let answer = pack(&answer);
        socket_send(&connection, &answer, answer.len(), 0)?;
    }
    echo!("done\n");
    socket_close(&connection)?;
    std::fs::remove_file("rpc.sock").expect("the file is ours");
    Ok(())
}

fn client() -> Result<()> {
    let socket = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    socket_connect(&socket, argument(), None)?;
    let (mut header, mut answer) = (Vec::new(), Vec::new());
    let long = format!("length {}", "x".repeat(300_000));
    for call in ["reverse hello", "length 你好", "sum 1,2,3,4,5", "飞 x", &long] {
        let frame = pack(call);
        let mut sent = 0;
        while sent < frame.len() {
            sent += socket_write(&socket, &frame[sent..], None)?;
        }
        socket_recv(&socket, &mut header, 4, MSG_WAITALL)?;
        socket_recv(&socket, &mut answer, unpack(&header), MSG_WAITALL)?;
        echo!(&answer, "\n");
    }
    socket_shutdown(&socket, None)?;
    socket_close(&socket)
}

fn pack(text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len()).expect("it is short");
    [&length.to_be_bytes(), text.as_bytes()].concat()
}

fn unpack(header: &[u8]) -> usize {
    header.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
}
