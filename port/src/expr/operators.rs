//! Operators, and what is true.

use crate::ast::*;
use crate::code::{Code, Form, negate};
use crate::emit::{Emit, R, refuse};
use crate::expr::text::is_number;
use crate::types::*;

impl Emit<'_> {
    pub(crate) fn binary(&mut self, e: &Expr, op: BinOp, a: &Expr, b: &Expr) -> R {
        use BinOp::*;
        // PHP reads a variable that stands alone when it has evaluated what stands right of it.
        if !matches!(op, And | Or | Xor) && self.types.web(a).is_some_and(|web| self.changes(b, web)) {
            return refuse(e, "a variable that what stands right of it changes");
        }
        match op {
            Concat if self.types.of(e) == Ty::Str(Text::Literal) => {
                let Some(text) = crate::infer::constant_text(e) else { return refuse(e, "this text") };
                self.consume(a);
                self.consume(b);
                Ok(Code { s: crate::code::literal(&text), ty: Ty::Str(Text::Literal), form: Form::Temp, p: 20 })
            }
            Concat => {
                let mut parts = Vec::new();
                self.flatten(e, &mut parts);
                self.joined(e, false);
                // The node itself has been counted by whoever called.
                let parts: Vec<&Expr> = parts;
                let ty = self.types.of(e);
                self.concat_flat(&parts, &ty)
            }
            Add | Sub | Mul if self.types.utmost(a) || self.types.utmost(b) => {
                refuse(e, "an int so large that a sum with it may be a float")
            }
            Mul if self.types.large(a) || self.types.large(b) => {
                refuse(e, "an int so large that a product with it may be a float")
            }
            Add | Sub | Mul => {
                let ty = self.types.of(e);
                let (sign, p) = match op {
                    Add => ("+", 10),
                    Sub => ("-", 10),
                    _ => ("*", 11),
                };
                let (a, b) = match &ty {
                    Ty::Float => (self.float(a)?, self.float(b)?),
                    Ty::Int(rep) => (self.number_as(a, *rep)?, self.number_as(b, *rep)?),
                    Ty::Mixed(why) => return refuse(e, why.clone()),
                    _ => return refuse(e, "this arithmetic"),
                };
                let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit() || b == b'_');
                let left = if ty == INT && digits(&a.s) && digits(&b.s) { format!("{}_i64", a.s) } else { a.wrap(p) };
                Ok(Code { s: format!("{left} {sign} {}", b.wrap(p + 1)), ty, form: Form::Temp, p })
            }
            Div => match (self.types.number(a), self.types.number(b)) {
                (Ty::Float, Ty::Float | Ty::Int(_)) | (Ty::Int(_), Ty::Float) => {
                    let (a, b) = (self.float(a)?, self.float(b)?);
                    Ok(Code::temp(format!("divide({}, {})", a.s, b.s), Ty::Float))
                }
                (Ty::Int(_), Ty::Int(_)) => {
                    let (a, b) = (self.number_as(a, Rep::I64)?, self.number_as(b, Rep::I64)?);
                    Ok(Code::temp(format!("quotient({}, {})", a.s, b.s), Ty::Float))
                }
                _ => refuse(e, "/ of something that is no number"),
            },
            Mod => {
                let (a, b) = (self.whole(a)?, self.whole(b)?);
                if b.s.parse::<i64>().is_ok_and(|n| n > 0) {
                    return Ok(Code { s: format!("{} % {}", a.wrap(11), b.s), ty: INT, form: Form::Temp, p: 11 });
                }
                Ok(Code::temp(format!("modulo({}, {})", a.s, b.s), INT))
            }
            Pow => {
                let ExprKind::Int(power @ 0..=63) = b.kind else { return refuse(b, "a power that is computed") };
                if !matches!(a.kind, ExprKind::Int(_)) && (power > 4 || self.types.large(a) || self.types.utmost(a)) {
                    return refuse(e, "an int so large that a product with it may be a float");
                }
                if !matches!(self.types.number(a), Ty::Int(_)) {
                    return refuse(a, "a power of something that is no int");
                }
                if let ExprKind::Int(base) = a.kind
                    && u32::try_from(power)
                        .ok()
                        .and_then(|power| base.checked_pow(power))
                        .is_none_or(|n| n.unsigned_abs() > 1 << 40)
                {
                    return refuse(e, "an int so large that a sum with it may be a float");
                }
                self.counts[b.id] += 1;
                let a = self.number_as(a, Rep::I64)?;
                let base = if is_number(&a.s) { format!("{}_i64", a.s) } else { a.s };
                let base = if base.starts_with('-') || a.p < 15 { format!("({base})") } else { base };
                Ok(Code::temp(format!("{base}.pow({power})"), INT))
            }
            Spaceship => {
                let order = self.ordered(e, a, b)?;
                Ok(Code { s: format!("{order} as i64"), ty: INT, form: Form::Temp, p: 12 })
            }
            BitXor if matches!(b.kind, ExprKind::Int(-1)) => {
                self.counts[b.id] += 1;
                let a = self.number_as(a, Rep::I64)?;
                let a = if is_number(&a.s) { format!("{}_i64", a.s) } else { a.wrap(14) };
                Ok(Code { s: format!("!{a}"), ty: INT, form: Form::Temp, p: 14 })
            }
            BitAnd | BitOr | BitXor => {
                let ty = self.types.of(e);
                let Ty::Int(rep) = ty else { return refuse(e, "bits of something that is no int") };
                let (a, b) = (self.number_as(a, rep)?, self.number_as(b, rep)?);
                let sign = match op {
                    BitAnd => "&",
                    BitOr => "|",
                    _ => "^",
                };
                Ok(Code { s: format!("{} {sign} {}", a.wrap(9), b.wrap(9)), ty, form: Form::Temp, p: 6 })
            }
            ShiftLeft | ShiftRight => {
                let ExprKind::Int(count @ 0..=63) = b.kind else {
                    let (a, b) = (self.number_as(a, Rep::I64)?, self.number_as(b, Rep::I64)?);
                    let function = if op == ShiftLeft { "shift_left" } else { "shift_right" };
                    return Ok(Code::temp(format!("{function}({}, {})", a.s, b.s), INT));
                };
                self.counts[b.id] += 1;
                let a = self.number_as(a, Rep::I64)?;
                let a = if a.s.parse::<i64>().is_ok() { format!("{}_i64", a.s) } else { a.wrap(9) };
                let sign = if op == ShiftLeft { "<<" } else { ">>" };
                Ok(Code { s: format!("{a} {sign} {count}"), ty: INT, form: Form::Temp, p: 6 })
            }
            And | Or | Xor => {
                let left = self.truth(a)?;
                let once = std::mem::replace(&mut self.once, false);
                let count = self.pre.len();
                let right = self.truth(b)?;
                self.once = once;
                if self.pre.len() > count {
                    return refuse(b, "an assignment that may not happen");
                }
                match (op, left.s.as_str(), right.s.as_str()) {
                    (And, "true", _) => return Ok(right),
                    (And, _, "true") => return Ok(left),
                    _ => {}
                }
                let (sign, p) = match op {
                    And => ("&&", 4),
                    Or => ("||", 3),
                    _ => ("!=", 5),
                };
                Ok(Code {
                    s: format!("{} {sign} {}", left.wrap(p), right.wrap(p + 1)),
                    ty: Ty::Bool,
                    form: Form::Temp,
                    p,
                })
            }
            Equal | NotEqual | Identical | NotIdentical | Less | Greater | LessOrEqual | GreaterOrEqual => {
                self.compare(e, op, a, b)
            }
        }
    }

    /// What PHP's `if` sees.
    pub(crate) fn truth(&mut self, e: &Expr) -> R {
        // Bits of bools are a test like any other.
        if let ExprKind::Binary(op @ (BinOp::BitAnd | BinOp::BitOr), a, b) = &e.kind
            && self.is_test(a)
            && self.is_test(b)
        {
            self.counts[e.id] += 1;
            let (a, b) = (self.truth(a)?, self.truth(b)?);
            let sign = if *op == BinOp::BitAnd { "&" } else { "|" };
            let wrap = |code: &Code| if code.p < 14 { format!("({})", code.s) } else { code.s.clone() };
            return Ok(Code { s: format!("{} {sign} {}", wrap(&a), wrap(&b)), ty: Ty::Bool, form: Form::Temp, p: 6 });
        }
        let code = self.value(e)?;
        let bool_of = |s: String, p: u8| Code { s, ty: Ty::Bool, form: Form::Temp, p };
        Ok(match &code.ty {
            Ty::Bool | Ty::False => code,
            Ty::Int(_) => bool_of(format!("{} != 0", code.wrap(7)), 5),
            Ty::Float => bool_of(format!("{} != 0.0", code.wrap(7)), 5),
            Ty::Str(_) => bool_of(format!("is_true({})", code.reference()), 15),
            Ty::Json => bool_of(format!("{}.is_true()", code.wrap(15)), 15),
            Ty::Opt(inner) => match **inner {
                Ty::Socket | Ty::File | Ty::Input | Ty::OptionValue => {
                    bool_of(format!("{}.is_some()", code.wrap(15)), 15)
                }
                Ty::Int(_) => bool_of(format!("{}.unwrap_or(0) != 0", code.wrap(15)), 5),
                Ty::Str(_) => bool_of(format!("is_true({})", code.reference()), 15),
                _ => return refuse(e, "whether this is true"),
            },
            Ty::Maybe(inner) => match **inner {
                Ty::Socket | Ty::File | Ty::Input | Ty::Exception => {
                    bool_of(format!("{}.is_some()", code.wrap(15)), 15)
                }
                Ty::Bool => bool_of(format!("{} == Some(true)", code.wrap(7)), 5),
                Ty::Int(_) => bool_of(format!("{}.unwrap_or(0) != 0", code.wrap(15)), 5),
                Ty::Str(_) => bool_of(format!("is_true({})", code.reference()), 15),
                _ => return refuse(e, "whether this is true"),
            },
            Ty::List(_) | Ty::Map(..) => bool_of(format!("!{}.is_empty()", code.wrap(15)), 14),
            Ty::Socket if matches!(e.kind, ExprKind::Var(_)) => bool_of("true".into(), 20),
            Ty::Socket => return refuse(e, "whether a socket is true, which it always is"),
            Ty::Unknown if e.ends() => code,
            Ty::Mixed(why) => return refuse(e, why.clone()),
            other => return refuse(e, format!("whether {} is true", other.name())),
        })
    }

    /// Whether an expression is a bool, or bits of bools.
    fn is_test(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Binary(BinOp::BitAnd | BinOp::BitOr, a, b) => self.is_test(a) && self.is_test(b),
            _ => self.types.of(e) == Ty::Bool,
        }
    }

    pub(crate) fn not_true(&mut self, e: &Expr) -> R {
        if let ExprKind::Not(inner) = &e.kind {
            self.counts[e.id] += 1;
            return self.truth(inner);
        }
        let code = self.truth(e)?;
        Ok(negate(&code))
    }

    /// Whether what is null where PHP has nothing could be taken for false here.
    pub(crate) fn may_be_null(&self, e: &Expr) -> bool {
        let source = |e: &Expr| match &e.kind {
            ExprKind::Index(..) => true,
            ExprKind::Silence(inner) => matches!(inner.kind, ExprKind::Index(..)),
            ExprKind::Call(name, _) => {
                matches!(&**name, "array_pop" | "array_shift" | "array_key_first" | "array_key_last")
            }
            _ => false,
        };
        let inner = match &e.kind {
            ExprKind::Assign(_, value) => value,
            _ => e,
        };
        source(inner) || self.types.web(e).is_some_and(|web| self.types.nulls.contains(&web))
    }
}
