//! The helpers that a program needs, out of the files of `runtime/`, which are written out as one `php.rs`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

const SOURCE: &str = concat!(
    include_str!("../runtime/output.rs"),
    "\n",
    include_str!("../runtime/warnings.rs"),
    "\n",
    include_str!("../runtime/exceptions.rs"),
    "\n",
    include_str!("../runtime/comparison.rs"),
    "\n",
    include_str!("../runtime/text.rs"),
    "\n",
    include_str!("../runtime/replacing.rs"),
    "\n",
    include_str!("../runtime/multibyte.rs"),
    "\n",
    include_str!("../runtime/format.rs"),
    "\n",
    include_str!("../runtime/encoding.rs"),
    "\n",
    include_str!("../runtime/hashes.rs"),
    "\n",
    include_str!("../runtime/pack.rs"),
    "\n",
    include_str!("../runtime/json.rs"),
    "\n",
    include_str!("../runtime/json_value.rs"),
    "\n",
    include_str!("../runtime/json_read.rs"),
    "\n",
    include_str!("../runtime/numbers.rs"),
    "\n",
    include_str!("../runtime/time.rs"),
    "\n",
    include_str!("../runtime/lists.rs"),
    "\n",
    include_str!("../runtime/arrays.rs"),
    "\n",
    include_str!("../runtime/dump.rs"),
    "\n",
    include_str!("../runtime/files.rs"),
    "\n",
    include_str!("../runtime/folders.rs"),
    "\n",
    include_str!("../runtime/reading.rs"),
    "\n",
    include_str!("../runtime/system.rs"),
);

/// What stands between two blank lines at the left edge.
struct Chunk {
    text: &'static str,
    /// The names that it defines.
    names: Vec<&'static str>,
    /// The names in the head of an `impl`.
    needs: Vec<&'static str>,
    /// The method that it has, one of which must be used.
    when: Option<&'static str>,
}

/// The names in a text: `name`, with a `!` behind a macro's, and with a `.` in front of a method's once more.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let is = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !is(bytes[at]) {
            at += 1;
            continue;
        }
        let end = at + bytes[at..].iter().take_while(|b| is(**b)).count();
        let call = bytes.get(end) == Some(&b'!') && bytes.get(end + 1) != Some(&b'=');
        words.push(&text[at..end + usize::from(call)]);
        if at > 0 && bytes[at - 1] == b'.' {
            words.push(&text[at - 1..end]);
        }
        at = end;
    }
    words
}

/// The head of an `impl` without its parameters and bounds.
fn bare(head: &'static str) -> &'static str {
    let rest = head.strip_prefix("impl").unwrap_or(head);
    let mut depth = 0;
    let start = if rest.starts_with('<') {
        rest.char_indices()
            .find(|(at, c)| {
                depth += i32::from(*c == '<') - i32::from(*c == '>' && !rest[..*at].ends_with('-'));
                depth == 0
            })
            .map_or(0, |(at, _)| at + 1)
    } else {
        0
    };
    &rest[start..]
}

fn chunks() -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut start = 0;
    let mut ends: Vec<usize> = SOURCE
        .match_indices("\n\n")
        .map(|(at, _)| at + 1)
        .filter(|at| SOURCE[at + 1..].starts_with(|c: char| !c.is_whitespace() && c != '}'))
        .collect();
    ends.push(SOURCE.len());
    for end in ends {
        let text = SOURCE[start..end].trim();
        start = end;
        let code: Vec<_> = text.lines().filter(|line| !line.starts_with("//")).collect();
        let head = code.iter().find(|line| !line.starts_with('#')).copied().unwrap_or_default();
        let when = text.lines().find_map(|line| line.strip_prefix("// when: "));
        let mut names = Vec::new();
        if !head.starts_with("impl") {
            for line in &code {
                let line = line.trim_start_matches("    static ").trim_start_matches("pub(crate) ");
                for word in ["fn ", "struct ", "enum ", "trait ", "const ", "macro_rules! "] {
                    if let Some(rest) = line.strip_prefix(word) {
                        names.extend(words(rest).first());
                    }
                }
            }
            if head.starts_with("thread_local") {
                let named = code.iter().find_map(|line| line.split_once("static "));
                names.extend(named.and_then(|(_, rest)| words(rest).first().copied()));
            }
            names.truncate(1);
            if let Some(name) = head.strip_prefix("macro_rules! ") {
                names = [("echo", "echo!"), ("text", "text!"), ("append", "append!"), ("caught", "caught!")]
                    .iter()
                    .filter(|(plain, _)| name.starts_with(plain))
                    .map(|(_, macro_name)| *macro_name)
                    .collect();
            }
        }
        let needs = if head.starts_with("impl") { words(bare(head)) } else { Vec::new() };
        if let (Some(when), false) = (when, head.starts_with("impl")) {
            names.extend(when.split(' '));
        }
        chunks.push(Chunk { text, names, needs, when });
    }
    chunks
}

