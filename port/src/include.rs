//! `include` and `require`: what a file beside the program says stands where it is included.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use php_ast::ast::{BinaryOp, IncludeKind, MagicConstKind};
use php_ast::owned::{ArgKind, Expr, ExprKind, StmtKind};

/// A program with all that it includes.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) text: String,
    /// Where parts begin in the text, with the file that each is of and the line there.
    parts: Vec<(usize, PathBuf, usize)>,
}

impl Source {
    /// A program that is there as text, and includes nothing.
    pub(crate) fn of(text: &str) -> Self {
        Self { text: long_tags(text), parts: Vec::new() }
    }

    /// The program of a file.
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let mut source = Self::default();
        let text = long_tags(&fs::read_to_string(path)?);
        source.add(path, &text, 0..text.len(), &mut BTreeSet::from([path.to_owned()]));
        Ok(source)
    }

    /// The file, where it is not that of the program, and the line of a place in the text.
    pub(crate) fn place(&self, at: usize) -> (Option<&Path>, usize) {
        let index = self.parts.partition_point(|(start, ..)| *start <= at).saturating_sub(1);
        let Some((start, file, line)) = self.parts.get(index) else {
            return (None, self.text.get(..at).unwrap_or(&self.text).matches('\n').count() + 1);
        };
        let own = self.parts.first().is_some_and(|(_, first, _)| first == file);
        let lines = self.text.get(*start..at).unwrap_or_default().matches('\n').count();
        ((!own).then_some(file), line + lines)
    }

    fn push(&mut self, path: &Path, text: &str, range: std::ops::Range<usize>) {
        let line = text[..range.start].matches('\n').count() + 1;
        self.parts.push((self.text.len(), path.to_owned(), line));
        self.text.push_str(&text[range]);
    }

    /// Adds a part of a file, with all that is included in it at the top level.
    fn add(&mut self, path: &Path, text: &str, range: std::ops::Range<usize>, seen: &mut BTreeSet<PathBuf>) {
        let mut from = range.start;
        if crate::limits::of_text(text).is_some() {
            return self.push(path, text, range);
        }
        let parsed = php_rs_parser::parse(text);
        for statement in parsed.program.stmts.iter().filter(|_| parsed.errors.is_empty()) {
            let StmtKind::Expression(e) = &statement.kind else { continue };
            let ExprKind::Include(kind, file) = &e.kind else { continue };
            let Some(file) = name(file, path) else { continue };
            // PHP looks where the program is started, which is beside it, and beside the file that includes.
            let first = self.parts.first().map_or(path, |(_, first, _)| first);
            let folders = [first, path].map(|path| path.parent().unwrap_or_else(|| Path::new("")));
            let Some(file) = folders.iter().map(|folder| folder.join(&file)).find(|file| file.is_file()) else {
                continue;
            };
            let once = matches!(kind, IncludeKind::IncludeOnce | IncludeKind::RequireOnce);
            let Ok(inner) = fs::read_to_string(&file) else { continue };
            let Some(content) = content(&inner, file.parent() != path.parent()) else { continue };
            if seen.contains(&file) && !once || seen.len() > 50 {
                continue;
            }
            let start = statement.span.start as usize;
            let end = start + text[start..statement.span.end as usize].trim_end().len();
            self.push(path, text, from..start);
            from = end;
            if seen.insert(file.clone()) {
                self.text.push_str(&format!("// {}\n", file.file_name().unwrap_or_default().to_string_lossy()));
                self.add(&file, &inner, content, seen);
                self.text.push('\n');
            }
        }
        self.push(path, text, from..range.end);
    }
}

/// `<?` as `<?php`, which it is unless php.ini says otherwise.
fn long_tags(text: &str) -> String {
    let mut text = text.to_owned();
    let mut from = 0;
    // What looks like one may stand in a string, which only parsing tells.
    while let Some(at) = text[from..].find("<?").map(|at| from + at) {
        from = at + 2;
        let long = text[from..].get(..3).is_some_and(|word| word.eq_ignore_ascii_case("php"));
        if long || text[from..].starts_with('=') || crate::limits::of_text(&text).is_some() {
            continue;
        }
        let parsed = php_rs_parser::parse(&text);
        let mut html = false;
        each_html(&parsed.program.stmts, &mut |start, end| html |= (start..end).contains(&at));
        if html {
            text.insert_str(from, "php ");
        }
    }
    text
}

