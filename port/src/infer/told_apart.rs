//! Where `8000` may be `"8000"`: a port from the command line, or else a number. Both are printed, compared and taken for an int
//! alike, unless somebody asks which one it is, or calculates.

use super::*;
use crate::functions;

impl<'a> Types<'a> {
    /// Finds the variables that a number cannot be text in, and the choices whose result is text.
    pub(crate) fn tell_apart(&mut self) {
        let mut copies = Vec::new();
        for (_, body) in self.bodies() {
            statements(body, &mut |s| match &s.kind {
                StmtKind::Return(Some(e)) | StmtKind::Switch(e, _) => self.keep_apart([e]),
                StmtKind::Foreach { key, value, .. } => {
                    self.keep_apart(key.iter().chain([value]));
                }
                _ => {}
            });
            body.iter().for_each(|s| s.walk(&mut |e| self.asks_kind(e, &mut copies)));
        }
        // What is copied from one to the other is asked for both.
        loop {
            let before = self.exact.len();
            for (from, to) in &copies {
                if self.exact.contains(to) {
                    self.exact.insert(*from);
                }
            }
            if self.exact.len() == before {
                break;
            }
        }
        let mut loose = BTreeSet::new();
        let choice = |e: &Expr| matches!(e.kind, ExprKind::Ternary(..) | ExprKind::Coalesce(..));
        for (_, body) in self.bodies() {
            body.iter().for_each(|s| {
                s.walk(&mut |e| match &e.kind {
                    ExprKind::Assign(target, value)
                        if choice(value) && self.web(target).is_some_and(|web| !self.exact.contains(&web)) =>
                    {
                        loose.insert(value.id);
                    }
                    ExprKind::Binary(BinOp::Concat, a, b) => loose.extend([a.id, b.id]),
                    ExprKind::Interpolated(parts) => loose.extend(parts.iter().map(|part| part.id)),
                    ExprKind::Cast(Cast::Int | Cast::String, inner) if choice(inner) => {
                        loose.insert(inner.id);
                    }
                    ExprKind::Call(name, args) if name == "intval" && self.own(name).is_none() => {
                        loose.extend(args.iter().take(1).filter(|arg| choice(arg)).map(|arg| arg.id));
                    }
                    _ => {}
                });
            });
            statements(body, &mut |s| {
                if let StmtKind::Echo(list) = &s.kind {
                    loose.extend(list.iter().map(|e| e.id));
                }
            });
        }
        self.loose = loose;
    }

    pub(crate) fn is_asked_alone(&self, web: usize) -> bool {
        self.asked_alone.contains(&web)
    }

    fn keep_apart<'e>(&mut self, list: impl IntoIterator<Item = &'e Expr>) {
        for e in list {
            self.exact.extend(self.web(e));
        }
    }

    fn asks_kind(&mut self, e: &Expr, copies: &mut Vec<(usize, usize)>) {
        use BinOp::*;
        match &e.kind {
            ExprKind::Binary(Identical | NotIdentical, a, b) => {
                let constant = |e: &Expr| matches!(e.kind, ExprKind::Bool(_) | ExprKind::Null);
                if !constant(a) && !constant(b) {
                    self.keep_apart([&**a, b]);
                }
            }
            ExprKind::Binary(Concat | Equal | NotEqual | Less | Greater | LessOrEqual | GreaterOrEqual, ..) => {}
            ExprKind::Binary(And | Or | Xor, ..) => {}
            ExprKind::Binary(_, a, b) => self.keep_apart([&**a, b]),
            ExprKind::Negate(a) => self.exact.extend(self.web(a)),
            ExprKind::AssignOp(op, target, value) => {
                self.exact.extend(self.web(target));
                if *op != Concat {
                    self.exact.extend(self.web(value));
                }
            }
            ExprKind::Step { target, .. } => self.exact.extend(self.web(target)),
            ExprKind::Match(subject, _) => self.exact.extend(self.web(subject)),
            ExprKind::Index(base, index) => {
                self.exact.extend(self.web(base));
                self.exact.extend(index.as_ref().and_then(|index| self.web(index)));
            }
            ExprKind::Array(list) => self.keep_apart(list.iter().map(|(_, value)| value)),
            ExprKind::Closure(_, captured) => self.keep_apart(captured),
            ExprKind::Assign(target, value) => match (self.web(value), self.web(target)) {
                (Some(from), Some(to)) => copies.push((from, to)),
                (Some(from), None) => {
                    self.exact.insert(from);
                }
                _ => {}
            },
            ExprKind::Call(name, args) => match self.own(name) {
                Some(own) => {
                    for (param, arg) in self.program.functions[own].params.iter().zip(args) {
                        let (from, to) = (self.web(arg), self.webs.of.get(&param.id).copied());
                        // A declared type converts, and may refuse.
                        if param.hint.is_some() || param.by_ref {
                            self.exact.extend(from);
                            self.exact.extend(to);
                        }
                        copies.extend(from.zip(to));
                    }
                }
                None if takes_either(name) => {}
                None => self.keep_apart(args),
            },
            _ => {}
        }
    }

    /// The type of a choice: a number is text beside text where nothing but text is wanted.
    pub(crate) fn text_of_both(&self, e: &Expr, a: Ty, b: Ty) -> Ty {
        match (&a, &b) {
            (Ty::Str(_), Ty::Int(_)) | (Ty::Int(_), Ty::Str(_)) if self.loose.contains(&e.id) => BYTES,
            _ => a.join(&b),
        }
    }
}

/// Functions that take a number and its text alike.
fn takes_either(name: &str) -> bool {
    const OTHERS: &[&str] = &["intval", "strlen", "strval", "floatval", "is_numeric", "sprintf", "printf"];
    let table = functions::TABLE.iter().find(|f| f.name == name);
    OTHERS.contains(&name) || table.is_some_and(|f| f.params.split(' ').all(|code| !code.starts_with('f')))
}
