//! Functions for numbers and time.

use super::*;
use crate::ast::*;
use crate::code::Code;
use crate::emit::{Emit, R, refuse};
use crate::types::*;

impl Emit<'_> {
    /// Functions for numbers and time.
    pub(crate) fn number_call(&mut self, e: &Expr, name: &str, args: &[Expr], _warn: &str) -> R<Option<Code>> {
        match (name, args) {
            ("hrtime", [Expr { kind: ExprKind::Bool(true), id, .. }]) => {
                self.counts[*id] += 1;
                Ok(Code::temp("hrtime()", INT))
            }
            ("spl_object_id", [socket]) => {
                let code = self.value(socket)?;
                if code.ty != Ty::Socket {
                    return refuse(socket, "spl_object_id of something else than a socket");
                }
                Ok(Code { p: 12, ..Code::temp(format!("{}.id() as i64", code.wrap(15)), INT) })
            }
            ("intval", [value]) => match self.types.of(value) {
                Ty::Str(_) => {
                    let code = self.value(value)?;
                    Ok(Code::temp(format!("intval({})", code.borrow()), INT))
                }
                Ty::Opt(inner) if matches!(*inner, Ty::Str(_)) => {
                    let code = self.value(value)?;
                    Ok(Code::temp(format!("intval({})", code.borrow()), INT))
                }
                Ty::Json => {
                    let code = self.value(value)?;
                    Ok(Code::temp(format!("{}.int()", code.wrap(15)), INT))
                }
                Ty::Float | Ty::Socket => self.cast(e, Cast::Int, value),
                _ => self.number_as(value, Rep::I64),
            },
            ("intval", [value, base]) => {
                let ExprKind::Int(radix @ (2 | 8 | 10 | 16)) = base.kind else {
                    return refuse(base, "this base of intval()");
                };
                if !matches!(self.types.of(value), Ty::Str(_)) {
                    return refuse(value, format!("intval() of {} with a base", self.types.of(value).name()));
                }
                self.counts[base.id] += 1;
                let code = self.value(value)?;
                let text = code.borrow();
                Ok(Code::temp(
                    if radix == 10 { format!("intval({text})") } else { format!("intval_of({text}, {radix})") },
                    INT,
                ))
            }
            ("is_null", [value]) if matches!(self.types.of(value), Ty::Maybe(_)) => {
                let code = self.value(value)?;
                Ok(Code::temp(format!("{}.is_none()", code.wrap(15)), Ty::Bool))
            }
            ("floatval", [value]) => self.float_of(value),
            ("is_numeric", [value]) if matches!(self.types.of(value), Ty::Str(_)) => {
                let code = self.value(value)?;
                Ok(Code::temp(format!("is_numeric({})", code.borrow()), Ty::Bool))
            }
            ("microtime", [exact]) if matches!(exact.kind, ExprKind::Bool(true)) => {
                self.counts[exact.id] += 1;
                Ok(Code::temp("microtime()", Ty::Float))
            }
            ("date", [format, ..]) if !known_format(format) => {
                refuse(format, "a format of date() that is computed, or has letters that are not known here")
            }
            ("microtime", []) => Ok(Code::temp("microtime_text()", STRING)),
            ("date", [_, Expr { kind: ExprKind::Int(_), .. }]) if !self.all_utc() => {
                refuse(e, "a time that is written out, in another zone than UTC")
            }
            ("max" | "min", [a, b]) => {
                let ty = self.types.of(e);
                match &ty {
                    Ty::Int(rep) => {
                        let rep = if *rep == Rep::Literal { Rep::I64 } else { *rep };
                        let (a, b) = (self.number_as(a, rep)?, self.number_as(b, rep)?);
                        let first = if a.s.bytes().all(|c| c.is_ascii_digit()) && rep == Rep::I64 {
                            format!("{}_i64", a.s)
                        } else {
                            a.wrap(15)
                        };
                        Ok(Code::temp(format!("{first}.{name}({})", b.s), Ty::Int(rep)))
                    }
                    Ty::Float => {
                        let (x, y) = (self.types.of(a), self.types.of(b));
                        if x != y {
                            return refuse(e, "the greater of an int and a float");
                        }
                        let (a, b) = (self.float(a)?, self.float(b)?);
                        Ok(Code::temp(format!("{}.{name}({})", a.wrap(15), b.s), Ty::Float))
                    }
                    _ => refuse(e, format!("{name} of these")),
                }
            }
            ("abs", [a]) if self.types.utmost(a) => {
                return refuse(e, "an int so large that its opposite may be a float");
            }
            ("abs", [a]) => match self.types.of(a) {
                Ty::Float => {
                    let code = self.value(a)?;
                    Ok(Code::temp(format!("{}.abs()", code.wrap(15)), Ty::Float))
                }
                _ => {
                    let code = self.number_as(a, Rep::I64)?;
                    let s = if code.s.parse::<i64>().is_ok() {
                        format!("({}_i64).abs()", code.s)
                    } else {
                        format!("{}.abs()", code.wrap(15))
                    };
                    Ok(Code::temp(s, INT))
                }
            },
            _ => return Ok(None),
        }
        .map(Some)
    }
}
