//! Arrays with keys that are written out, as structs: their names and their declarations.

use std::collections::{BTreeMap, BTreeSet};

use crate::emit::ident;
use crate::infer::Types;
use crate::types::Ty;

/// What stands for a struct's name until all of the program is written.
pub(crate) fn record_mark(fields: &[(String, Ty)]) -> String {
    let mut number: u64 = 0xcbf2_9ce4_8422_2325;
    for b in format!("{fields:?}").bytes() {
        number = (number ^ u64::from(b)).wrapping_mul(0x100_0000_01b3);
    }
    format!("Record__{number:x}__")
}

/// Whether the keys can be the names of fields, and are told apart by them.
pub(crate) fn are_fields(keys: &[&str]) -> bool {
    let names: BTreeSet<_> = keys.iter().map(|key| ident(key)).collect();
    let plain = |key: &&str| {
        key.starts_with(|c: char| c.is_ascii_alphabetic())
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    names.len() == keys.len() && keys.iter().all(plain) && !names.iter().any(|name| name.contains("__"))
}

type Records = BTreeMap<String, (String, Vec<(String, Ty)>)>;

/// The records of a program by their marks, each with a name and its fields.
pub(crate) fn records(types: &Types<'_>) -> Records {
    let mut found = BTreeMap::new();
    // The best name is that of what the main program has many of.
    let main = types.program.functions.len();
    let mut webs: Vec<_> = types.webs.webs.iter().zip(&types.tys).collect();
    webs.sort_by_key(|(web, ty)| (!ty.is_array(), web.function != main, web.name.len() < 3));
    for (web, ty) in webs {
        look(&web.name, ty, &mut found);
    }
    for (name, ty) in &types.consts {
        look(&name.to_lowercase(), ty, &mut found);
    }
    for (function, ty) in types.program.functions.iter().zip(&types.returns) {
        look(&function.name, ty, &mut found);
    }
    found
}

fn look(name: &str, ty: &Ty, found: &mut Records) {
    match ty {
        Ty::Opt(inner) | Ty::Maybe(inner) | Ty::List(inner) | Ty::Map(_, inner) => look(name, inner, found),
        Ty::Tuple(list) => list.iter().for_each(|ty| look(name, ty, found)),
        Ty::Record(fields) => {
            let mark = record_mark(fields);
            if !found.contains_key(&mark) {
                let mut title = titled(name);
                while found.values().any(|(other, _)| *other == title) || TAKEN.contains(&&*title) {
                    title.push_str("Record");
                }
                found.insert(mark, (title, fields.clone()));
            }
            fields.iter().for_each(|(name, ty)| look(name, ty, found));
        }
        _ => {}
    }
}

/// Whether a struct cannot have this name.
pub(crate) fn is_taken(name: &str) -> bool {
    TAKEN.contains(&type_name(name).as_str())
}

/// A class as Rust names a type.
pub(crate) fn type_name(class: &str) -> String {
    class.split('_').map(capital).collect()
}

/// A word as a part of a type's name: what is all in capitals keeps the first of them.
fn capital(word: &str) -> String {
    let acronym = word.len() > 2 && !word.contains(|c: char| c.is_ascii_lowercase());
    let mut letters = word.chars();
    let Some(first) = letters.next() else { return String::new() };
    let rest = if acronym { letters.as_str().to_lowercase() } else { letters.as_str().to_owned() };
    format!("{}{rest}", first.to_ascii_uppercase())
}

/// Names that the program's other lines have.
const TAKEN: &[&str] = &[
    "Array",
    "Bytes",
    "Context",
    "Error",
    "Event",
    "Exception",
    "Io",
    "Json",
    "JsonKey",
    "JsonReader",
    "Key",
    "Linger",
    "Option",
    "Ordering",
    "Result",
    "Socket",
    "SocketSet",
    "String",
    "Timeval",
    "Vec",
    "Watcher",
];

/// `clients` as `Client`.
fn titled(name: &str) -> String {
    let words = ident(name).trim_end_matches('_').to_owned();
    let singular = match words.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => match words.strip_suffix('s').filter(|stem| stem.len() > 2 && !stem.ends_with(['s', 'u'])) {
            Some(stem) => stem.to_owned(),
            None => words,
        },
    };
    let title: String = singular
        .split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        })
        .collect();
    if title.is_empty() { "Entry".to_owned() } else { title }
}

/// The declarations of the structs that the lines use, and the lines with their names.
pub(crate) fn write(types: &Types<'_>, mut lines: String, written: &BTreeMap<String, Ty>) -> (String, String) {
    let mut heads = String::new();
    let mut records = records(types);
    // What is written out where it is written as JSON has no variable.
    written.values().for_each(|ty| look("message", ty, &mut records));
    loop {
        let next = records.iter().find(|(mark, (name, _))| {
            let declared = heads.contains(&format!("struct {name} {{"));
            !declared && (lines.contains(mark.as_str()) || heads.contains(mark.as_str()))
        });
        let Some((mark, (name, fields))) = next else { break };
        let json: Vec<_> = fields.iter().map(|(field, _)| format!("(\"{field}\", &self.{})", ident(field))).collect();
        let unread = !written.contains_key(mark)
            && fields.iter().any(|(field, _)| !lines.contains(&format!(".{}", ident(field))));
        let allowed = if unread { "#[allow(dead_code)]\n" } else { "" };
        let kept = fields.iter().any(|(_, ty)| ty.is_kept());
        let fields: String =
            fields.iter().map(|(field, ty)| format!("    {}: {},\n", ident(field), ty.rust())).collect();
        let default = if lines.contains(".at(") && !kept { ", Default" } else { "" };
        heads.push_str(&format!("{allowed}#[derive(Clone{default})]\nstruct {name} {{\n{fields}}}\n\n"));
        if written.contains_key(mark) {
            heads.push_str(&format!(
                "impl ToJson for {name} {{\n    fn json(&self, flags: i64) -> Result<String, i64> {{\n        json_object(&[{}], \
                 flags)\n    }}\n}}\n\n",
                json.join(", ")
            ));
        }
    }
    for (mark, (name, _)) in &records {
        lines = lines.replace(mark.as_str(), name);
        heads = heads.replace(mark.as_str(), name);
    }
    (heads, lines)
}