/// Shows where each text outside of PHP's tags stands.
fn each_html(statements: &[php_ast::owned::Stmt], show: &mut dyn FnMut(usize, usize)) {
    for statement in statements {
        if let StmtKind::InlineHtml(_) = &statement.kind {
            show(statement.span.start as usize, statement.span.end as usize);
        }
        for block in blocks(statement) {
            each_html(block, show);
        }
    }
}

/// The blocks of a statement.
fn blocks(statement: &php_ast::owned::Stmt) -> Vec<&[php_ast::owned::Stmt]> {
    use std::slice::from_ref;
    match &statement.kind {
        StmtKind::Block(b) => vec![&b.stmts],
        StmtKind::If(s) => [&*s.then_branch]
            .into_iter()
            .chain(s.elseif_branches.iter().map(|b| &b.body))
            .chain(s.else_branch.iter().map(|b| &**b))
            .map(from_ref)
            .collect(),
        StmtKind::While(s) => vec![from_ref(&s.body)],
        StmtKind::DoWhile(s) => vec![from_ref(&s.body)],
        StmtKind::For(s) => vec![from_ref(&s.body)],
        StmtKind::Foreach(s) => vec![from_ref(&s.body)],
        StmtKind::Switch(s) => s.body.cases.iter().map(|case| &*case.body).collect(),
        StmtKind::Function(f) => vec![&f.body.stmts],
        StmtKind::TryCatch(t) => [&*t.body.stmts]
            .into_iter()
            .chain(t.catches.iter().map(|c| &*c.body.stmts))
            .chain(t.finally.iter().map(|f| &*f.stmts))
            .collect(),
        _ => Vec::new(),
    }
}

/// The name of a file: text, or text behind `__DIR__`.
fn name(e: &Expr, path: &Path) -> Option<PathBuf> {
    match &e.kind {
        ExprKind::Parenthesized(inner) => name(inner, path),
        ExprKind::String(text) => Some(PathBuf::from(String::from_utf8_lossy(text.as_bytes()).into_owned())),
        ExprKind::Binary(b) if b.op == BinaryOp::Concat && is_folder(&b.left) => {
            let text = name(&b.right, path)?;
            Some(fs::canonicalize(path).ok()?.parent()?.join(text.strip_prefix("/").ok()?))
        }
        _ => None,
    }
}

/// `__DIR__`, `dirname(__FILE__)`
fn is_folder(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::MagicConst(MagicConstKind::Dir) => true,
        ExprKind::FunctionCall(call) => {
            let Some(name) = crate::parse::called(call) else { return false };
            let file = |e: &Expr| matches!(e.kind, ExprKind::MagicConst(MagicConstKind::File));
            let args: Vec<_> = call.args.iter().map(|arg| &arg.kind).collect();
            name.trim_start_matches('\\').eq_ignore_ascii_case("dirname")
                && matches!(args.as_slice(), [ArgKind::Value(e)] if file(e))
        }
        _ => false,
    }
}

/// The part of a file between its tags, if it can stand in another file: all of it is PHP, and nothing asks where it stands.
fn content(text: &str, elsewhere: bool) -> Option<std::ops::Range<usize>> {
    let parsed = php_rs_parser::parse(text);
    let start = text.find("<?php")? + "<?php".len();
    let whole = text[..start].trim() == "<?php"
        && parsed.errors.is_empty()
        && !parsed.program.stmts.iter().any(|s| {
            matches!(
                s.kind,
                StmtKind::InlineHtml(_) | StmtKind::Return(_) | StmtKind::Namespace(_) | StmtKind::Declare(_)
            )
        });
    let asks = ["__LINE__", "__FILE__"].iter().any(|word| text.contains(word))
        || elsewhere
            && text
                .lines()
                .any(|line| line.contains("__DIR__") && !line.contains("require") && !line.contains("include"));
    let trimmed = text.trim_end();
    let end = trimmed.strip_suffix("?>").map_or(trimmed.len(), |rest| rest.trim_end().len());
    let start = start + text[start..].len() - text[start..].trim_start().len();
    (whole && !asks && start <= end && !text[start..end].contains("?>")).then_some(start..end)
}