/// Whether a helper may end the program, where PHP throws an `Error`.
pub(crate) fn may_end(helper: &str) -> bool {
    static ENDING: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
        let chunks = chunks();
        let mut ending = BTreeSet::from(["fatal"]);
        loop {
            let before = ending.len();
            for chunk in chunks.iter().filter(|chunk| chunk.needs.is_empty()) {
                let code = chunk.text.lines().filter(|line| !line.trim_start().starts_with("//"));
                if code.flat_map(words).any(|word| ending.contains(word)) {
                    ending.extend(&chunk.names);
                }
            }
            if ending.len() == before {
                return ending;
            }
        }
    });
    ENDING.contains(helper)
}

/// The module with every helper.
pub(crate) fn all() -> String {
    module(&chunks().iter().map(|chunk| clean(chunk.text)).collect::<Vec<_>>().join("\n\n"))
}

/// The module with the helpers that `main` uses, and those that they use.
pub(crate) fn used(main: &str) -> String {
    let chunks = chunks();
    let defined: BTreeSet<&str> = chunks.iter().flat_map(|chunk| chunk.names.iter().copied()).collect();
    let mut known: BTreeSet<&str> = words(main).into_iter().collect();
    let mut taken = vec![false; chunks.len()];
    loop {
        let mut grown = false;
        for (at, chunk) in chunks.iter().enumerate() {
            if taken[at] {
                continue;
            }
            let wanted = if chunk.needs.is_empty() {
                chunk.names.iter().any(|name| known.contains(name))
            } else {
                chunk.needs.iter().all(|need| !defined.contains(need) || known.contains(need))
                    && chunk.needs.iter().any(|need| defined.contains(need))
                    && chunk.when.is_none_or(|when| when.split(' ').any(|method| known.contains(method)))
            };
            if wanted {
                taken[at] = true;
                grown = true;
                let code = chunk.text.lines().filter(|line| !line.trim_start().starts_with("//"));
                known.extend(code.flat_map(words));
            }
        }
        if !grown {
            break;
        }
    }
    let ignoring = words(main).iter().any(|word| ["ignore_warnings", "silently"].contains(word));
    let clean = |text: &str| {
        let text = clean(text);
        let print = "    eprintln!(\"PHP Warning:  {text}\");\n";
        if ignoring {
            text.replace(print, "    if !IGNORED.get() {\n        eprintln!(\"PHP Warning:  {text}\");\n    }\n")
        } else {
            text
        }
    };
    let body: Vec<_> =
        chunks.iter().zip(&taken).filter(|(_, taken)| **taken).map(|(chunk, _)| clean(chunk.text)).collect();
    if body.is_empty() {
        return String::new();
    }
    module(&body.join("\n\n"))
}

/// The text of a module with its imports.
fn module(body: &str) -> String {
    let mut head = String::from(
        "//! PHP's functions, as far as main.rs uses them.\n#![allow(dead_code, unused_macros, unused_imports)]\n\n",
    );
    let has = |word: &str| words(body).contains(&word);
    for (word, line) in [
        ("Cow", "use std::borrow::Cow;\n"),
        ("RefCell", "use std::cell::RefCell;\n"),
        ("Ordering", "use std::cmp::Ordering;\n"),
        ("Display", "use std::fmt::Display;\n"),
        ("write_all", "use std::io::Write;\n"),
    ] {
        if has(word) {
            head.push_str(line);
        }
    }
    let names: Vec<_> = ["Error", "Result", "Socket", "SocketSet"].into_iter().filter(|name| has(name)).collect();
    if !names.is_empty() {
        head.push_str(&format!("\nuse php_sockets::{{{}}};\n", names.join(", ")));
    }
    format!("{head}\n{body}\n")
}

/// Without the marks that are for this module.
fn clean(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("// when: ")).collect::<Vec<_>>().join("\n")
}
