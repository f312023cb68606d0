//! Runs a PHP script and its Rust port, each in a process of its own, and compares what they print.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use tempfile::{TempDir, tempdir};

use crate::skip;

/// What a test of a pair returns.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Says what differs or went wrong, in lines of their own.
#[derive(Clone)]
pub(crate) struct Failure(String);

impl std::fmt::Debug for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

/// A Rust port of a PHP script: it fails with an [`Error`](php_sockets::Error), or with one of its own.
pub(crate) trait Port {
    fn run(&self) -> Result<(), Box<dyn std::error::Error>>;
}

impl<E: Into<Box<dyn std::error::Error>>, F: Fn() -> Result<(), E>> Port for F {
    fn run(&self) -> Result<(), Box<dyn std::error::Error>> {
        self().map_err(Into::into)
    }
}

/// A place where this crate prints something else than PHP.
pub(crate) struct Difference {
    /// The versions of PHP that print something else, as `PHP_VERSION_ID` writes them.
    versions: Range<u32>,
    php: &'static str,
    ours: &'static str,
}

const fn version(major: u32, minor: u32) -> u32 {
    major * 10_000 + minor * 100
}

/// PHP prints `php` before version `major.minor`, and what this crate prints since.
pub(crate) const fn before(major: u32, minor: u32, php: &'static str, ours: &'static str) -> Difference {
    Difference { versions: 0..version(major, minor), php, ours }
}

/// PHP prints `php` since version `major.minor`, and printed before what this crate prints.
pub(crate) const fn since(major: u32, minor: u32, php: &'static str, ours: &'static str) -> Difference {
    Difference { versions: version(major, minor)..u32::MAX, php, ours }
}

/// PHP prints `php`; this crate decided otherwise, as the list of deviations says.
pub(crate) const fn always(php: &'static str, ours: &'static str) -> Difference {
    Difference { versions: 0..u32::MAX, php, ours }
}

/// In the environment of a process that runs a port: which of the pair's ports.
const ROLE: &str = "PHP_SOCKETS_PARITY_ROLE";
/// In the environment of a port that is a client: where the server listens.
pub(crate) const ARGUMENT: &str = "PHP_SOCKETS_PARITY_ARGUMENT";
/// Ends what the test harness prints in the process of a port; the port's own output follows.
const MARK: &str = "\n<port>\n";
/// No script takes nearly as long.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// Compares `NAME.php` with its port. `module` is the `module_path!()` of `NAME.rs`.
pub(crate) fn compare(module: &str, port: impl Port, differences: &[Difference]) -> Outcome {
    compare_since(0, 0, module, port, differences)
}

/// Does it with the versions of PHP that have what the script needs.
pub(crate) fn compare_since(
    major: u32,
    minor: u32,
    module: &str,
    port: impl Port,
    differences: &[Difference],
) -> Outcome {
    run_if_asked(&[("port", &port)]);
    let pair = Pair::new(module);
    let mut found = None;
    for php in phps()?.iter().filter(|php| php.version >= version(major, minor)) {
        let expected = php.decided(differences, pair.output(php)?)?;
        if found.is_none() {
            found = Some(pair.start(&Program::Port("port"), "", &tempdir()?)?.finish()?);
        }
        same(php, "the port", &expected, found.as_deref().unwrap_or_default())?;
    }
    Ok(())
}

/// Lets `NAME_server` and `NAME_client` talk, PHP with PHP, PHP with Rust in both directions, and Rust with Rust.
pub(crate) fn exchange(module: &str, server: impl Port, client: impl Port, differences: &[Difference]) -> Outcome {
    run_if_asked(&[("server", &server), ("client", &client)]);
    let pair = Pair::new(module);
    let talk = |server: &Program, client: &Program| {
        // Sockets have short names in it.
        let directory = tempdir()?;
        let server = pair.start(server, "", &directory)?;
        let address = server.announcement()?;
        let client = pair.start(client, &address, &directory)?.finish();
        // The server's own complaint says more than that of a client which it left alone.
        let server = server.finish()?;
        Ok::<_, Failure>(format!("server:\n{server}client:\n{}", client?))
    };
    let ports = (Program::Port("server"), Program::Port("client"));
    for php in phps()? {
        let scripts = (pair.script(php, "_server"), pair.script(php, "_client"));
        let expected = php.decided(differences, talk(&scripts.0, &scripts.1)?)?;
        same(php, "PHP's server and Rust's client", &expected, &talk(&scripts.0, &ports.1)?)?;
        same(php, "Rust's server and PHP's client", &expected, &talk(&ports.0, &scripts.1)?)?;
        same(php, "Rust's server and client", &expected, &talk(&ports.0, &ports.1)?)?;
    }
    Ok(())
}

