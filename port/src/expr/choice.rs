//! `?:` and `match`.

use super::*;
use crate::ast::*;
use crate::code::{self, Code, Form, literal};
use crate::emit::{Emit, R, refuse};
use crate::infer::settled;
use crate::types::*;

impl Emit<'_> {
    pub(crate) fn ternary(&mut self, e: &Expr, test: &Expr, then: Option<&Expr>, otherwise: &Expr) -> R {
        let ty = settled(self.types.of(e));
        if let Ty::Mixed(why) = &ty {
            return refuse(e, format!("a choice of several types: {why}"));
        }
        let Some(then) = then else {
            if let (Ty::Int(_), ExprKind::Var(_) | ExprKind::Call(..)) = (self.types.of(test), &test.kind) {
                let code = self.coerced(test, &ty)?;
                let other = self.coerced(otherwise, &ty)?;
                return Ok(Code::temp(format!("Some({}).filter(|n| *n != 0).unwrap_or({})", code.s, other.s), ty));
            }
            let Ty::Str(_) = self.types.of(test) else { return refuse(e, "?: of something that is no string") };
            let code = self.coerced(test, &ty)?;
            if !is_cheap(&code.s) && code.form != Form::Owned && code::is_name(&code.s) {
                return refuse(e, "?: of this");
            }
            let other = self.coerced(otherwise, &ty)?;
            return Ok(Code::temp(format!("Some({}).filter(is_true).unwrap_or_else(|| {})", code.s, other.s), ty));
        };
        self.choice(e, test, [then, otherwise], &ty, Self::coerced)
    }

    /// `if` with a value on both sides, neither of which may need a line before it.
    pub(crate) fn choice(
        &mut self,
        e: &Expr,
        test: &Expr,
        [then, otherwise]: [&Expr; 2],
        ty: &Ty,
        value: impl Fn(&mut Self, &Expr, &Ty) -> R,
    ) -> R {
        let test = self.truth(test)?;
        let once = std::mem::replace(&mut self.once, false);
        let count = self.pre.len();
        let (a, b) = (value(self, then, ty)?, value(self, otherwise, ty)?);
        self.once = once;
        if self.pre.len() > count {
            return refuse(e, "an assignment in a choice");
        }
        let s = format!("if {} {{ {} }} else {{ {} }}", test.s, a.s, b.s);
        Ok(Code { s, ty: ty.clone(), form: Form::Temp, p: 1 })
    }

    pub(crate) fn match_value(&mut self, e: &Expr, subject: &Expr, arms: &[(Option<Vec<Expr>>, Expr)]) -> R {
        let ty = settled(self.types.of(e));
        if let Ty::Mixed(why) = &ty {
            return refuse(e, format!("a choice of several types: {why}"));
        }
        let of = self.types.of(subject);
        let code = self.value(subject)?;
        let text = matches!(of, Ty::Str(Text::Literal | Text::String));
        let head = match &of {
            Ty::Int(_) => code.s.clone(),
            Ty::Str(Text::Literal) => code.s.clone(),
            Ty::Str(_) if code.form == Form::Ref && self.is_slice(subject) => code.s.clone(),
            Ty::Str(_) => format!("&*{}", code.wrap(14)),
            _ => return refuse(subject, format!("match over {}", of.name())),
        };
        let once = std::mem::replace(&mut self.once, false);
        let mut out = String::new();
        let mut default = None;
        for (conditions, body) in arms {
            let body_code = self.coerced(body, &ty)?;
            match conditions {
                None => default = Some(body_code.s),
                Some(list) => {
                    let mut patterns = Vec::new();
                    for condition in list {
                        self.counts[condition.id] += 1;
                        patterns.push(match &condition.kind {
                            ExprKind::Int(n) if matches!(of, Ty::Int(_)) => n.to_string(),
                            ExprKind::Str(t) if matches!(of, Ty::Str(_)) => {
                                if text {
                                    literal(t)
                                } else {
                                    code::byte_literal(t)
                                }
                            }
                            _ => return refuse(condition, "a case whose value is computed"),
                        });
                    }
                    out.push_str(&format!("{} => {}, ", patterns.join(" | "), body_code.s));
                }
            }
        }
        self.once = once;
        let default = default.unwrap_or_else(|| "fatal(\"UnhandledMatchError\")".into());
        Ok(Code::temp(format!("match {head} {{ {out}_ => {default} }}"), ty)).map(|c| Code { p: 1, ..c })
    }
}
