//! All programs, ported and compiled as one crate.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use php_sockets_port::{Refused, all_helpers, port, port_with_prelude};

pub(crate) struct Program {
    pub(crate) set: &'static str,
    pub(crate) name: String,
    pub(crate) php: PathBuf,
    /// The name of its module.
    pub(crate) module: String,
    pub(crate) refused: Vec<Refused>,
}

pub(crate) struct Programs {
    pub(crate) list: Vec<Program>,
    pub(crate) binary: PathBuf,
}

/// The programs of `traps/*.txt`: what stands between the lines that begin with `===` and give it its title.
fn traps_of(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let mut list = Vec::new();
    for file in files {
        let text = format!("\n{}", fs::read_to_string(&file).expect("a text"));
        let subject = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for part in text.split("\n=== ").skip(1) {
            let (title, text) = part.split_once('\n').expect("a title and a program");
            let name = format!("{subject} {title}").replace(|c: char| !c.is_ascii_alphanumeric(), "_");
            let name = name.to_lowercase();
            assert!(list.iter().all(|(other, _)| *other != name), "{name} is there twice");
            list.push((name, format!("<?php\n{text}")));
        }
    }
    list
}

/// Ports and compiles everything, once.
pub(crate) fn programs() -> &'static Programs {
    static PROGRAMS: OnceLock<Programs> = OnceLock::new();
    PROGRAMS.get_or_init(build)
}

/// A command of cargo's on the crate of all programs.
pub(crate) fn cargo(what: &str) -> Command {
    programs();
    in_crate(&folder(), what)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("ported")
}

fn in_crate(folder: &Path, what: &str) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args([what, "-q", "--offline", "--message-format", "short", "--manifest-path"]);
    command.arg(folder.join("Cargo.toml")).env("CARGO_TARGET_DIR", folder.join("target"));
    command
}

fn build() -> Programs {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = folder();
    drop(fs::remove_dir_all(folder.join("src")));
    let traps = folder.join("traps");
    fs::create_dir_all(&traps).expect("the target directory can be written");
    fs::create_dir_all(folder.join("src")).expect("the target directory can be written");
    for (name, text) in traps_of(&package.join("tests/traps")) {
        fs::write(traps.join(format!("{name}.php")), text).expect("it can be written");
    }
    let mut list = Vec::new();
    let mut main = String::from("mod php;\n");
    fs::write(folder.join("src/php.rs"), all_helpers()).expect("it can be written");
    let sets = [
        ("parity", package.join("../tests/parity/programs")),
        ("held_out", package.join("tests/held_out")),
        ("traps", traps),
    ];
    for (set, from) in sets {
        let mut files: Vec<_> =
            fs::read_dir(from).expect("it is there").map(|entry| entry.expect("an entry").path()).collect();
        files.retain(|path| path.extension().is_some_and(|e| e == "php"));
        files.sort();
        for php in files {
            let source = fs::read_to_string(&php).expect("a text");
            let output = if set == "parity" { port_with_prelude(&source) } else { port(&source) };
            let name = php.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let module = format!("{set}_{}", name.to_lowercase());
            let mut rust = output.rust.replacen("fn main()", "pub(crate) fn main()", 1);
            let mut helpers = output.php;
            if set == "parity" {
                // What the prelude of the scripts prints for a warning, and for what nobody catches.
                rust = format!("#[allow(unused_imports)]\nuse crate::prelude::*;\n{rust}");
                helpers = helpers
                    .replace("eprintln!(\"PHP Warning:  {text}\")", "println!(\"Warning: {text}\")")
                    .replace("eprintln!(\"PHP Fatal error:  Uncaught {text}\")", "println!(\"Uncaught {text}\")");
            }
            if set == "traps" {
                // One module for all of them, which is compiled once.
                rust = rust.replacen("mod php;\n\n", "", 1).replacen("use php::*;", "use crate::php::*;", 1);
                fs::write(folder.join("src").join(format!("{module}.rs")), rust).expect("it can be written");
                main.push_str(&format!("mod {module};\n"));
                list.push(Program { set, name, php, module, refused: output.refused });
                continue;
            }
            fs::create_dir_all(folder.join("src").join(&module)).expect("it can be written");
            fs::write(folder.join("src").join(format!("{module}.rs")), rust).expect("it can be written");
            fs::write(folder.join("src").join(&module).join("php.rs"), helpers).expect("it can be written");
            main.push_str(&format!("mod {module};\n"));
            list.push(Program { set, name, php, module, refused: output.refused });
        }
    }
    let arms: String = list.iter().map(|p| format!("        \"{0}\" => {0}::main(),\n", p.module)).collect();
    main.push_str(&format!(
        "#[path = {:?}]\nmod prelude;\n\nfn main() {{\n    match &*std::env::var(\"PROGRAM\").unwrap_or_default() {{\n{arms}        \
         other => panic!(\"{{other}}\"),\n    }}\n}}\n",
        package.join("tests/same/prelude.rs").display().to_string()
    ));
    fs::write(folder.join("src/main.rs"), main).expect("it can be written");
    let manifest = format!(
        "[package]\nname = \"ported\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nphp-sockets = {{ path = {:?}, \
         default-features = false }}\nsignal-hook = \"0.4\"\n\n[profile.dev]\ndebug = 0\n\n[workspace]\n",
        package.join("..").display().to_string()
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("it can be written");
    // The versions that the workspace was tested with, so that nothing is asked of the network.
    drop(fs::copy(package.join("../Cargo.lock"), folder.join("Cargo.lock")));
    let output = in_crate(&folder, "build").output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Programs { list, binary: folder.join("target/debug/ported") }
}
