//! Text: what is printed, joined, and written in quotes.

use crate::ast::*;
use crate::code::{self, Code};
use crate::emit::{Emit, R, refuse};
use crate::types::*;

impl Emit<'_> {
    /// The parts of a concatenation, in order.
    pub(crate) fn flatten<'e>(&self, e: &'e Expr, parts: &mut Vec<&'e Expr>) {
        match &e.kind {
            ExprKind::Binary(BinOp::Concat, a, b) => {
                self.flatten(a, parts);
                self.flatten(b, parts);
            }
            ExprKind::Interpolated(list) => list.iter().for_each(|e| self.flatten(e, parts)),
            _ => parts.push(e),
        }
    }

    /// Marks the nodes that only hold the parts together.
    pub(crate) fn joined(&mut self, e: &Expr, whole: bool) {
        match &e.kind {
            ExprKind::Binary(BinOp::Concat, a, b) => {
                if whole {
                    self.counts[e.id] += 1;
                }
                self.joined(a, true);
                self.joined(b, true);
            }
            ExprKind::Interpolated(list) => {
                if whole {
                    self.counts[e.id] += 1;
                }
                list.iter().for_each(|e| self.joined(e, true));
            }
            _ => {}
        }
    }

    /// Whether an expression changes a variable.
    pub(crate) fn changes(&self, e: &Expr, web: usize) -> bool {
        let is = |e: &Expr| self.types.base(e) == Some(web);
        e.any(&|e| match &e.kind {
            ExprKind::Assign(target, _) | ExprKind::AssignOp(_, target, _) | ExprKind::Step { target, .. } => {
                is(target)
            }
            ExprKind::Call(name, args) => match self.types.own(name) {
                Some(own) => {
                    let params = &self.types.program.functions[own].params;
                    args.iter().zip(params).any(|(arg, param)| param.by_ref && is(arg))
                        || self.types.webs.globals[own]
                            .iter()
                            .any(|name| self.global(name) == Some(web) && self.global_mutable(web, own))
                }
                None => {
                    let (assigned, changed) = crate::functions::references(name);
                    assigned.iter().chain(changed).any(|at| args.get(*at).is_some_and(is))
                }
            },
            _ => false,
        })
    }

    pub(crate) fn is_pure(&self, e: &Expr) -> bool {
        !e.any(&|e| match &e.kind {
            ExprKind::Call(name, _) => self.types.own(name).is_some() || !crate::functions::is_pure(name),
            ExprKind::Assign(..)
            | ExprKind::AssignOp(..)
            | ExprKind::Step { .. }
            | ExprKind::Exit(_)
            | ExprKind::Throw(_)
            | ExprKind::Print(_) => true,
            // A missing key warns, which is seen before or after.
            _ => false,
        })
    }

    pub(crate) fn echo(&mut self, list: &[Expr]) -> R<String> {
        let mut texts = Vec::new();
        for (number, e) in list.iter().enumerate() {
            let mut parts = Vec::new();
            self.flatten(e, &mut parts);
            // What is joined is there as a whole before anything is printed.
            let impure = parts.iter().position(|part| !self.is_pure(part));
            let first_only = impure.is_none() || impure == Some(0) && parts[1..].iter().all(|p| self.is_pure(p));
            if parts.len() == 1 || first_only {
                self.joined(e, true);
                for part in parts {
                    let count = self.pre.len();
                    let code = self.value(part)?;
                    if self.pre.len() > count && number > 0 {
                        return refuse(part, "an assignment between what is printed");
                    }
                    texts.push(self.part(&code, part)?);
                }
            } else {
                let count = self.pre.len();
                let code = self.value(e)?;
                if self.pre.len() > count && number > 0 {
                    return refuse(e, "an assignment between what is printed");
                }
                texts.push(self.part(&code, e)?);
            }
        }
        Ok(format!("echo!({});", texts.join(", ")))
    }

    /// A part of what is printed or joined.
    pub(crate) fn part(&mut self, code: &Code, e: &Expr) -> R<String> {
        match &code.ty {
            Ty::Str(_) | Ty::Float | Ty::Bool => Ok(code.s.clone()),
            Ty::Json => {
                self.seen_errors(e)?;
                Ok(code.s.clone())
            }
            Ty::Int(Rep::Literal) if is_number(&code.s) => Ok(format!("\"{}\"", code.s.replace('_', ""))),
            Ty::Int(_) => Ok(code.s.clone()),
            Ty::Opt(inner) | Ty::Maybe(inner) if matches!(**inner, Ty::Str(_) | Ty::Int(_) | Ty::Float) => {
                Ok(code.s.clone())
            }
            Ty::False => Ok("\"\"".into()),
            Ty::Socket => refuse(e, "a socket as text"),
            Ty::Mixed(why) => refuse(e, why.clone()),
            other => refuse(e, format!("{} as text", other.name())),
        }
    }

    pub(crate) fn concat(&mut self, e: &Expr, parts: &[&Expr]) -> R {
        let mut flat = Vec::new();
        parts.iter().for_each(|part| self.flatten(part, &mut flat));
        parts.iter().for_each(|part| self.joined(part, true));
        let ty = self.types.of(e);
        self.concat_flat(&flat, &ty)
    }

    pub(crate) fn concat_flat(&mut self, parts: &[&Expr], ty: &Ty) -> R {
        let mut codes = Vec::new();
        for part in parts {
            codes.push((self.value(part)?, *part));
        }
        if *ty == STRING {
            let (mut format, mut args) = (String::new(), Vec::new());
            for (code, part) in &codes {
                match (&part.kind, &code.ty) {
                    (ExprKind::Str(text), _) => format.push_str(&code::escaped(&String::from_utf8_lossy(text), true)),
                    (_, Ty::Int(Rep::Literal)) => format.push_str(&code.s.replace('_', "")),
                    _ if code.s == "\"\\n\"" => format.push_str("\\n"),
                    _ if code::is_name(&code.s) => format.push_str(&format!("{{{}}}", code.s)),
                    _ => {
                        format.push_str("{}");
                        args.push(code.s.clone());
                    }
                }
            }
            let args = args.iter().map(|a| format!(", {a}")).collect::<String>();
            return Ok(Code::temp(format!("format!(\"{format}\"{args})"), STRING));
        }
        let mut texts = Vec::new();
        for (code, part) in &codes {
            texts.push(self.part(code, part)?);
        }
        Ok(Code::temp(format!("text!({})", texts.join(", ")), BYTES))
    }
}

/// A literal of text as one of bytes.
pub(crate) fn bytes_of(text: &str) -> String {
    if text.starts_with("b\"") {
        text.to_owned()
    } else if text.is_ascii() && !text.contains("\\u") && text.starts_with('"') {
        format!("b{text}")
    } else {
        format!("{text}.as_bytes()")
    }
}

/// Whether a text is a number as it is written.
pub(crate) fn is_number(text: &str) -> bool {
    text.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit() || b == b'_')
}
