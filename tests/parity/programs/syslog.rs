use std::collections::BTreeMap;

use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

const SEVERITIES: &[&str] = &["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

// What programs have to report, by UDP, by TCP and by a Unix socket, as syslog collects it.
fn server() -> Result<()> {
    let udp = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&udp, "127.0.0.1", 0)?;
    let (_, port) = socket_getsockname(&udp)?;
    let tcp = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&tcp, "127.0.0.1", 0)?;
    socket_listen(&tcp, None)?;
    let (_, tcp_port) = socket_getsockname(&tcp)?;
    let unix = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    let _ = std::fs::remove_file("log");
    let Ok(()) = socket_bind(&unix, "log", None) else { std::process::exit(1) };
    listening(format!("{port} {tcp_port}"));

    let mut sources = vec![("udp".to_owned(), udp), ("tcp".to_owned(), tcp.clone()), ("unix".to_owned(), unix)];
    let mut partial = BTreeMap::new();
    let mut log = [("udp", vec![]), ("tcp", vec![]), ("unix", vec![])];
    let mut expected = None;
    let mut count = 0;
    while expected.is_none_or(|expected| count < expected) {
        let mut read = sources.clone();
        if let Ok(0) = socket_select(&mut read, None, None, 10, None) {
            echo!("nothing more came\n");
            break;
        }
        for (name, socket) in read {
            match &*name {
                "tcp" => {
                    let conn = socket_accept(&tcp)?;
                    let id = format!("tcp{}", conn.id());
                    sources.push((id.clone(), conn));
                    partial.insert(id, String::new());
                }
                "udp" | "unix" => {
                    let mut message = Vec::new();
                    while let Ok((_, from, _)) = socket_recvfrom(&socket, &mut message, 8192, MSG_DONTWAIT) {
                        let from = if name == "unix" { format!(" ({from})") } else { String::new() };
                        log[if name == "udp" { 0 } else { 2 }]
                            .1
                            .push(parsed(&String::from_utf8_lossy(&message)) + &from);
                        count += 1;
                    }
                }
                _ => {
                    let data = socket_read(&socket, 1024, None).unwrap_or_default();
                    if data.is_empty() {
                        sources.retain(|(source, _)| *source != name);
                        partial.remove(&name);
                        continue;
                    }
                    let all = partial[&name].clone() + &String::from_utf8_lossy(&data);
                    let (lines, rest) =
                        all.rsplit_once('\n').map_or((None, &*all), |(lines, rest)| (Some(lines), rest));
                    for line in lines.into_iter().flat_map(|lines| lines.split('\n')) {
                        if let Some(number) = line.strip_prefix("expect ") {
                            expected = number.parse::<i32>().ok();
                            continue;
                        }
                        log[1].1.push(parsed(line));
                        count += 1;
                    }
                    partial.insert(name, rest.to_owned());
                }
            }
        }
    }
    for (name, messages) in log {
        for message in messages {
            echo!(name, " ", message, "\n");
        }
    }
    std::fs::remove_file("log").expect("it is there");
    Ok(())
}

fn parsed(message: &str) -> String {
    let found = message.strip_prefix('<').and_then(|rest| rest.split_once('>'));
    let Some((number, text)) = found.and_then(|(number, text)| Some((number.parse::<usize>().ok()?, text))) else {
        return format!("? {message}");
    };
    format!("{} from {}: {text}", SEVERITIES[number & 7], number >> 3)
}

fn client() -> Result<()> {
    let address = argument();
    let (port, tcp_port) = address.split_once(' ').expect("two ports");
    let udp = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    for message in ["<34>su: root failed", "<165>%% 测试", "no number", "<0>"] {
        echo!(socket_sendto(&udp, message, message.len(), 0, "127.0.0.1", port.parse::<i32>().expect("a port"))?, "\n");
    }
    let unix = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    socket_bind(&unix, "cron", None)?;
    socket_connect(&unix, "log", None)?;
    echo!(socket_write(&unix, "<78>cron: started\n", None)?, "\n");
    let nameless = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    echo!(socket_sendto(&nameless, "<14>nameless", 12, 0, "log", None)?, "\n");
    let tcp = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&tcp, "127.0.0.1", tcp_port.parse::<i32>().expect("a port"))?;
    socket_set_option(&tcp, SOL_TCP, TCP_NODELAY, 1)?;
    for part in ["<13>first\n<1", "2>sec", "ond\n", "<11>third\nexpect 9\n"] {
        socket_write(&tcp, part, None)?;
    }
    // Until the server has heard everything.
    show(socket_read(&tcp, 10, None));
    show(socket_write(&nameless, "x", None));
    Ok(())
}
