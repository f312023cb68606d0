//! The configurations of `docs/behind-a-proxy.md`, as they stand there but for ports and certificates: what the proxies pass on.
#![cfg(all(feature = "server", target_os = "linux"))]

use std::error::Error;
use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use php_sockets::ws::handshake::{Client, Request};
use php_sockets::ws::server::{Answer, Callbacks, Server};
use php_sockets::ws::{Connector, Message};

use crate::port::own_port;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The page's configuration in a language.
fn shown(language: &str) -> Outcome<String> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/behind-a-proxy.md"))?;
    let block = page.split(&format!("```{language}\n")).nth(1).and_then(|rest| rest.split("```").next());
    Ok(block.ok_or("no configuration")?.to_owned())
}

/// Ends the proxy with the test.
struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn field<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    request.headers().filter(|it| it.0.eq_ignore_ascii_case(name)).last().map(|it| it.1)
}

/// Starts a server, and a proxy before it: `configure` is told the proxy's port and the server's.
fn pass(program: &str, configure: impl FnOnce(u16, i32) -> Outcome<Command>) -> Outcome {
    if Command::new(program).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        crate::skip::missing(program);
        return Ok(());
    }
    let server = Server::bind("127.0.0.1", 0)?;
    let (handle, port) = (server.handle(), server.address()?.1);
    let serving = std::thread::spawn(move || {
        let echo = Callbacks::with_data::<String>()
            .onrequest(|client, request| {
                let name = |name| field(request, name).unwrap_or("none").to_owned();
                *client.data_mut() = format!("{} {}", name("X-Forwarded-For"), name("Host"));
                Answer::upgrade()
            })
            .onopen(|client| client.send(client.data()))
            .onmessage(|client, message| client.send(message));
        server.run(echo)
    });
    let front = own_port();
    let _proxy = Proxy(configure(front, port)?.spawn()?);
    let start = Instant::now();
    while TcpStream::connect(("127.0.0.1", front)).is_err() {
        assert!(start.elapsed() < Duration::from_secs(60), "{program} does not listen");
        std::thread::yield_now();
    }

    let page = |origin: String| {
        let fields = Client::new().header("Origin", &origin)?.header("X-Forwarded-For", "10.6.6.6")?;
        Connector::new().handshake(fields).connect(&format!("ws://127.0.0.1:{front}/"))
    };
    let mut own = page(format!("http://127.0.0.1:{front}"))?;
    let mut buffer = Vec::new();
    let Message::Text(seen) = own.read(&mut buffer)? else { return Err("no text".into()) };
    let (addresses, host) = seen.split_once(" 127.0.0.1:").ok_or_else(|| seen.to_owned())?;
    assert_eq!(addresses.rsplit(", ").next(), Some("127.0.0.1"), "{seen}");
    assert_eq!(host, front.to_string());
    own.send("你好")?;
    assert_eq!(own.read(&mut buffer)?, Message::Text("你好"));
    own.finish()?;
    let foreign = page("http://evil.example".to_owned()).map(drop);
    assert!(foreign.is_err_and(|error| error.to_string().contains("403")));

    handle.stop();
    serving.join().expect("no panic")?;
    Ok(())
}

#[test]
fn nginx_as_the_page_has_it() -> Outcome {
    let folder = tempfile::tempdir()?;
    pass("nginx", |front, port| {
        let shown = shown("nginx")?.replace("listen 443 ssl;", &format!("listen 127.0.0.1:{front};"));
        let shown = shown.replace("127.0.0.1:8080", &format!("127.0.0.1:{port}"));
        let shown: String = shown.lines().filter(|line| !line.contains("ssl_")).flat_map(|line| [line, "\n"]).collect();
        let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let paths: String = paths.iter().map(|name| format!("{name}_temp_path {};\n", name)).collect();
        let file = folder.path().join("nginx.conf");
        let main = "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr;\nevents {}\n";
        fs::write(&file, format!("{main}http {{\naccess_log off;\n{paths}{shown}}}\n"))?;
        let mut nginx = Command::new("nginx");
        nginx.arg("-p").arg(folder.path()).arg("-c").arg(file).stderr(Stdio::null());
        Ok(nginx)
    })
}

#[test]
fn haproxy_as_the_page_has_it() -> Outcome {
    let folder = tempfile::tempdir()?;
    pass("haproxy", |front, port| {
        let shown = shown("haproxy")?.replace("127.0.0.1:8080", &format!("127.0.0.1:{port}"));
        let shown = shown.replace("bind :443 ssl crt /etc/haproxy/example.com.pem", &format!("bind 127.0.0.1:{front}"));
        let file = folder.path().join("haproxy.cfg");
        fs::write(&file, shown)?;
        let mut haproxy = Command::new("haproxy");
        haproxy.arg("-db").arg("-q").arg("-f").arg(file);
        Ok(haproxy)
    })
}

#[test]
fn caddy_as_the_page_has_it() -> Outcome {
    let folder = tempfile::tempdir()?;
    pass("caddy", |front, port| {
        let shown = shown("caddy")?.replace("127.0.0.1:8080", &format!("127.0.0.1:{port}"));
        let shown = shown.replace("example.com", &format!("http://127.0.0.1:{front}"));
        let file = folder.path().join("Caddyfile");
        fs::write(&file, format!("{{\n\tadmin off\n}}\n{shown}"))?;
        let mut caddy = Command::new("caddy");
        caddy.args(["run", "--adapter", "caddyfile", "--config"]).arg(file).stderr(Stdio::null());
        caddy.env("XDG_CONFIG_HOME", folder.path()).env("XDG_DATA_HOME", folder.path());
        Ok(caddy)
    })
}
