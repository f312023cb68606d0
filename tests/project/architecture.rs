//! Who imports whom in `src`, held against the tables of `docs/architecture.md`.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fs, io,
    path::Path,
};

/// A room: a module of the crate with all below it, or one of `poll` or `ws`, which have rooms of their own.
type Room = String;

/// The source files, by the path of their module.
fn sources(directory: &Path, module: &[String], found: &mut BTreeMap<Vec<String>, String>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let mut module = module.to_vec();
        if name == "tests" {
            continue;
        }
        if name != "lib" {
            module.push(name.to_owned());
        }
        if path.is_dir() {
            sources(&path, &module, found)?;
        } else {
            found.insert(module, code(&fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

/// A file without its comments, its texts and its tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.map(|line| line.split('"').step_by(2).collect::<String>() + "\n").collect()
}

/// All paths of a `use` tree: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn paths(tree: &str, before: &[String], found: &mut Vec<Vec<String>>) {
    let (mut depth, mut start) = (0, 0);
    let branches = tree.char_indices().filter_map(|(at, letter)| {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        (letter == ',' && depth == 0).then(|| &tree[std::mem::replace(&mut start, at + 1)..at])
    });
    let mut branches: Vec<_> = branches.collect();
    branches.push(&tree[start..]);
    for branch in branches.into_iter().map(str::trim).filter(|branch| !branch.is_empty()) {
        let (head, group) = branch.split_once('{').unwrap_or((branch, ""));
        let head = head.split(" as ").next().unwrap_or_default();
        let parts = head.split("::").map(str::trim).filter(|part| !part.is_empty() && *part != "self");
        let path: Vec<_> = before.iter().cloned().chain(parts.map(str::to_owned)).collect();
        match group.strip_suffix('}') {
            Some(group) => paths(group, &path, found),
            None => found.push(path),
        }
    }
}

/// The paths in a file that lead into this crate, from its root.
fn imports(module: &[String], code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for word in ["use ", "crate::", "super::"] {
        for (at, _) in code.match_indices(word) {
            let inline = word != "use ";
            // Within a name or a path, or in a `use` that is read as a whole.
            if code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':') {
                continue;
            }
            let rest = &code[at..];
            let tree = if inline {
                let end = rest.find(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':'));
                &rest[..end.unwrap_or(rest.len())]
            } else {
                rest["use ".len()..].split(';').next().unwrap_or_default()
            };
            paths(tree, &[], &mut found);
        }
    }
    let absolute = found.into_iter().filter_map(|path| {
        let ups = path.iter().take_while(|part| *part == "super").count();
        match path.first()?.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "super" => Some([&module[..module.len().checked_sub(ups)?], &path[ups..]].concat()),
            _ => None,
        }
    });
    absolute.filter(|path| !path.is_empty()).collect()
}

/// Where the items of each module are defined: those of the crate's root, of `poll` and of `ws` are brought there by `pub use`.
fn definitions(sources: &BTreeMap<Vec<String>, String>) -> BTreeMap<(Room, String), Room> {
    let mut found = BTreeMap::new();
    for (module, code) in sources {
        let Some(room) = room(module) else { continue };
        let nest = room.rsplit_once('/').map_or("", |(nest, _)| nest).to_owned();
        for kind in ["fn ", "struct ", "enum ", "trait ", "type ", "const ", "static "] {
            for (at, _) in code.match_indices(kind) {
                let line = code[..at].rsplit('\n').next().unwrap_or_default();
                let rest = &code[at + kind.len()..];
                let end = rest.find(|letter: char| !(letter.is_alphanumeric() || letter == '_')).unwrap_or(rest.len());
                // What is for the module above alone does not come out of a room that has several files.
                let stays_within = line.starts_with("pub(super)") && module.len() > room.split('/').count();
                if line.starts_with("pub") && !stays_within {
                    found.insert((nest.clone(), rest[..end].to_owned()), room.clone());
                }
            }
        }
    }
    found
}

/// The room of a module.
fn room(module: &[String]) -> Option<Room> {
    match module {
        [nest, room, ..] if NESTS.contains(&nest.as_str()) => Some(format!("{nest}/{room}")),
        [room, ..] => Some(room.clone()),
        [] => None,
    }
}

/// The modules that have rooms of their own.
const NESTS: [&str; 2] = ["poll", "ws"];

