//! Comparisons, by PHP's rules for the two types.

use super::bytes_of;
use crate::ast::*;
use crate::code::{self, Code, Form, literal, negate};
use crate::emit::{Emit, R, refuse};
use crate::types::*;

impl Emit<'_> {
    pub(crate) fn compare(&mut self, e: &Expr, op: BinOp, a: &Expr, b: &Expr) -> R {
        use BinOp::*;
        let (ta, tb) = (self.types.of(a), self.types.of(b));
        let number = matches!(b.kind, ExprKind::Int(_) | ExprKind::Const(_));
        // What comes first of arithmetic with numbers comes first of the comparison.
        let mut first = a;
        while let ExprKind::Binary(Add | Sub | Mul | Mod, left, right) = &first.kind
            && matches!(right.kind, ExprKind::Int(_))
        {
            first = left;
        }
        self.lead = (self.once && number && matches!(ta, Ty::Int(_))).then_some(first.id);
        let equality = matches!(op, Equal | NotEqual | Identical | NotIdentical);
        let exact = matches!(op, Identical | NotIdentical);
        let not = matches!(op, NotEqual | NotIdentical);
        let result = |code: Code| if not { negate(&code) } else { code };
        let bool_of = |s: String, p: u8| Code { s, ty: Ty::Bool, form: Form::Temp, p };
        // A constant on the left is the same on the right.
        let constant =
            |e: &Expr| matches!(e.kind, ExprKind::Bool(_) | ExprKind::Null | ExprKind::Int(_) | ExprKind::Str(_));
        if equality && constant(a) && !constant(b) {
            return self.compare(e, op, b, a);
        }
        if ta == Ty::Json {
            return self.json_compare(e, op, a, b);
        }
        if tb == Ty::Json {
            if !self.is_pure(a) {
                return refuse(e, "what is done before a value of JSON is looked at");
            }
            return self.json_compare(e, flip(op), b, a);
        }
        if equality {
            match &b.kind {
                ExprKind::Bool(wanted) => {
                    self.counts[b.id] += 1;
                    if self.may_be_null(a) && exact {
                        return refuse(e, "null compared with a bool");
                    }
                    if !exact {
                        let code = if *wanted { self.truth(a)? } else { self.not_true(a)? };
                        return Ok(result(code));
                    }
                    return match &ta {
                        Ty::Bool => {
                            let code = if *wanted { self.truth(a)? } else { self.not_true(a)? };
                            Ok(result(code))
                        }
                        Ty::Maybe(inner) if **inner == Ty::Bool => {
                            let code = self.value(a)?;
                            Ok(result(bool_of(format!("{} == Some({wanted})", code.wrap(7)), 5)))
                        }
                        Ty::Opt(_) if !wanted => {
                            let code = self.value(a)?;
                            Ok(result(bool_of(format!("{}.is_none()", code.wrap(15)), 15)))
                        }
                        Ty::Mixed(why) => refuse(e, why.clone()),
                        _ if self.types.never_false(a) => {
                            self.value(a)?;
                            Ok(result(bool_of("false".into(), 20)))
                        }
                        other => refuse(e, format!("{} === a bool, which never is", other.name())),
                    };
                }
                ExprKind::Null => {
                    self.counts[b.id] += 1;
                    // A connection that is not there.
                    if let (Ty::Socket, ExprKind::Index(base, Some(index))) = (&ta, &a.kind)
                        && self.types.of(base).is_array()
                    {
                        self.counts[a.id] += 1;
                        let code = self.lookup(a, base, index)?;
                        return Ok(result(bool_of(format!("{}.is_none()", code.wrap(15)), 15)));
                    }
                    if let (true, Ty::Maybe(_)) = (exact, &ta) {
                        let code = self.value(a)?;
                        return Ok(result(bool_of(format!("{}.is_none()", code.wrap(15)), 15)));
                    }
                    if !exact {
                        return match &ta {
                            Ty::Opt(inner) | Ty::Maybe(inner)
                                if matches!(**inner, Ty::Socket | Ty::File | Ty::Input) =>
                            {
                                let code = self.value(a)?;
                                Ok(result(bool_of(format!("{}.is_none()", code.wrap(15)), 15)))
                            }
                            Ty::List(_) | Ty::Map(..) => {
                                let code = self.value(a)?;
                                Ok(result(bool_of(format!("{}.is_empty()", code.wrap(15)), 15)))
                            }
                            // null and false are "" there.
                            Ty::Str(_) => {
                                let code = self.value(a)?;
                                Ok(result(bool_of(format!("{}.is_empty()", code.wrap(15)), 15)))
                            }
                            Ty::Opt(inner) | Ty::Maybe(inner) if matches!(**inner, Ty::Str(_)) => {
                                let code = self.value(a)?;
                                Ok(result(bool_of(format!("same({}, \"\")", code.borrow()), 15)))
                            }
                            _ => refuse(e, "a comparison with null"),
                        };
                    }
                    if self.may_be_null(a) && matches!(ta, Ty::Opt(_)) {
                        let code = self.value(a)?;
                        return Ok(result(bool_of(format!("{}.is_none()", code.wrap(15)), 15)));
                    }
                    return refuse(e, "a comparison with null");
                }
                _ => {}
            }
        }
        if exact && [&ta, &tb].contains(&&Ty::Float) && self.types.divides() {
            return refuse(e, "a float that may be an int in PHP");
        }
        match (&ta, &tb) {
            (Ty::Mixed(why), _) | (_, Ty::Mixed(why)) => refuse(e, why.clone()),
            (Ty::Socket, Ty::Socket) if equality => {
                let (x, y) = (self.value(a)?, self.value(b)?);
                let text = match (x.form, y.form) {
                    (Form::Ref, Form::Ref) | (Form::Owned, Form::Owned) => format!("{} == {}", x.s, y.s),
                    (Form::Ref, _) => format!("*{} == {}", x.s, y.s),
                    (_, Form::Ref) => format!("{} == *{}", x.s, y.s),
                    _ => format!("{} == {}", x.s, y.s),
                };
                Ok(result(bool_of(text, 5)))
            }
            (Ty::Maybe(x) | Ty::Opt(x), Ty::Socket) if equality && **x == Ty::Socket => {
                let (x, y) = (self.value(a)?, self.value(b)?);
                Ok(result(bool_of(format!("{}.as_ref() == Some({})", x.wrap(15), y.reference()), 5)))
            }
            (Ty::Maybe(_) | Ty::Int(_), Ty::Maybe(_) | Ty::Int(_))
                if !equality
                    && (matches!(ta, Ty::Maybe(_)) || matches!(tb, Ty::Maybe(_)))
                    && [&ta, &tb].iter().all(|ty| !matches!(ty, Ty::Maybe(x) if !matches!(**x, Ty::Int(_)))) =>
            {
                let want = INT.maybe();
                let (x, y) = (self.coerced(a, &want)?, self.coerced(b, &want)?);
                Ok(bool_of(format!("order({}, {}).{}()", x.s, y.s, ordering(op)), 15))
            }
            (Ty::Maybe(x), Ty::Int(_)) if equality && matches!(**x, Ty::Int(_)) => {
                let left = self.value(a)?;
                let right = self.number_as(b, Rep::I64)?;
                if exact {
                    return Ok(result(bool_of(format!("{} == Some({})", left.wrap(7), right.s), 5)));
                }
                Ok(result(bool_of(format!("{}.unwrap_or(0) == {}", left.wrap(15), right.wrap(7)), 5)))
            }
            (Ty::Bool | Ty::False, Ty::Bool | Ty::False) if equality => {
                let (x, y) = (self.value(a)?, self.value(b)?);
                Ok(result(bool_of(format!("{} == {}", x.wrap(7), y.wrap(7)), 5)))
            }
            (Ty::Str(_), Ty::Str(_)) if equality => {
                if exact && (self.may_be_null(a) || self.may_be_null(b)) {
                    let empty = |e: &Expr| !matches!(&e.kind, ExprKind::Str(t) if !t.is_empty());
                    if let (true, ExprKind::Index(base, Some(index)), true) =
                        (empty(a) && empty(b), &a.kind, !self.may_be_null(b) && self.is_pure(b))
                    {
                        self.counts[a.id] += 1;
                        let found = self.lookup(a, base, index)?;
                        let text = self.value(b)?;
                        let value = self.fresh("value");
                        let test = format!("{}.is_some_and(|{value}| same({value}, {}))", found.s, text.borrow());
                        return Ok(result(bool_of(test, 15)));
                    }
                    if empty(a) && empty(b) {
                        return refuse(e, "an element that may be null, compared with ''");
                    }
                }
                let code = self.same_text(a, b, exact)?;
                Ok(result(code))
            }
            (Ty::Opt(x) | Ty::Maybe(x), Ty::Str(_)) if equality && matches!(**x, Ty::Str(_)) => {
                let ExprKind::Str(text) = &b.kind else {
                    return refuse(e, "a string or false, compared with a string");
                };
                let text = text.clone();
                self.counts[b.id] += 1;
                let code = self.value(a)?;
                if exact {
                    let right = if text.is_ascii() { code::byte_literal(&text) } else { bytes_of(&literal(&text)) };
                    let right = if right.starts_with("b\"") { format!("{right}.as_slice()") } else { right };
                    let text_kind = matches!(**x, Ty::Str(Text::String | Text::Literal));
                    let right = if text_kind { literal(&text) } else { right };
                    return Ok(result(bool_of(format!("{}.as_deref() == Some({right})", code.wrap(15)), 5)));
                }
                if code::is_numeric(&text) {
                    return refuse(e, "a string or false, compared with a number in a string");
                }
                Ok(result(bool_of(format!("same({}, {})", code.borrow(), literal(&text)), 15)))
            }
            (Ty::Opt(x), Ty::Int(_)) | (Ty::Int(_), Ty::Opt(x)) if matches!(**x, Ty::Int(_)) => {
                let flipped = matches!(ta, Ty::Int(_));
                let (opt, int) = if flipped { (b, a) } else { (a, b) };
                let op = if flipped { flip(op) } else { op };
                let Ty::Int(rep) = **x else { return refuse(e, "this comparison") };
                if exact {
                    if self.may_be_null(opt) {
                        return refuse(e, "null compared with an int");
                    }
                    let left = self.value(opt)?;
                    let right = self.number_as(int, rep)?;
                    return Ok(result(bool_of(format!("{} == Some({})", left.wrap(7), right.s), 5)));
                }
                let literal = match int.kind {
                    ExprKind::Int(n) => Some(n),
                    _ => None,
                };
                if literal.is_none_or(|n| n < 0) && rep != Rep::Usize || literal.is_some_and(|n| n < 0) {
                    return refuse(e, "false compared with a number that may be below 0");
                }
                if self.types.of(int) != Ty::Int(Rep::Literal) && self.types.of(int) != Ty::Int(Rep::Usize) {
                    return refuse(e, "false compared with a number that may be below 0");
                }
                let left = self.value(opt)?;
                let right = self.number_as(int, rep)?;
                let sign = sign(if rep == Rep::Usize && right.s == "0" { of_count(op) } else { op });
                if literal.is_some_and(|n| n > 0) {
                    return Ok(bool_of(format!("{} {sign} Some({})", left.wrap(7), right.s), 5));
                }
                Ok(bool_of(format!("{}.unwrap_or(0) {sign} {}", left.wrap(15), right.wrap(7)), 5))
            }
            // A socket is neither less nor greater than a number; false is compared as a bool.
            (_, Ty::Int(_)) if !equality && ta.is_handle() && matches!(a.kind, ExprKind::Var(_)) => {
                let ExprKind::Int(number @ 0..) = b.kind else {
                    return refuse(e, "a socket compared with a number that is computed");
                };
                self.counts[b.id] += 1;
                let code = self.value(a)?;
                let holds = match op {
                    Less => number > 0,
                    LessOrEqual => true,
                    GreaterOrEqual => number == 0,
                    _ => false,
                };
                Ok(match (&code.ty, holds) {
                    (Ty::Opt(_) | Ty::Maybe(_), true) => bool_of(format!("{}.is_none()", code.wrap(15)), 15),
                    _ => bool_of("false".into(), 20),
                })
            }
            (Ty::Int(_) | Ty::Float, Ty::Int(_) | Ty::Float) => {
                if ta == Ty::Float || tb == Ty::Float {
                    if exact && ta != tb {
                        return refuse(e, "an int === a float, which never is");
                    }
                    let (x, y) = (self.float(a)?, self.float(b)?);
                    return Ok(bool_of(format!("{} {} {}", left_of(&x, op), sign(op), y.wrap(7)), 5));
                }
                if exact && (self.may_be_null(a) || self.may_be_null(b)) {
                    let (x, y) = (self.int_or_null(a)?, self.int_or_null(b)?);
                    return Ok(result(bool_of(format!("{x} == {y}"), 5)));
                }
                let (x, y) = (self.number(a)?, self.number(b)?);
                let (x, y) = match (&x.ty, &y.ty) {
                    (Ty::Int(r), Ty::Int(s)) if r == s || *s == Rep::Literal && !y.s.starts_with('-') => (x, y),
                    (Ty::Int(Rep::Literal), _) if !x.s.starts_with('-') => (x, y),
                    _ => (self.as_rep(x, Rep::I64), self.as_rep(y, Rep::I64)),
                };
                // How many there are, compared with none.
                let op = if x.ty == Ty::Int(Rep::Usize) && y.s == "0" { of_count(op) } else { op };
                if let (Some(list), "0", Greater | Equal | NotEqual | Identical | NotIdentical) =
                    (x.s.strip_suffix(".len()").filter(|_| x.p >= 15), y.s.as_str(), op)
                {
                    let (sign, p) = if matches!(op, Equal | Identical) { ("", 15) } else { ("!", 14) };
                    return Ok(bool_of(format!("{sign}{list}.is_empty()"), p));
                }
                Ok(bool_of(format!("{} {} {}", left_of(&x, op), sign(op), y.wrap(7)), 5))
            }
            (Ty::OptionValue, Ty::Int(_)) | (Ty::Int(_), Ty::OptionValue) if equality => refuse(e, "a socket's option"),
            (Ty::Opt(x), Ty::Int(_)) if **x == Ty::OptionValue && equality => {
                let left = self.value(a)?;
                let right = self.number_as(b, Rep::I32)?;
                if !exact || !self.is_pure(b) {
                    return refuse(e, "== of an option, which may be false");
                }
                let value = self.fresh("value");
                Ok(result(bool_of(format!("{}.is_some_and(|{value}| {value} == {})", left.wrap(15), right.s), 15)))
            }
            (Ty::Str(_), Ty::Int(_)) | (Ty::Int(_), Ty::Str(_)) if !exact => {
                if self.may_be_null(a) || self.may_be_null(b) {
                    // null == 0 is true, "" == 0 is not.
                    let zero = |e: &Expr| !matches!(e.kind, ExprKind::Int(n) if n != 0);
                    let int = if matches!(ta, Ty::Int(_)) { a } else { b };
                    if zero(int)
                        && !matches!(&a.kind, ExprKind::Index(x, _) if x.var() == Some("argv"))
                        && !matches!(&b.kind, ExprKind::Index(x, _) if x.var() == Some("argv"))
                    {
                        return refuse(e, "an element that may be null, compared with a number");
                    }
                }
                let (x, y) = (self.value(a)?, self.value(b)?);
                let literal = |code: &Code| match code.ty {
                    Ty::Int(Rep::Literal) => format!("\"{}\"", code.s.replace('_', "")),
                    _ => code.borrow(),
                };
                let args = format!("{}, {}", literal(&x), literal(&y));
                if equality {
                    return Ok(result(bool_of(format!("equal({args})"), 15)));
                }
                Ok(bool_of(format!("compare({args}).{}()", ordering(op)), 15))
            }
            // The number is a bool there, too.
            (Ty::Bool, Ty::Int(_)) if !exact && matches!(b.kind, ExprKind::Int(_)) => {
                let right = !matches!(b.kind, ExprKind::Int(0));
                self.consume(b);
                let left = self.truth(a)?;
                let constant = |holds: bool| bool_of(holds.to_string(), 20);
                Ok(match (op, right) {
                    (Equal, true) | (NotEqual, false) | (Greater, false) | (GreaterOrEqual, true) => left,
                    (Equal, false) | (NotEqual, true) | (Less, true) | (LessOrEqual, false) => negate(&left),
                    _ if !matches!(a.kind, ExprKind::Var(_)) && !self.once => {
                        return refuse(e, "a comparison of a bool with an int that does not depend on it");
                    }
                    _ if !matches!(a.kind, ExprKind::Var(_)) => {
                        // What it calls is called nonetheless.
                        self.pre.push(format!("{};", left.s.trim_end_matches(".is_some()")));
                        constant(matches!(op, LessOrEqual | GreaterOrEqual))
                    }
                    (Less, _) | (Greater, _) => constant(false),
                    _ => constant(true),
                })
            }
            _ if exact => refuse(e, format!("{} === {}, which never is", ta.name(), tb.name())),
            _ => refuse(e, format!("a comparison of {} with {}", ta.name(), tb.name())),
        }
    }

    /// An int that is `None` where PHP finds no element.
    fn int_or_null(&mut self, e: &Expr) -> R<String> {
        if !self.may_be_null(e) {
            return Ok(format!("Some({})", self.number_as(e, Rep::I64)?.s));
        }
        let ExprKind::Index(base, Some(index)) = &e.kind else {
            return refuse(e, "an element that may be null, compared with an int");
        };
        // A field of what may not be there.
        if let (Ty::Record(_), ExprKind::Index(records, Some(at)), ExprKind::Str(field)) =
            (self.types.of(base), &base.kind, &index.kind)
            && self.types.of(e) == INT
        {
            let field = crate::emit::ident(&String::from_utf8_lossy(field));
            [e.id, base.id, index.id].into_iter().for_each(|id| self.counts[id] += 1);
            let record = self.fresh("record");
            return Ok(format!("{}.map(|{record}| {record}.{field})", self.lookup(base, records, at)?.s));
        }
        if !matches!(self.types.of(base), Ty::List(_) | Ty::Map(..)) || self.types.of(e) != INT {
            return refuse(e, "an element that may be null, compared with an int");
        }
        self.counts[e.id] += 1;
        Ok(format!("{}.copied()", self.lookup(e, base, index)?.s))
    }

    /// Two strings: as bytes, unless both may be numbers.
    pub(crate) fn same_text(&mut self, a: &Expr, b: &Expr, exact: bool) -> R {
        let bool_of = |s: String, p: u8| Code { s, ty: Ty::Bool, form: Form::Temp, p };
        let (a, b) = if matches!(a.kind, ExprKind::Str(_)) { (b, a) } else { (a, b) };
        if let ExprKind::Str(text) = &b.kind
            && (exact || !code::is_numeric(text))
        {
            let text = text.clone();
            self.counts[b.id] += 1;
            let code = self.value(a)?;
            if code.s == literal(&text) {
                return Ok(bool_of("true".into(), 20));
            }
            if text.is_empty() {
                return Ok(bool_of(format!("{}.is_empty()", code.wrap(15)), 15));
            }
            return Ok(match code.ty {
                Ty::Str(Text::Bytes) if text.is_ascii() => {
                    bool_of(format!("{} == {}", code.wrap(7), code::byte_literal(&text)), 5)
                }
                Ty::Str(Text::Bytes) => bool_of(format!("{} == {}", code.wrap(7), bytes_of(&literal(&text))), 5),
                _ if code.form == Form::Ref && !self.is_slice(a) => {
                    bool_of(format!("{} == {}", code.wrap(7), literal(&text)), 5)
                }
                _ => bool_of(format!("{} == {}", code.wrap(7), literal(&text)), 5),
            });
        }
        let (x, y) = (self.value(a)?, self.value(b)?);
        let name = if exact { "same" } else { "equal" };
        Ok(bool_of(format!("{name}({}, {})", x.borrow(), y.borrow()), 15))
    }
}

