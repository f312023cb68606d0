//! Runs a program, by PHP or as it was ported.

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::programs::{Program, programs};

const TIME_LIMIT: Duration = Duration::from_secs(60);

/// PHP 8.6 where `tools/php86` has put it; says so where it is missing.
pub(crate) fn php() -> Option<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cache")));
    let php =
        env::var_os("PHP86").map(PathBuf::from).or_else(|| Some(cache?.join("php86/php"))).filter(|php| php.exists());
    if php.is_none() {
        assert!(env::var_os("CI").is_none(), "PHP 8.6 is missing (tools/php86 brings it)");
        eprintln!("skipped: PHP 8.6 is missing (tools/php86 brings it)");
    }
    php
}

/// A program that is killed when nobody waits for it any more.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn start(program: &Program, php: Option<&PathBuf>, argument: Option<&str>, folder: &Path) -> Running {
    let mut command = match php {
        Some(php) => {
            let mut command = Command::new(php);
            command.args(["-d", "display_errors=stderr", "-d", "html_errors=0"]);
            if program.set == "parity" {
                let prelude = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/parity/prelude.php");
                command.arg("-d").arg(format!("auto_prepend_file={}", prelude.display()));
            }
            command.arg(&program.php);
            command
        }
        None => {
            let mut command = Command::new(&programs().binary);
            command.env("PROGRAM", &program.module);
            command
        }
    };
    command.args(argument).current_dir(folder).env("LC_ALL", "C");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Running(command.spawn().expect("the program starts"))
}

/// Everything that a program prints until it ends.
fn output(running: &mut Running) -> mpsc::Receiver<Vec<u8>> {
    let mut stdout = running.0.stdout.take().expect("it is piped");
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        drop(stdout.read_to_end(&mut bytes));
        drop(send.send(bytes));
    });
    receive
}

fn text(output: &mpsc::Receiver<Vec<u8>>, name: &str) -> String {
    let bytes = output.recv_timeout(TIME_LIMIT).unwrap_or_else(|_| panic!("{name} does not end"));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a program prints that needs nobody, and its exit code.
pub(crate) fn alone(program: &Program, php: Option<&PathBuf>) -> String {
    let folder = tempfile::tempdir().expect("a directory");
    let mut running = start(program, php, None, folder.path());
    let output = output(&mut running);
    let text = text(&output, &program.name);
    let status = running.0.wait().expect("the program ends");
    format!("{text}({})", status.code().unwrap_or(-1))
}

/// What a server and its client print. The server's first line on the standard error says where it listens.
pub(crate) fn exchange(server: (&Program, Option<&PathBuf>), client: (&Program, Option<&PathBuf>)) -> String {
    let folder = tempfile::tempdir().expect("a directory");
    let mut server_running = start(server.0, server.1, None, folder.path());
    let server_output = output(&mut server_running);
    let errors = BufReader::new(server_running.0.stderr.take().expect("it is piped"));
    let (send, announced) = mpsc::channel();
    thread::spawn(move || errors.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
    let address = announced.recv_timeout(TIME_LIMIT).unwrap_or_else(|_| panic!("{} does not listen", server.0.name));
    let mut client_running = start(client.0, client.1, Some(&address), folder.path());
    let client_output = output(&mut client_running);
    let client_text = text(&client_output, &client.0.name);
    format!("server:\n{}client:\n{client_text}", text(&server_output, &server.0.name))
}