fn same(php: &Php, who: &str, expected: &str, found: &str) -> Outcome {
    if expected == found {
        return Ok(());
    }
    let at = expected.lines().zip(found.lines()).take_while(|(expected, found)| expected == found).count();
    let line = |text: &str| text.lines().nth(at).unwrap_or("(the end)").to_owned();
    Err(format!(
        "PHP {}: line {} differs\n     PHP: {}\n    Rust: {}\n--- PHP, as decided:\n{expected}--- {who}:\n{found}",
        php.version,
        at + 1,
        line(expected),
        line(found)
    )
    .into())
}

/// In a process that [`Pair::start`] made for a port: runs it and ends the process.
pub(crate) fn run_if_asked(ports: &[(&str, &dyn Port)]) {
    let Ok(role) = env::var(ROLE) else { return };
    let (_, port) = ports.iter().find(|(name, _)| *name == role).expect("the pair has this port");
    crate::prelude::write_out(MARK.as_bytes());
    if let Err(error) = port.run() {
        crate::prelude::echo!("Uncaught: ", error.to_string(), "\n");
    }
    std::io::stdout().flush().expect("the test reads what the port prints");
    std::process::exit(0);
}

/// A PHP with its sockets extension.
#[derive(Debug)]
pub(crate) struct Php {
    pub(crate) command: PathBuf,
    /// As `PHP_VERSION_ID` writes it.
    pub(crate) version: u32,
}

/// Finds the system's PHP, and PHP 8.6 where `tools/php86` has put it; notes which of them is missing.
pub(crate) fn phps() -> Outcome<&'static [Php]> {
    static PHPS: OnceLock<Vec<Php>> = OnceLock::new();
    let phps = PHPS.get_or_init(|| {
        let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cache")));
        let newest = env::var_os("PHP86").map(PathBuf::from).or_else(|| Some(cache?.join("php86/php")));
        [Some("php".into()), newest].into_iter().flatten().filter_map(Php::new).collect()
    });
    if phps.iter().all(|php| php.command != Path::new("php")) {
        skip::missing("php with its sockets extension (Debian: php-cli)");
    }
    if phps.iter().all(|php| php.version < version(8, 6)) {
        skip::missing("PHP 8.6 (tools/php86 brings it)");
    }
    Ok(phps)
}

impl Php {
    /// `None` unless the command is a PHP with its sockets extension.
    fn new(command: PathBuf) -> Option<Self> {
        let code = "echo extension_loaded('sockets') ? PHP_VERSION_ID : '';";
        let output = Command::new(&command).args(["-r", code]).output().ok()?;
        Some(Self { command, version: String::from_utf8(output.stdout).ok()?.parse().ok()? })
    }

    /// Runs PHP code and returns what it prints.
    pub(crate) fn run(&self, code: &str) -> Outcome<String> {
        let output = Command::new(&self.command).args(["-r", code]).output()?;
        String::from_utf8(output.stdout).map_err(|error| error.to_string().into())
    }

    /// Puts this crate's text wherever the output of this PHP has a text that is known to differ, exactly once for each.
    fn decided(&self, differences: &[Difference], output: String) -> Outcome<String> {
        differences.iter().filter(|difference| difference.versions.contains(&self.version)).try_fold(
            output,
            |output, Difference { php, ours, .. }| match output.matches(php).count() {
                1 => Ok(output.replacen(php, ours, 1)),
                count => {
                    Err(format!("PHP {} prints {php:?} {count} times, not once, in:\n{output}", self.version).into())
                }
            },
        )
    }
}

/// A pair's scripts and ports.
pub(crate) struct Pair {
    /// `tests/parity/TOPIC/NAME`, absolute.
    stem: PathBuf,
    /// The test that runs the ports when [`ROLE`] says so.
    test: String,
}

