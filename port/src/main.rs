//! `php-sockets-port FILE.php [-o FOLDER] [--check]`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: php-sockets-port FILE.php [-o FOLDER] [--check]

Writes a cargo project to FOLDER (the file's name without .php), and says which lines it refuses. With --check it only says that.
The exit code is 1 if anything was refused.";

fn main() -> ExitCode {
    let (mut file, mut folder, mut check) = (None, None, false);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match &*arg {
            "-o" => folder = args.next().map(PathBuf::from),
            "--check" => check = true,
            _ if file.is_none() && !arg.starts_with('-') => file = Some(PathBuf::from(arg)),
            _ => {
                eprintln!("{USAGE}");
                return ExitCode::from(2);
            }
        }
    }
    let Some(file) = file else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let output = match php_sockets_port::port_file(&file) {
        Ok(output) => output,
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            return ExitCode::from(2);
        }
    };
    for refused in &output.refused {
        println!("{}:{}: {}", refused.file.as_ref().unwrap_or(&file).display(), refused.line, refused.reason);
    }
    if !check {
        let folder = folder.unwrap_or_else(|| file.with_extension(""));
        if let Err(error) = php_sockets_port::write_project(&output, &folder, &php_sockets()) {
            eprintln!("{}: {error}", folder.display());
            return ExitCode::from(2);
        }
        println!("written to {}: cargo run --manifest-path {0}/Cargo.toml", folder.display());
    }
    if output.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Where the crate is: beside this package as long as it is built from the repository.
fn php_sockets() -> String {
    match Path::new(env!("CARGO_MANIFEST_DIR")).parent() {
        Some(path) if path.join("src/select.rs").exists() => format!("{{ path = {:?} }}", path.display().to_string()),
        _ => "\"0.1\"".to_owned(),
    }
}
