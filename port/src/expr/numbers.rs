//! Numbers: the width that each place wants, and casts.

use crate::ast::*;
use crate::code::{Code, Form};
use crate::emit::{Emit, R, refuse};
use crate::types::*;

impl Emit<'_> {
    pub(crate) fn cast(&mut self, e: &Expr, cast: Cast, inner: &Expr) -> R {
        let ty = self.types.of(inner);
        if let (Cast::String, ExprKind::Call(name, args)) = (cast, &inner.kind)
            && let ("array_sum", [list]) = (&**name, args.as_slice())
            && matches!(self.types.of(list), Ty::List(element) if matches!(*element, Ty::Str(_)))
        {
            self.counts[inner.id] += 1;
            let list = self.value(list)?;
            return Ok(Code::temp(format!("sum_text({})", list.reference()), STRING));
        }
        match (cast, &ty) {
            (Cast::Int, Ty::Int(_)) => self.value(inner),
            (Cast::Int, Ty::Socket) if matches!(inner.kind, ExprKind::Var(_)) => {
                let code = self.value(inner)?;
                Ok(Code::temp(format!("socket_number({})", code.reference()), INT))
            }
            (Cast::Int, Ty::Str(_)) => {
                let code = self.value(inner)?;
                Ok(Code::temp(format!("intval({})", code.borrow()), INT))
            }
            (Cast::Int, Ty::Opt(kind)) => match **kind {
                Ty::Str(_) => {
                    let code = self.value(inner)?;
                    Ok(Code::temp(format!("intval({})", code.borrow()), INT))
                }
                Ty::Int(_) => {
                    let code = self.number(inner)?;
                    Ok(self.as_rep(code, Rep::I64))
                }
                _ => refuse(e, "this cast"),
            },
            (Cast::Int, Ty::Json) => {
                let code = self.value(inner)?;
                Ok(Code::temp(format!("{}.int()", code.wrap(15)), INT))
            }
            (Cast::String, Ty::Json) => {
                let code = self.value(inner)?;
                Ok(Code::temp(format!("text!({})", code.s), BYTES))
            }
            (Cast::Int, Ty::Bool) => {
                let code = self.value(inner)?;
                Ok(Code::temp(format!("i64::from({})", code.s), INT))
            }
            (Cast::Int, Ty::Float) => {
                let code = self.value(inner)?;
                Ok(Code::temp(format!("truncated({})", code.s), INT))
            }
            (Cast::Float, _) => self.float_of(inner),
            (Cast::String, Ty::Str(_)) => self.value(inner),
            (Cast::String, Ty::Int(_)) => {
                let code = self.value(inner)?;
                let code = if code.ty == Ty::Int(Rep::Literal) { self.as_rep(code, Rep::I64) } else { code };
                Ok(Code::temp(format!("{}.to_string()", code.wrap(15)), STRING))
            }
            (Cast::String, Ty::Float) => {
                let code = self.value(inner)?;
                Ok(Code::temp(format!("float_text({})", code.s), STRING))
            }
            (Cast::String, Ty::Bool | Ty::Opt(_)) => {
                let code = self.value(inner)?;
                let part = self.part(&code, inner)?;
                Ok(Code::temp(format!("text!({part})"), BYTES))
            }
            (Cast::Bool, _) => self.truth(inner),
            (_, Ty::Mixed(why)) => refuse(e, why.clone()),
            _ => refuse(e, "this cast"),
        }
    }

    /// An operand of arithmetic: an int of any width, or a float.
    pub(crate) fn number(&mut self, e: &Expr) -> R {
        let code = self.value(e)?;
        match &code.ty {
            Ty::Int(_) | Ty::Float => Ok(code),
            Ty::Opt(inner) | Ty::Maybe(inner) => match **inner {
                Ty::Int(_) => Ok(Code::temp(format!("{}.unwrap_or(0)", code.wrap(15)), (**inner).clone())),
                Ty::Float => Ok(Code::temp(format!("{}.unwrap_or(0.0)", code.wrap(15)), Ty::Float)),
                _ => refuse(e, "arithmetic with something that is no number"),
            },
            Ty::Mixed(why) => refuse(e, why.clone()),
            Ty::Str(_) if matches!(self.types.number(e), Ty::Int(_)) => {
                Ok(Code::temp(format!("operand({})", code.borrow()), INT))
            }
            other => refuse(e, format!("arithmetic with {}: (int) in front of it says which number", other.name())),
        }
    }

    pub(crate) fn as_rep(&self, code: Code, rep: Rep) -> Code {
        let Ty::Int(from) = code.ty else { return code };
        let ty = Ty::Int(rep);
        match (from, rep) {
            (Rep::Literal, _) => Code { ty, ..code },
            (a, b) if a == b => code,
            (Rep::I32, Rep::I64) => Code::temp(format!("i64::from({})", code.s), ty),
            (Rep::Usize, Rep::I64) => Code { s: format!("{} as i64", code.wrap(12)), ty, form: Form::Temp, p: 12 },
            (_, Rep::I32) => Code::temp(format!("to_i32({})", code.s), ty),
            (_, Rep::Usize) => Code::temp(format!("to_usize({})", code.s), ty),
            (_, _) => Code { ty, ..code },
        }
    }

    pub(crate) fn number_as(&mut self, e: &Expr, rep: Rep) -> R {
        if let (ExprKind::Int(n @ -0x8000_0000..0), Rep::I32) = (&e.kind, rep) {
            self.counts[e.id] += 1;
            return Ok(Code { s: number_text(*n), ty: Ty::Int(rep), form: Form::Temp, p: 14 });
        }
        if let ExprKind::Binary(..) = e.kind
            && let Some((text, _)) = written_out(e).filter(|(_, value)| (0..=0x7fff_ffff).contains(value))
            && rep != Rep::I64
        {
            self.consume(e);
            let p = if text.contains('+') { 10 } else { 11 };
            return Ok(Code { s: text, ty: Ty::Int(rep), form: Form::Temp, p });
        }
        let code = self.number(e)?;
        if code.ty == Ty::Float {
            return refuse(e, "a float where an int is wanted");
        }
        if code.ty == Ty::Int(Rep::Literal) && rep == Rep::Usize && code.s.starts_with('-') {
            return refuse(e, "a length below 0");
        }
        Ok(self.as_rep(code, rep))
    }

    /// A number of which PHP takes what stands before its point.
    pub(crate) fn whole(&mut self, e: &Expr) -> R {
        if self.types.of(e) != Ty::Float {
            return self.number_as(e, Rep::I64);
        }
        let code = self.value(e)?;
        Ok(Code::temp(format!("truncated({})", code.s), INT))
    }

    pub(crate) fn float(&mut self, e: &Expr) -> R {
        let code = self.number(e)?;
        Ok(match code.ty {
            Ty::Int(Rep::Literal) => Code { s: format!("{}.0", code.s), ty: Ty::Float, ..code },
            Ty::Int(_) => Code { s: format!("{} as f64", code.wrap(12)), ty: Ty::Float, form: Form::Temp, p: 12 },
            _ => code,
        })
    }

    pub(crate) fn float_of(&mut self, e: &Expr) -> R {
        match self.types.of(e) {
            Ty::Str(_) => {
                let code = self.value(e)?;
                Ok(Code::temp(format!("floatval({})", code.borrow()), Ty::Float))
            }
            _ => self.float(e),
        }
    }
}

/// `64 * 1024` as it is written, and its value: numbers that are all below an i32.
fn written_out(e: &Expr) -> Option<(String, i64)> {
    match &e.kind {
        ExprKind::Int(n @ 0..=0x7fff_ffff) => Some((number_text(*n), *n)),
        ExprKind::Binary(op @ (BinOp::Add | BinOp::Mul), a, b) => {
            let ((x, a), (y, b)) = (written_out(a)?, written_out(b)?);
            let (sign, value) = match op {
                BinOp::Add => ("+", a.checked_add(b)?),
                _ => ("*", a.checked_mul(b)?),
            };
            // No parentheses are needed in a sum of products.
            let plain = *op == BinOp::Add || !x.contains('+') && !y.contains('+');
            plain.then(|| (format!("{x} {sign} {y}"), value)).filter(|(_, value)| *value <= 0x7fff_ffff)
        }
        _ => None,
    }
}

/// An int as Rust writes it.
pub(crate) fn number_text(n: i64) -> String {
    if n.unsigned_abs() >= 10_000 { grouped(n) } else { n.to_string() }
}

/// 200000 as `200_000`.
pub(crate) fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    if n < 0 { format!("-{out}") } else { out }
}
