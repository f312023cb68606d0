//! Functions that are given a function: `usort`, `array_map`, `array_filter`.

use crate::ast::*;
use crate::code::{Code, Form};
use crate::emit::{Emit, R, refuse};
use crate::types::*;

/// What is asked of a closure's value.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Asked {
    Value,
    Truth,
    Order,
}

impl Emit<'_> {
    pub(crate) fn closure_call(&mut self, e: &Expr, name: &str, args: &[Expr], _warn: &str) -> R<Option<Code>> {
        let (closure, list) = match (name, args) {
            ("array_map", [f, list]) if matches!(f.kind, ExprKind::Closure(..)) => (f, list),
            ("array_filter" | "usort", [list, f]) if matches!(f.kind, ExprKind::Closure(..)) => (f, list),
            ("array_filter", [list]) => {
                let ty = self.types.of(list).element();
                let keep = match ty {
                    Ty::Str(_) => "is_true".to_owned(),
                    Ty::Int(_) => "|number| *number != 0".to_owned(),
                    _ => return refuse(list, "array_filter of this"),
                };
                return self.filtered(e, list, &keep).map(Some);
            }
            _ => return Ok(None),
        };
        match name {
            "array_map" => {
                let list = self.value(list)?;
                let Ty::List(_) = list.ty else { return refuse(e, "array_map over an array with keys") };
                let ty = self.types.of(e);
                let text = self.closure(closure, Asked::Value, &ty.element())?;
                Ok(Some(Code::temp(format!("{}.iter().map({text}).collect::<Vec<_>>()", list.wrap(15)), ty)))
            }
            "array_filter" => {
                let text = self.closure(closure, Asked::Truth, &Ty::Bool)?;
                self.filtered(e, list, &text).map(Some)
            }
            _ => {
                let place = self.place(list)?;
                let Ty::List(_) = place.ty else { return refuse(list, "usort of an array with keys") };
                let text = self.closure(closure, Asked::Order, &INT)?;
                let text = if text.ends_with('}') { format!("ordered({text})") } else { text };
                Ok(Some(Code::temp(format!("{}.sort_by({text})", place.s), Ty::Void)))
            }
        }
    }

    fn filtered(&mut self, e: &Expr, list: &Expr, keep: &str) -> R {
        let code = self.value(list)?;
        let array = match code.ty {
            Ty::List(_) => format!("Array::from({})", self.owned(code).s),
            Ty::Map(..) => self.owned(code).wrap(15),
            other => return refuse(list, format!("array_filter of {}", other.name())),
        };
        Ok(Code::temp(format!("{array}.kept({keep})"), self.types.of(e)))
    }

    /// A closure that looks at elements.
    fn closure(&mut self, e: &Expr, asked: Asked, ty: &Ty) -> R<String> {
        let ExprKind::Closure(at, captured) = &e.kind else { return refuse(e, "a function that is computed") };
        let program = self.types.program;
        let function = &program.functions[*at];
        self.counts[e.id] += 1;
        if self.types.throws[*at] || !self.types.webs.globals[*at].is_empty() {
            return refuse(e, "a closure that throws, or uses globals");
        }
        let mut names = Vec::new();
        for (number, param) in function.params.iter().enumerate() {
            let Some(web) = self.types.webs.of.get(&param.id).copied() else { return refuse(e, "this parameter") };
            let info = &self.types.webs.webs[web];
            if info.changed || info.defs > 0 || param.by_ref || param.default.is_some() {
                return refuse(e, "a closure that changes what it is given");
            }
            let ty = &self.types.tys[web];
            if let Some(outer) = captured.get(number) {
                let code = self.value(outer)?;
                let whole = !matches!(ty, Ty::Mixed(_) | Ty::Unknown | Ty::Null) && code.ty == *ty;
                if !whole || code.s != self.name(web) {
                    return refuse(outer, "a variable that a closure cannot take as it is");
                }
                match code.form {
                    Form::Ref => self.forms.insert(web, Form::Ref),
                    _ => self.forms.remove(&web),
                };
                self.declared.insert(web);
                continue;
            }
            if matches!(ty, Ty::Mixed(_) | Ty::Unknown | Ty::Null) {
                return refuse(e, format!("${}, whose type is not known", param.name));
            }
            self.declared.insert(web);
            let name = if info.reads == 0 { "_".to_owned() } else { self.name(web) };
            names.push(if ty.is_copy() && info.reads > 0 {
                self.forms.remove(&web);
                format!("&{name}")
            } else {
                self.forms.insert(web, Form::Ref);
                name
            });
        }
        let wanted = if asked == Asked::Order { 2 } else { 1 };
        if names.len() != wanted {
            return refuse(e, "a closure with another number of parameters");
        }
        let outer = std::mem::replace(&mut self.function, *at);
        let body = self.closure_body(e, *at, asked, ty);
        self.function = outer;
        Ok(format!("|{}| {}", names.join(", "), body?))
    }

    fn closure_body(&mut self, e: &Expr, at: usize, asked: Asked, ty: &Ty) -> R<String> {
        let function = &self.types.program.functions[at];
        let mut still = true;
        statements(&function.body, &mut |s| {
            still &= !matches!(s.kind, StmtKind::Echo(_) | StmtKind::Html(_));
            still &= s.parts().0.into_iter().all(|e| self.is_local(e));
        });
        if asked == Asked::Order && !still {
            return refuse(e, "an order that does more than look");
        }
        // Two that are alike would have no place that is sure.
        let (mut zero, mut other) = (false, false);
        function.body.iter().for_each(|s| {
            s.walk(&mut |e| match e.kind {
                ExprKind::Int(0) => zero = true,
                ExprKind::Int(-1 | 1) => other = true,
                _ => {}
            });
        });
        if asked == Asked::Order && other && !zero {
            return refuse(e, "an order that never says that two are alike");
        }
        let [Stmt { kind: StmtKind::Return(Some(value)), .. }] = function.body.as_slice() else {
            return self.closure_lines(e, at, asked, ty);
        };
        let (once, count) = (std::mem::replace(&mut self.once, false), self.pre.len());
        let text = match asked {
            Asked::Value => self.coerced(value, ty)?.s,
            Asked::Truth => self.truth(value)?.s,
            Asked::Order => self.ordering_of(value)?,
        };
        self.once = once;
        if self.pre.len() > count {
            return refuse(value, "an assignment in a closure");
        }
        Ok(text)
    }

    /// The body of a closure of several lines, in braces.
    fn closure_lines(&mut self, e: &Expr, at: usize, asked: Asked, ty: &Ty) -> R<String> {
        let function = &self.types.program.functions[at];
        let returned = self.types.returns[at].clone();
        let fits = match asked {
            Asked::Value => returned == *ty,
            Asked::Truth => returned == Ty::Bool,
            Asked::Order => returned == INT,
        };
        if !fits || !always_returns(&function.body) {
            return refuse(e, format!("a closure that returns {} here", returned.name()));
        }
        let (lines, pre) = (std::mem::take(&mut self.lines), std::mem::take(&mut self.pre));
        let (indent, refused) = (std::mem::replace(&mut self.indent, 0), self.refused.len());
        let (here, once) = (self.here(), std::mem::replace(&mut self.once, true));
        self.block(&function.body, crate::places::root(at), e.span.end);
        let body = std::mem::replace(&mut self.lines, lines);
        (self.indent, self.once, self.pre) = (indent, once, pre);
        self.come_back(here);
        if let Some(refusal) = self.refused.get(refused).cloned() {
            self.refused.truncate(refused);
            return Err(refusal);
        }
        let mut text = String::from("{\n");
        for (indent, line) in crate::program::tailed(body) {
            text.push_str(&format!("{}{line}\n", "    ".repeat(self.indent + indent)));
        }
        Ok(text + &"    ".repeat(self.indent) + "}")
    }

    /// `$a <=> $b`, or a number below, above or equal to 0.
    fn ordering_of(&mut self, e: &Expr) -> R<String> {
        if let ExprKind::Binary(BinOp::Spaceship, a, b) = &e.kind {
            self.counts[e.id] += 1;
            return self.ordered(e, a, b);
        }
        match self.types.of(e) {
            Ty::Int(_) => Ok(format!("{}.cmp(&0)", self.number_as(e, Rep::I64)?.wrap(15))),
            other => refuse(e, format!("an order that is {}", other.name())),
        }
    }

    /// How two values are ordered, as an `Ordering`.
    pub(crate) fn ordered(&mut self, e: &Expr, a: &Expr, b: &Expr) -> R<String> {
        match (self.types.of(a), self.types.of(b)) {
            (Ty::Int(_), Ty::Int(_)) => {
                let (x, y) = (self.number_as(a, Rep::I64)?, self.number_as(b, Rep::I64)?);
                Ok(format!("{}.cmp(&{})", x.wrap(15), y.wrap(14)))
            }
            (Ty::Str(_), Ty::Str(_)) => {
                let (x, y) = (self.value(a)?, self.value(b)?);
                Ok(format!("compare({}, {})", x.borrow(), y.borrow()))
            }
            _ => refuse(e, "<=> between these"),
        }
    }
}