/// What a pair can start.
pub(crate) enum Program {
    Script(&'static Php, PathBuf),
    Port(&'static str),
}

impl Pair {
    pub(crate) fn new(module: &str) -> Self {
        let name = module.strip_prefix(concat!(env!("CARGO_CRATE_NAME"), "::")).unwrap_or(module);
        Self {
            stem: Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity").join(name.replace("::", "/")),
            test: format!("{name}::parity"),
        }
    }

    /// The pair of `stem.php`, whose ports will not run.
    pub(crate) fn of(stem: &Path) -> Self {
        Self { stem: stem.to_owned(), test: String::new() }
    }

    /// What the script prints. It runs once with each PHP, however many tests ask.
    pub(crate) fn output(&self, php: &'static Php) -> Outcome<String> {
        type Outputs = BTreeMap<(u32, PathBuf), Arc<OnceLock<Outcome<String>>>>;
        static OUTPUTS: Mutex<Outputs> = Mutex::new(BTreeMap::new());
        let mut outputs = OUTPUTS.lock().unwrap_or_else(PoisonError::into_inner);
        let output = Arc::clone(outputs.entry((php.version, self.stem.clone())).or_default());
        drop(outputs);
        output.get_or_init(|| self.start(&self.script(php, ""), "", &tempdir()?)?.finish()).clone()
    }

    pub(crate) fn script(&self, php: &'static Php, suffix: &str) -> Program {
        let mut path = self.stem.clone().into_os_string();
        path.push(suffix);
        path.push(".php");
        Program::Script(php, path.into())
    }

    /// Starts `program` with `argument`, in `directory` and with room for 2048 descriptors.
    pub(crate) fn start(&self, program: &Program, argument: &str, directory: &TempDir) -> Outcome<Process> {
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -n 2048 2>/dev/null; exec \"$0\" \"$@\""]);
        match program {
            Program::Script(php, script) => {
                let prelude = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity/prelude.php");
                command.arg(&php.command).args(["-d", "display_errors=stderr", "-d", "html_errors=0", "-d"]);
                command.arg(format!("auto_prepend_file={}", prelude.display()));
                command.arg(script).arg(argument);
            }
            Program::Port(role) => {
                command.arg(env::current_exe()?).args(["--exact", &self.test, "--nocapture"]);
                command.env(ROLE, role).env(ARGUMENT, argument);
            }
        }
        command.current_dir(directory).env("LC_ALL", "C");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let name = match program {
            Program::Script(_, script) => script.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Program::Port(role) => format!("the Rust {role}"),
        };
        Ok(Process::new(name, command.spawn()?))
    }
}

/// A running script or port. It is killed when dropped.
pub(crate) struct Process {
    /// For what goes wrong.
    name: String,
    child: Child,
    output: Receiver<Vec<u8>>,
    /// Lines of the standard error: the announcement of a server, then what went wrong beside the script.
    errors: Receiver<String>,
}

impl Process {
    fn new(name: String, mut child: Child) -> Self {
        let mut stdout = child.stdout.take().expect("it is piped");
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let (send_output, output) = mpsc::channel();
        let (send_error, errors) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            // What was read before an error is compared all the same.
            drop(stdout.read_to_end(&mut bytes));
            drop(send_output.send(bytes));
        });
        thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| send_error.send(line)));
        Self { name, child, output, errors }
    }

    /// Waits until the server says where it listens.
    fn announcement(&self) -> Outcome<String> {
        self.errors.recv_timeout(TIME_LIMIT).map_err(|_| format!("{} did not say where it listens", self.name).into())
    }

    /// Waits for the end, and returns what was printed.
    pub(crate) fn finish(mut self) -> Outcome<String> {
        let output = self.output.recv_timeout(TIME_LIMIT);
        if output == Err(RecvTimeoutError::Timeout) {
            self.child.kill()?;
        }
        let name = &self.name;
        let bytes = output.clone().or_else(|_| self.output.recv()).unwrap_or_default();
        let output_so_far =
            String::from_utf8(bytes).map_err(|error| format!("{name} does not print UTF-8: {error}"))?;
        let status = self.child.wait()?;
        let errors = self.errors.iter().collect::<Vec<_>>().join("\n");
        if output.is_err() {
            return Err(format!("{name} did not end in {TIME_LIMIT:?}; it printed:\n{output_so_far}{errors}").into());
        }
        if !status.success() || !errors.is_empty() {
            return Err(format!("{name}: {status}; it printed:\n{output_so_far}{errors}").into());
        }
        Ok(match output_so_far.split_once(MARK) {
            Some((_, output)) => output.to_owned(),
            None => output_so_far,
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
