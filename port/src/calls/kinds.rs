//! What kind of value something is, which is known here unless it may be false.

use crate::ast::*;
use crate::code::{Code, Form};
use crate::emit::{Emit, R, refuse};
use crate::types::*;

impl Emit<'_> {
    pub(crate) fn kind_call(&mut self, e: &Expr, name: &str, args: &[Expr], _warn: &str) -> R<Option<Code>> {
        let [value] = args else { return Ok(None) };
        let is = |ty: &Ty| match name {
            "is_string" => Some(matches!(ty, Ty::Str(_))),
            "is_int" | "is_integer" => Some(matches!(ty, Ty::Int(_))),
            "is_float" => Some(matches!(ty, Ty::Float)),
            "is_bool" => Some(matches!(ty, Ty::Bool | Ty::False)),
            "is_array" => Some(ty.is_array() || matches!(ty, Ty::Record(_) | Ty::Tuple(_))),
            "is_object" => Some(matches!(ty, Ty::Socket | Ty::Exception)),
            _ => None,
        };
        let ty = self.types.of(value);
        // Null is no array either.
        let null = self.nullable(value) && name != "is_array";
        if is(&Ty::Null).is_none() || !matches!(value.kind, ExprKind::Var(_)) || null {
            return Ok(None);
        }
        let yes = |holds: bool| Code { s: holds.to_string(), ty: Ty::Bool, form: Form::Temp, p: 20 };
        match &ty {
            Ty::Float if self.types.divides() => refuse(e, "a float that may be an int in PHP"),
            Ty::Str(_) | Ty::Int(_) | Ty::Float | Ty::Bool | Ty::Socket | Ty::List(_) | Ty::Map(..) | Ty::Record(_) => {
                self.value(value)?;
                Ok(Some(yes(is(&ty) == Some(true))))
            }
            Ty::Opt(inner) if name == "is_bool" => {
                let code = self.value(value)?;
                Ok(Some(match &code.ty {
                    Ty::Opt(_) => Code::temp(format!("{}.is_none()", code.wrap(15)), Ty::Bool),
                    _ => yes(is(inner) == Some(true)),
                }))
            }
            Ty::Opt(inner) => {
                let code = self.value(value)?;
                Ok(Some(match &code.ty {
                    Ty::Opt(_) if is(inner) == Some(true) => {
                        Code::temp(format!("{}.is_some()", code.wrap(15)), Ty::Bool)
                    }
                    _ => yes(is(inner) == Some(true)),
                }))
            }
            _ => Ok(None),
        }
    }
}