pub(crate) fn sign(op: BinOp) -> &'static str {
    match op {
        BinOp::Equal | BinOp::Identical => "==",
        BinOp::NotEqual | BinOp::NotIdentical => "!=",
        BinOp::Less => "<",
        BinOp::Greater => ">",
        BinOp::LessOrEqual => "<=",
        _ => ">=",
    }
}

/// What stands on the left of a comparison: `a as f64 < b` begins the parameters of a type.
fn left_of(code: &Code, op: BinOp) -> String {
    if code.p == 12 && op == BinOp::Less { format!("({})", code.s) } else { code.wrap(7) }
}

/// How a number that is never below 0 is compared with 0: clippy takes `<=` for a mistake, which is the opposite of `>`, too.
fn of_count(op: BinOp) -> BinOp {
    match op {
        BinOp::LessOrEqual => BinOp::Equal,
        BinOp::Greater => BinOp::NotEqual,
        other => other,
    }
}

pub(crate) fn ordering(op: BinOp) -> &'static str {
    match op {
        BinOp::Less => "is_lt",
        BinOp::Greater => "is_gt",
        BinOp::LessOrEqual => "is_le",
        _ => "is_ge",
    }
}

pub(crate) fn flip(op: BinOp) -> BinOp {
    match op {
        BinOp::Less => BinOp::Greater,
        BinOp::Greater => BinOp::Less,
        BinOp::LessOrEqual => BinOp::GreaterOrEqual,
        BinOp::GreaterOrEqual => BinOp::LessOrEqual,
        other => other,
    }
}