/// The room that a path leads into.
fn target(
    path: &[String],
    sources: &BTreeMap<Vec<String>, String>,
    items: &BTreeMap<(Room, String), Room>,
) -> Option<Room> {
    match path {
        [nest, name, ..] if NESTS.contains(&nest.as_str()) => {
            if sources.contains_key(&path[..2]) {
                return Some(format!("{nest}/{name}"));
            }
            items.get(&(nest.clone(), name.clone())).cloned()
        }
        [name, ..] if sources.contains_key(&path[..1]) => Some(name.clone()),
        [name, ..] => {
            let constant =
                name.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_');
            if constant { Some("constants".to_owned()) } else { items.get(&(String::new(), name.clone())).cloned() }
        }
        [] => None,
    }
}

/// What each room may use, from the tables of the page: a row is `| room | what it is | what it may use |`. Each table is for
/// the rooms below one module, which its heading names.
fn rules(page: &str) -> BTreeMap<Room, Vec<Room>> {
    let mut rules = BTreeMap::new();
    let mut nest = "";
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            nest = heading.split('`').nth(1).unwrap_or_default();
        }
        let cells: Vec<_> = line.split(" | ").collect();
        let &[rooms, _, uses] = &cells[..] else { continue };
        let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        let within = |name: String| match name.strip_prefix("::") {
            Some(outside) => outside.to_owned(),
            None if nest.is_empty() => name,
            None => format!("{nest}/{name}"),
        };
        let uses: Vec<_> = names(uses).into_iter().map(within).collect();
        for room in names(rooms) {
            rules.insert(within(room), uses.clone());
        }
    }
    rules
}

#[test]
fn nobody_imports_what_the_page_does_not_let_it() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = BTreeMap::new();
    sources(&root.join("src"), &[], &mut files)?;
    let items = definitions(&files);
    let mut edges: BTreeMap<Room, BTreeSet<Room>> = BTreeMap::new();
    for (module, code) in &files {
        let Some(from) = room(module) else { continue };
        let into = imports(module, code).into_iter().filter_map(|path| target(&path, &files, &items));
        // What a module is for as a whole is not a room.
        let into = into.filter(|into| *into != from && !NESTS.contains(&into.as_str()));
        edges.entry(from.clone()).or_default().extend(into);
    }
    // The reading of the sources is itself held to what is known.
    assert!(edges["ws/decoder"].contains("ws/frame") && edges["transfer"].contains("socket"), "{edges:?}");

    let rules = rules(&fs::read_to_string(root.join("docs/architecture.md"))?);
    let mut wrong = Vec::new();
    for (from, into) in &edges {
        let Some(allowed) = rules.get(from) else {
            wrong.push(format!("{from} is not on the page; it uses {into:?}"));
            continue;
        };
        // A nest stands for all that is in it.
        let is_allowed = |into: &Room| allowed.iter().any(|room| into == room || into.starts_with(&format!("{room}/")));
        let others: Vec<_> = into.iter().filter(|into| !is_allowed(into)).collect();
        if !others.is_empty() {
            wrong.push(format!("{from} uses {others:?}"));
        }
    }
    assert!(wrong.is_empty(), "what docs/architecture.md does not allow:\n{}", wrong.join("\n"));
    Ok(())
}

/// The two rules that all others are made from.
#[test]
fn the_page_lets_no_sibling_use_another_and_no_protocol_do_input_and_output() -> Result<(), Box<dyn Error>> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md"))?;
    let rules = rules(&page);
    let siblings = ["connection", "transfer", "select", "options", "message", "addrinfo", "poll", "ws"];
    for sibling in &siblings[..6] {
        assert!(rules[*sibling].iter().all(|used| !siblings.contains(&used.as_str())), "{sibling}");
    }
    let pure = page.split("### Without input and output").nth(1).and_then(|rest| rest.split("### ").next());
    let pure: Vec<_> = pure.ok_or("no such table")?.lines().filter_map(|line| line.split('`').nth(1)).collect();
    assert!(pure.contains(&"protocol") && pure.contains(&"handshake"));
    for room in &pure {
        let uses = &rules[&format!("ws/{room}")];
        // What is unsafe about bytes is in `sys`, too.
        let is_pure = |used: &str| used.strip_prefix("ws/").is_some_and(|used| pure.contains(&used)) || used == "sys";
        let outside = uses.iter().find(|used| !is_pure(used));
        assert!(outside.is_none(), "{room} may use {outside:?}");
    }
    Ok(())
}
