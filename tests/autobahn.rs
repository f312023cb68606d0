//! The Autobahn test suite against `ws_echo` and `autobahn_client`: all 517 cases, both roles.
//!
//! It needs `wstest`, the suite's command, named by the environment variable `WSTEST`:
//!
//! ```sh
//! WSTEST=wstest cargo test --release --features deflate --test autobahn -- --nocapture
//! ```
#![cfg(all(feature = "deflate", feature = "poll", unix))]

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    ffi::OsString,
    fs,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

type Outcome = Result<(), Box<dyn Error>>;

const AGENT: &str = "php-sockets";

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The suite's command; without it the test is skipped, in CI it fails.
fn wstest() -> Option<OsString> {
    let found = env::var_os("WSTEST").filter(|command| !command.is_empty());
    assert!(found.is_some() || env::var_os("CI").is_none(), "WSTEST does not name the suite's command");
    if found.is_none() {
        println!("skipped: WSTEST does not name the suite's command");
    }
    found
}

fn example(name: &str) -> Command {
    let mut path: PathBuf = env::current_exe().expect("the test has a path");
    path.pop();
    path.pop();
    path.push("examples");
    path.push(name);
    assert!(path.exists(), "{} is not built: run `cargo build --examples` with the same options", path.display());
    Command::new(path)
}

/// A folder for a run's specification and reports.
fn folder(name: &str) -> Result<PathBuf, Box<dyn Error>> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Runs the suite with a specification, in its folder.
fn suite(wstest: &OsString, mode: &str, folder: &Path, specification: &str) -> Result<Running, Box<dyn Error>> {
    let path = folder.join("specification.json");
    fs::write(&path, specification)?;
    let log = fs::File::create(folder.join("log"))?;
    let mut command = Command::new(wstest);
    command.arg("-m").arg(mode).arg("-s").arg(&path).current_dir(folder);
    Ok(Running(command.stdout(log.try_clone()?).stderr(log).spawn()?))
}

/// Counts the results of a report, of the case itself and of its close, and checks them.
fn judge(role: &str, folder: &Path) -> Outcome {
    let index = fs::read_to_string(folder.join("reports/index.json"))?;
    let mut counts: [BTreeMap<String, usize>; 2] = Default::default();
    for line in index.lines().map(str::trim) {
        for (key, counts) in ["\"behavior\": \"", "\"behaviorClose\": \""].into_iter().zip(&mut counts) {
            if let Some(result) = line.strip_prefix(key).and_then(|rest| rest.split('"').next()) {
                *counts.entry(result.to_owned()).or_default() += 1;
            }
        }
    }
    println!("{role}: behavior {:?}, behaviorClose {:?}", counts[0], counts[1]);
    let expected = BTreeMap::from([("OK".to_owned(), 514), ("INFORMATIONAL".to_owned(), 3)]);
    assert!(counts.iter().all(|counts| *counts == expected), "see {}", folder.display());
    Ok(())
}

#[test]
fn the_server_passes_every_case() -> Outcome {
    let Some(wstest) = wstest() else { return Ok(()) };
    let folder = folder("autobahn-server")?;
    let mut server = Running(example("ws_echo").arg("127.0.0.1:0").stdout(Stdio::piped()).spawn()?);
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    let url = line.trim().strip_prefix("listening on ").ok_or("no address")?;
    let specification = format!(
        r#"{{"outdir": "reports", "servers": [{{"agent": "{AGENT}", "url": "{url}"}}],
            "cases": ["*"], "exclude-cases": [], "exclude-agent-cases": {{}}}}"#
    );
    let mut suite = suite(&wstest, "fuzzingclient", &folder, &specification)?;
    assert!(suite.0.wait()?.success(), "see {}", folder.display());
    judge("server", &folder)
}

#[test]
fn the_client_passes_every_case() -> Outcome {
    let Some(wstest) = wstest() else { return Ok(()) };
    let folder = folder("autobahn-client")?;
    // The suite cannot choose a free port by itself.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let url = format!("ws://127.0.0.1:{port}");
    let specification = format!(
        r#"{{"outdir": "reports", "url": "{url}", "cases": ["*"], "exclude-cases": [], "exclude-agent-cases": {{}}}}"#
    );
    let mut suite = suite(&wstest, "fuzzingserver", &folder, &specification)?;
    let start = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        assert!(suite.0.try_wait()?.is_none(), "see {}", folder.display());
        assert!(start.elapsed() < Duration::from_secs(60), "the suite does not listen");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(example("autobahn_client").arg(&url).status()?.success());
    judge("client", &folder)
}
