//! Statements of which all that PHP makes is an error that nobody catches.

use super::certain::first;
use super::*;
use crate::types::*;

impl Emit<'_> {
    /// The error that a statement ends the program with before anything else of it is seen.
    pub(super) fn certain_error(&self, s: &Stmt) -> Option<String> {
        if self.types.program.errors != Errors::Unseen || self.watched > 0 {
            return None;
        }
        let e = first(s)?;
        let mut ids = BTreeSet::new();
        leading(e, &mut ids);
        let mut found = None;
        e.walk(&mut |e| {
            if found.is_none() && ids.contains(&e.id) {
                found = self.own_error(e);
            }
        });
        found
    }

    /// The error that an expression is, once its parts have been looked at.
    fn own_error(&self, e: &Expr) -> Option<String> {
        match &e.kind {
            // A socket as text.
            ExprKind::Binary(BinOp::Concat, ..) | ExprKind::Interpolated(_) => {
                let mut parts = Vec::new();
                self.flatten(e, &mut parts);
                let at = parts.iter().position(|part| self.is_socket(part))?;
                let error = "Error: Object of class Socket could not be converted to string";
                parts[..at].iter().all(|part| self.is_still(part)).then(|| error.to_owned())
            }
            // PHP looks for the function before it looks at the arguments.
            ExprKind::Call(name, _) if self.types.own(name).is_none() && crate::functions::is_undefined(name) => {
                Some(format!("Error: Call to undefined function {name}()"))
            }
            ExprKind::Call(name, args) if name == "socket_select" && self.types.own(name).is_none() => {
                let (name, at) = [("read", 0), ("write", 1), ("except", 2)]
                    .into_iter()
                    .find(|(_, at)| matches!(args.get(*at).map(|e| &e.kind), Some(ExprKind::Assign(..))))?;
                let ExprKind::Assign(_, value) = &args[at].kind else { return None };
                let still = args[..at].iter().chain([&**value]).all(|e| self.is_still(e));
                let number = at + 1;
                let error =
                    format!("Error: socket_select(): Argument #{number} (${name}) could not be passed by reference");
                still.then_some(error)
            }
            ExprKind::Call(name, args) if self.types.own(name).is_none() && args.iter().all(|e| self.is_still(e)) => {
                crate::functions::wrong_count(name, args.len())
            }
            ExprKind::Const(name) if self.is_no_constant(name) => {
                Some(format!("Error: Undefined constant \\\"{name}\\\""))
            }
            _ => None,
        }
    }

    /// Whether neither PHP nor the program has a constant of this name: those of PHP have no small letters.
    fn is_no_constant(&self, name: &str) -> bool {
        let mut declared = !name.contains(|c: char| c.is_ascii_lowercase())
            || self.types.consts.contains_key(name)
            || self.source.contains("namespace");
        for (_, body) in self.types.bodies() {
            statements(body, &mut |s| declared |= matches!(&s.kind, StmtKind::Const(other, _) if other == name));
        }
        !declared
    }

    /// Whether an expression is a socket that is there.
    fn is_socket(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Var(_) => {
                let sure = |web: &usize| self.there.contains(web) || self.certain.contains(web);
                match self.types.of(e) {
                    Ty::Socket => self.types.web(e).is_some_and(|web| !self.pending.contains(&web)),
                    Ty::Opt(inner) | Ty::Maybe(inner) => *inner == Ty::Socket && self.types.web(e).iter().any(sure),
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// Writes the error, behind which PHP does not come.
    pub(super) fn end_with(&mut self, s: &Stmt, error: &str) {
        self.consume_statement(s);
        s.walk(&mut |e| {
            if let ExprKind::Var(_) = e.kind {
                self.unseen.insert(e.id);
            }
        });
        while self.types.program.comments.get(self.next_comment).is_some_and(|c| c.span.start < s.span.end) {
            self.next_comment += 1;
        }
        self.line(format!("fatal(\"{error}\");"));
        self.ended = true;
    }
}
