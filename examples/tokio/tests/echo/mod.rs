//! An echo server that npm ws speaks with.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// Ends the server with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const CLIENT: &str = r#"
const assert = require('assert'), WebSocket = require('ws'), url = process.argv[1];
const messages = ['你好', Buffer.from([0, 255]), '', 'x'.repeat(1 << 20)];
const left = ['open', 'pong', 'close', 'broken', 'foreign'];
const done = what => { left.splice(left.indexOf(what), 1); if (!left.length) process.exit(0) };
setTimeout(() => { console.error('left:', left); process.exit(1) }, 10000);
const ws = new WebSocket(url, { perMessageDeflate: false });
ws.on('open', () => { done('open'); ws.ping('p'); messages.forEach(it => ws.send(it)) });
ws.on('pong', data => { assert.equal(data, 'p'); done('pong') });
ws.on('message', (data, isBinary) => {
    const sent = messages.shift();
    assert.deepEqual(isBinary ? data : data.toString(), sent);
    if (!messages.length) ws.close(1000, '再见');
});
ws.on('close', code => { assert.equal(code, 1000); done('close') });
const broken = new WebSocket(url);
broken.on('open', () => broken._socket.write(Buffer.from([0x81, 0x01, 0x41]))); // not masked
broken.on('close', code => { assert.equal(code, 1002); done('broken') });
const foreign = new WebSocket(url, { origin: 'http://evil.example' });
foreign.on('error', error => { assert.match(error.message, /403/); done('foreign') });
"#;

pub(crate) fn speaks_with_npm_ws(program: &str, path: &str) -> Result<(), Box<dyn Error>> {
    let found = Command::new("node").args(["-e", "require('ws')"]).stderr(Stdio::null()).status();
    if !found.is_ok_and(|status| status.success()) {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "npm ws is missing");
        eprintln!("skipped: npm ws is missing");
        return Ok(());
    }
    let mut server = Server(Command::new(program).arg("127.0.0.1:0").stdout(Stdio::piped()).spawn()?);
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    let url = line.trim().strip_prefix("listening on ").ok_or("no address")?.to_owned() + path;
    let output = Command::new("node").args(["-e", CLIENT, &url]).output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
