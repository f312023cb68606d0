//! Names that Rust takes, and that hide nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::ast::*;

impl<'a> Emit<'a> {
    pub(crate) fn name(&self, web: usize) -> String {
        if let Some((class, property)) = property_of(&self.types.webs.webs[web].name) {
            return self.property(class, property);
        }
        self.names[web].clone()
    }

    /// A name for what a line needs for itself, which no variable of the program has.
    pub(crate) fn fresh(&self, name: &str) -> String {
        let taken = |name: &str| self.types.webs.webs.iter().any(|web| ident(&web.name) == name);
        let mut fresh = name.to_owned();
        while taken(&fresh) {
            fresh.push_str("_here");
        }
        fresh
    }
}

/// The name of each variable.
pub(crate) fn names(types: &Types<'_>, called: &BTreeSet<String>) -> Vec<String> {
    // `$a` and `$A` are two.
    let mut twins: BTreeMap<(usize, String), BTreeSet<&str>> = BTreeMap::new();
    for web in &types.webs.webs {
        twins.entry((web.function, ident(&web.name))).or_default().insert(&web.name);
    }
    let name = |web: &crate::flow::Web| {
        let name = ident(&web.name);
        let number = twins[&(web.function, name.clone())].range(..web.name.as_str()).count();
        // A function that is called must be seen behind the variable.
        let hides = called.contains(&name);
        // What nobody reads says so.
        let outside = types.program.classes.iter().any(|class| class.outside);
        if web.reads == 0 && !web.changed && !web.global && web.param.is_none() && !outside {
            return format!("_{}", name.trim_start_matches("r#"));
        }
        match number {
            0 if hides => format!("{name}_"),
            0 => name,
            _ => format!("{}_{}", name.trim_end_matches('_'), number + 1),
        }
    };
    types.webs.webs.iter().map(name).collect()
}

/// The helpers that the lines around calls name.
pub(crate) fn helpers() -> BTreeSet<String> {
    const OWN: &[&str] = &[
        "warn",
        "quiet",
        "must",
        "need",
        "die",
        "received",
        "to_i32",
        "to_usize",
        "is_true",
        "equal",
        "compare",
        "same",
        "number",
        "order",
        "interrupted_by",
        "not_null",
        "uncaught",
        "or_end",
        "modulo",
        "divide",
        "keeping",
        "take_apart",
        "take_sockets",
        "write_error",
        "write_output",
        "read_line",
        "fatal",
        "float_text",
        "byte_at",
    ];
    OWN.iter().map(|name| (*name).to_owned()).collect()
}

/// Those of the helpers that a text does not call, and that are names of variables: the variables can have them.
pub(crate) fn unused(types: &Types<'_>, helpers: &BTreeSet<String>, text: &str) -> BTreeSet<String> {
    let is = |helper: &&String| {
        let named = [format!("{helper}("), format!("({helper})"), format!(", {helper})")];
        types.webs.webs.iter().any(|web| ident(&web.name) == **helper) && !named.iter().any(|use_| text.contains(use_))
    };
    helpers.iter().filter(is).cloned().collect()
}

/// The functions that the program or the lines around its calls name.
pub(crate) fn called(program: &Program, helpers: &BTreeSet<String>) -> BTreeSet<String> {
    let mut names = helpers.clone();
    let mut add = |e: &Expr| match &e.kind {
        ExprKind::Call(name, _) | ExprKind::Function(name) => {
            names.insert(ident(name));
        }
        ExprKind::Cast(Cast::Int, _) => {
            names.insert("intval".into());
        }
        ExprKind::Cast(Cast::Float, _) => {
            names.insert("floatval".into());
        }
        _ => {}
    };
    for s in program.functions.iter().map(|f| &f.body).chain([&program.main]).flatten() {
        s.walk(&mut add);
    }
    names
}

/// A name that Rust takes.
pub(crate) fn ident(name: &str) -> String {
    let snake: String = {
        let mut out = String::new();
        let mut before = '_';
        for c in name.chars() {
            if c.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit()) {
                out.push('_');
            }
            out.extend(c.to_lowercase());
            before = c;
        }
        out
    };
    const KEYWORDS: &[&str] = &[
        "as", "break", "const", "continue", "crate", "else", "enum", "extern", "false", "fn", "for", "if", "impl",
        "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "static", "struct",
        "super", "trait", "true", "type", "unsafe", "use", "where", "while", "async", "await", "dyn", "abstract",
        "become", "box", "do", "final", "macro", "override", "priv", "typeof", "unsized", "virtual", "yield", "try",
        "gen", "main", "_",
    ];
    if KEYWORDS.contains(&snake.as_str()) { format!("{snake}_") } else { snake }
}
