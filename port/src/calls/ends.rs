//! The ends of arrays, and what is cut out of them.

use crate::ast::*;
use crate::code::Code;
use crate::emit::{Emit, R, refuse};
use crate::expr::number_text;
use crate::types::*;

impl Emit<'_> {
    pub(crate) fn end_call(&mut self, e: &Expr, name: &str, args: &[Expr], _warn: &str) -> R<Option<Code>> {
        Ok(match (name, args) {
            ("current", _) if self.types.calls("end") => {
                return refuse(e, "current() where end() may have moved the place that an array is read at");
            }
            ("current" | "reset" | "end", [list]) => {
                let code = self.value(list)?;
                let side = if name == "end" { "last" } else { "next" };
                let values = match &code.ty {
                    Ty::List(_) => format!("{}.iter()", code.wrap(15)),
                    Ty::Map(..) => format!("{}.values()", code.wrap(15)),
                    other => return refuse(list, format!("{name}() of {}", other.name())),
                };
                Some(Code::temp(format!("{values}.{side}().cloned()"), self.types.of(e)))
            }
            ("array_splice", [list, from, Expr { kind: ExprKind::Int(count @ 0..), id, .. }]) if self.once => {
                let place = self.place(list)?;
                self.counts[*id] += 1;
                let from = self.number_as(from, Rep::I64)?.s;
                let count = number_text(*count);
                Some(match &place.ty {
                    Ty::List(_) => Code::temp(format!("array_splice(&mut {}, {from}, {count})", place.s), Ty::Void),
                    Ty::Map(key, _) if matches!(**key, Ty::Int(_)) => {
                        Code::temp(format!("{}.splice({from}, {count})", place.wrap(15)), Ty::Void)
                    }
                    other => return refuse(list, format!("array_splice() of {}", other.name())),
                })
            }
            ("array_pad", [list, Expr { kind: ExprKind::Int(count @ 0..), id, .. }, value]) => {
                let code = self.value(list)?;
                let Ty::List(element) = code.ty.clone() else {
                    return refuse(list, "array_pad() of an array with keys");
                };
                self.counts[*id] += 1;
                let value = self.coerced(value, &element)?;
                Some(Code::temp(format!("array_pad({}, {count}, {})", code.reference(), value.s), code.ty))
            }
            ("array_fill", [Expr { kind: ExprKind::Int(0), id, .. }, count, value]) => {
                let ty = self.types.of(e);
                self.counts[*id] += 1;
                let count = self.number_as(count, Rep::Usize)?.s;
                let value = self.coerced(value, &ty.element())?;
                Some(Code::temp(format!("vec![{}; {count}]", value.s), ty))
            }
            _ => None,
        })
    }
}
