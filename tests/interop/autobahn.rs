//! The Autobahn test suite against `ws_echo` and `autobahn_client`, both roles: all 517 cases with `AUTOBAHN=all`, which take
//! 9 minutes a role; otherwise 313 of them, those with compression once for each way of negotiating it.
//!
//! It needs `wstest`, the suite's command, named by the environment variable `WSTEST`; without it, Docker with the suite's
//! image. Each role's counts are printed:
//!
//! ```sh
//! cargo build --release --features deflate --examples
//! AUTOBAHN=all WSTEST=$(tools/install-wstest) cargo test --release --features deflate --test interop autobahn -- --nocapture
//!
//! docker pull crossbario/autobahn-testsuite      # or with the image, for the same without WSTEST
//! ```

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fs,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, TcpStream},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::port::own_port;

pub(crate) type Outcome = Result<(), Box<dyn Error>>;

const AGENT: &str = "php-sockets";

/// Whether all cases are run.
fn is_whole() -> bool {
    env::var_os("AUTOBAHN").is_some_and(|which| which == "all")
}

/// The cases for a specification. A name with a star is a pattern; of 12 and 13, which are those with compression, there are
/// twelve kinds in eighteen sizes.
fn cases() -> &'static str {
    if is_whole() {
        r#"["*"]"#
    } else {
        r#"["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*", "12.*.5", "13.*.5"]"#
    }
}

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Docker passes this on to its container; a kill would leave that running.
        let _ = Command::new("kill").arg(self.0.id().to_string()).stderr(Stdio::null()).status();
        let _ = self.0.wait();
    }
}

const IMAGE: &str = "crossbario/autobahn-testsuite";

/// The suite's command, to be run in `folder`: that of `WSTEST`, or the image's, which must be there already. Without
/// either the test is skipped, in CI it fails.
pub(crate) fn wstest(folder: &Path) -> Option<Command> {
    if let Some(wstest) = env::var_os("WSTEST").filter(|command| !command.is_empty()) {
        let mut command = Command::new(wstest);
        command.current_dir(folder);
        return Some(command);
    }
    let mut inspect = Command::new("docker");
    inspect.args(["image", "inspect", IMAGE]).stdout(Stdio::null()).stderr(Stdio::null());
    if inspect.status().is_ok_and(|status| status.success()) {
        // The same network and the same path as outside, and reports that belong to who runs the test.
        let mut command = Command::new("docker");
        command.args(["run", "--rm", "--init", "--network", "host", "--pull", "never", "--user"]);
        let owner = fs::metadata(folder).ok()?;
        command.arg(format!("{}:{}", owner.uid(), owner.gid()));
        command.arg("--volume").arg(format!("{0}:{0}", folder.display()));
        command.arg("--workdir").arg(folder).args([IMAGE, "wstest"]);
        return Some(command);
    }
    crate::skip::missing(&format!("the suite's command in WSTEST, and the image {IMAGE} in Docker,"));
    None
}

pub(crate) fn example(name: &str) -> Command {
    let mut path: PathBuf = env::current_exe().expect("the test has a path");
    path.pop();
    path.pop();
    path.push("examples");
    path.push(name);
    assert!(path.exists(), "{} is not built: run `cargo build --examples` with the same options", path.display());
    Command::new(path)
}

/// A folder for a run's specification and reports.
pub(crate) fn folder(name: &str) -> Result<PathBuf, Box<dyn Error>> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Runs the suite with a specification, in its folder.
fn suite(mut wstest: Command, mode: &str, folder: &Path, specification: &str) -> Result<Running, Box<dyn Error>> {
    let path = folder.join("specification.json");
    fs::write(&path, specification)?;
    let log = fs::File::create(folder.join("log"))?;
    // Without its web server, whose port another program may have.
    wstest.args(["--webport", "0", "-m", mode, "-s"]).arg(&path);
    Ok(Running(wstest.stdout(log.try_clone()?).stderr(log).spawn()?))
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
    let expected =
        BTreeMap::from([("OK".to_owned(), if is_whole() { 514 } else { 310 }), ("INFORMATIONAL".to_owned(), 3)]);
    assert!(counts.iter().all(|counts| *counts == expected), "see {}", folder.display());
    Ok(())
}

/// Has the suite test the server at `url`.
pub(crate) fn fuzz_server(role: &str, wstest: Command, folder: &Path, url: &str) -> Outcome {
    let specification = format!(
        r#"{{"outdir": "reports", "servers": [{{"agent": "{AGENT}", "url": "{url}"}}],
            "cases": {}, "exclude-cases": [], "exclude-agent-cases": {{}}}}"#,
        cases()
    );
    let mut suite = suite(wstest, "fuzzingclient", folder, &specification)?;
    assert!(suite.0.wait()?.success(), "see {}", folder.display());
    judge(role, folder)
}

/// Has the suite, which listens on a port, test the client that `client` makes for it.
pub(crate) fn fuzz_client(
    role: &str,
    wstest: Command,
    folder: &Path,
    client: impl FnOnce(u16) -> Result<Command, Box<dyn Error>>,
) -> Outcome {
    // The suite cannot choose a free port by itself.
    let port = own_port();
    let url = format!("ws://127.0.0.1:{port}");
    let specification = format!(
        r#"{{"outdir": "reports", "url": "{url}", "cases": {}, "exclude-cases": [], "exclude-agent-cases": {{}}}}"#,
        cases()
    );
    let mut suite = suite(wstest, "fuzzingserver", folder, &specification)?;
    let start = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        assert!(suite.0.try_wait()?.is_none(), "see {}", folder.display());
        assert!(start.elapsed() < Duration::from_secs(60), "the suite does not listen");
        std::thread::sleep(Duration::from_millis(50));
    }
    let status = client(port)?.status()?;
    assert!(status.success(), "{status}; of the suite {:?}, see {}", suite.0.try_wait(), folder.display());
    judge(role, folder)
}

#[test]
fn the_server_passes_every_case() -> Outcome {
    let folder = folder("autobahn-server")?;
    let Some(wstest) = wstest(&folder) else { return Ok(()) };
    let mut server = Running(example("ws_echo").arg("127.0.0.1:0").stdout(Stdio::piped()).spawn()?);
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    let url = line.trim().strip_prefix("listening on ").ok_or("no address")?;
    fuzz_server("server", wstest, &folder, url)
}

#[test]
fn the_client_passes_every_case() -> Outcome {
    let folder = folder("autobahn-client")?;
    let Some(wstest) = wstest(&folder) else { return Ok(()) };
    fuzz_client("client", wstest, &folder, |port| {
        let mut client = example("autobahn_client");
        client.arg(format!("ws://127.0.0.1:{port}"));
        Ok(client)
    })
}
