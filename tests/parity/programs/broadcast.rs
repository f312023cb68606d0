use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// Answers those who ask the whole network who is there.
fn server() -> Result<()> {
    let server = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&server, "0.0.0.0", 0)?;
    let (_, port) = socket_getsockname(&server)?;
    listening(port);
    let mut question = Vec::new();
    let (_, from, port) = socket_recvfrom(&server, &mut question, 512, 0)?;
    echo!(question, "\n");
    socket_sendto(&server, "我在这里", 12, 0, &from, port)?;
    Ok(())
}

fn client() -> Result<()> {
    let port = argument().parse::<i32>().expect("it is a port");
    let client = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    show(socket_sendto(&client, "有人吗", 9, 0, "127.255.255.255", port));
    show(socket_set_option(&client, SOL_SOCKET, SO_BROADCAST, 1));
    show(socket_sendto(&client, "有人吗", 9, 0, "127.255.255.255", port));
    let mut read = vec![client.clone()];
    show(socket_select(&mut read, None, None, 10, None));
    let mut answer = Vec::new();
    socket_recvfrom(&client, &mut answer, 512, 0)?;
    echo!(answer, "\n");
    Ok(())
}
