//! Functions for text that take arrays of what they replace.

use crate::ast::*;
use crate::code::Code;
use crate::emit::{Emit, R, refuse};
use crate::types::*;

impl Emit<'_> {
    pub(crate) fn replacing_call(&mut self, _e: &Expr, name: &str, args: &[Expr], _warn: &str) -> R<Option<Code>> {
        Ok(match (name, args) {
            ("strtr", [text, Expr { kind: ExprKind::Array(pairs), id, .. }]) => {
                let text = self.text(text)?;
                self.counts[*id] += 1;
                let mut texts = Vec::new();
                for (key, value) in pairs {
                    let Some(key) = key else { return refuse(value, "strtr() with an array without keys") };
                    texts.push(format!("({}, {})", self.replaced(key)?, self.replaced(value)?));
                }
                Some(Code::temp(format!("strtr_pairs({text}, &[{}])", texts.join(", ")), BYTES))
            }
            ("str_replace", [Expr { kind: ExprKind::Array(parts), id, .. }, with, text]) => {
                self.counts[*id] += 1;
                let parts = self.all_replaced(parts)?;
                let with = match &with.kind {
                    ExprKind::Array(list) => {
                        self.counts[with.id] += 1;
                        self.all_replaced(list)?.join(", ")
                    }
                    // One for all of them.
                    ExprKind::Str(_) => {
                        let with = self.replaced(with)?;
                        vec![with; parts.len()].join(", ")
                    }
                    _ => return refuse(with, "str_replace() of several parts by what is computed"),
                };
                let text = self.text(text)?;
                Some(Code::temp(format!("str_replace_each(&[{}], &[{with}], {text})", parts.join(", ")), BYTES))
            }
            _ => None,
        })
    }

    fn all_replaced(&mut self, list: &[(Option<Expr>, Expr)]) -> R<Vec<String>> {
        list.iter().map(|(_, value)| self.replaced(value)).collect()
    }

    /// A text behind a reference, so that texts of several kinds stand in one list.
    fn replaced(&mut self, e: &Expr) -> R<String> {
        let code = self.value(e)?;
        let part = self.part(&code, e)?;
        Ok(format!("&{}", if code.p < 14 { format!("({part})") } else { part }))
    }
}
