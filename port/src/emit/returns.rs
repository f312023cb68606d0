//! `return`, as what the function declares.

use super::*;
use crate::types::*;

impl Emit<'_> {
    /// What a function returns that declares a type with null: false is converted to the type.
    fn declared_value(&mut self, e: &Expr, ty: &Ty) -> R {
        match (&e.kind, self.types.of(e), ty) {
            (ExprKind::Ternary(test, Some(then), otherwise), _, Ty::Maybe(_)) => {
                self.counts[e.id] += 1;
                self.choice(e, test, [then, otherwise], ty, Self::declared_value)
            }
            (_, Ty::Opt(inner), Ty::Maybe(_)) => {
                let code = self.coerced(e, &inner)?;
                self.coerce(code, ty, e)
            }
            _ => self.coerced(e, ty),
        }
    }

    pub(crate) fn returns(&mut self, s: &Stmt, value: Option<&Expr>) -> R<()> {
        let Some(ty) = self.types.returns.get(self.function).cloned() else {
            if let Some(value) = value {
                self.consume(value);
            }
            let line = self.return_line("()");
            self.line(line);
            return Ok(());
        };
        if let Ty::Mixed(why) = &ty {
            return Err(Refusal { at: s.span.start, reason: format!("a function that returns several types: {why}") });
        }
        match value {
            None => {
                let line = self.return_line(if ty == Ty::Void { "()" } else { "None" });
                self.line(line);
            }
            Some(e) if ty == Ty::Void => {
                return refuse(e, "a value where others return none");
            }
            Some(e) => {
                if self.types.program.strict && matches!(self.types.of(e), Ty::Opt(_)) && !matches!(ty, Ty::Opt(_)) {
                    return refuse(e, "false where strict_types wants what the function declares");
                }
                // What the function ends with needs no copy.
                let local = |web: usize| !self.types.webs.webs[web].global && !self.forms.contains_key(&web);
                self.moved = self.types.web(e).is_some_and(local) && self.function < self.types.program.functions.len();
                let code = self.declared_value(e, &ty);
                self.moved = false;
                let code = code?;
                self.flush();
                let line = self.return_line(&code.s);
                self.line(line);
            }
        }
        Ok(())
    }
}
