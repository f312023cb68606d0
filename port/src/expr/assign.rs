//! Assignments, and what can be assigned to.

use super::*;
use crate::ast::*;
use crate::code::{Code, Form};
use crate::emit::{Emit, R, refuse};
use crate::expr::elements::list_key;
use crate::types::*;

impl Emit<'_> {
    /// An assignment whose value is used: the line comes before.
    pub(crate) fn assign_value(&mut self, e: &Expr, target: &Expr, value: &Expr) -> R {
        let Some(web) = self.types.web(target) else {
            return refuse(e, "an assignment to an element in an expression");
        };
        // A name for what is evaluated here and read nowhere else.
        if self.is_dropped(web) && !self.tainted.contains(&web) {
            self.counts[target.id] += 1;
            return self.coerced(value, &self.types.tys[web].clone());
        }
        if !self.leading.contains(&e.id) {
            return refuse(e, "an assignment in the middle of an expression");
        }
        self.counts[target.id] += 1;
        self.untainted(web, e)?;
        let ty = self.types.tys[web].clone();
        if let Ty::Mixed(why) = &ty {
            return refuse(e, format!("${} has several types: {why}", self.types.webs.webs[web].name));
        }
        let code = self.coerced(value, &ty)?;
        let at = self.here();
        let bound = self.bind(web, at);
        let typed = if bound.starts_with("let ") && ty == INT && self.types.of(value) == Ty::Int(Rep::Literal) {
            ": i64"
        } else {
            ""
        };
        self.pre.push(format!("{bound}{typed} = {};", code.s));
        self.again(target)
    }

    /// `$x .= …`, `$x += …` as a statement.
    pub(crate) fn assign_op(&mut self, e: &Expr) -> R<String> {
        let ExprKind::AssignOp(op, target, value) = &e.kind else { return refuse(e, "this assignment") };
        self.counts[e.id] += 1;
        let place = self.place(target)?;
        // Behind null there is text.
        let place = match (op, &place.ty) {
            (BinOp::Concat, Ty::Maybe(inner)) if matches!(**inner, Ty::Str(_)) => Code {
                ty: (**inner).clone(),
                ..Code::temp(format!("{}.get_or_insert_default()", place.wrap(15)), BYTES)
            },
            _ => place,
        };
        match (op, &place.ty) {
            (BinOp::Concat, Ty::Str(kind)) => {
                let mut parts = Vec::new();
                let kind = *kind;
                self.flatten(value, &mut parts);
                if kind == Text::String {
                    let code = self.value(value)?;
                    return Ok(match code.ty {
                        Ty::Str(Text::Literal) => format!("{}.push_str({});", place.s, code.s),
                        Ty::Str(Text::String) => format!("{}.push_str({});", place.s, code.reference()),
                        Ty::Int(_) => format!("{}.push_str(&{}.to_string());", place.s, code.wrap(15)),
                        _ => return refuse(e, "bytes behind text"),
                    });
                }
                if parts.len() == 1 {
                    let code = self.value(value)?;
                    return Ok(match (&code.ty, code.form) {
                        (Ty::Str(Text::Bytes), Form::Temp) => format!("{}.extend({});", place.s, code.s),
                        (Ty::Str(Text::Bytes), _) => format!("{}.extend_from_slice({});", place.s, code.borrow()),
                        (Ty::Str(Text::Literal), Form::Temp) if code.s.starts_with('"') => {
                            format!("{}.extend_from_slice({});", place.s, bytes_of(&code.s))
                        }
                        (Ty::Mixed(why), _) => return refuse(e, why.clone()),
                        _ => format!("append!({}, {});", place.s, self.part(&code, value)?),
                    });
                }
                self.joined(value, true);
                let mut texts = Vec::new();
                for part in parts {
                    let code = self.value(part)?;
                    texts.push(self.part(&code, part)?);
                }
                Ok(format!("append!({}, {});", place.s, texts.join(", ")))
            }
            (BinOp::Mul, _) if self.types.large(target) || self.types.large(value) => {
                refuse(e, "an int so large that a product with it may be a float")
            }
            (BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor, Ty::Int(rep)) => {
                let code = self.number_as(value, *rep)?;
                Ok(format!("{} {} {};", place.s, sign(*op), code.s))
            }
            (BinOp::Add | BinOp::Sub | BinOp::Mul, Ty::Float) => {
                let code = self.float(value)?;
                Ok(format!("{} {} {};", place.s, sign(*op), code.s))
            }
            (BinOp::ShiftLeft | BinOp::ShiftRight, Ty::Int(_)) => {
                let count = self.number_as(value, Rep::I64)?;
                let left = *op == BinOp::ShiftLeft;
                if matches!(value.kind, ExprKind::Int(0..=63)) {
                    return Ok(format!("{} {} {};", place.s, if left { "<<=" } else { ">>=" }, count.s));
                }
                let function = if left { "shift_left" } else { "shift_right" };
                Ok(format!("{} = {function}({}, {});", place.s, place.s, count.s))
            }
            (BinOp::Mod, Ty::Int(Rep::I64)) => {
                let code = self.whole(value)?;
                Ok(format!("{} = modulo({}, {});", place.s, place.s, code.s))
            }
            (BinOp::Div, Ty::Float) => {
                let code = self.float(value)?;
                Ok(format!("{} = divide({}, {});", place.s, place.s, code.s))
            }
            (BinOp::Div, _) => refuse(e, "/ of ints, which may be an int or a float: intdiv() says which"),
            (_, Ty::Mixed(why)) => refuse(e, why.clone()),
            (_, ty) => refuse(e, format!("this operation on {}", ty.name())),
        }
    }

    /// What can be changed: a variable, or an element of one.
    pub(crate) fn place(&mut self, e: &Expr) -> R {
        match &e.kind {
            ExprKind::Var(name) => {
                if self.types.utmost(e) {
                    return refuse(e, "an int so large that a sum with it may be a float");
                }
                let code = self.value(e)?;
                let web = self.types.web(e);
                if code.form == Form::Ref && web.is_some_and(|web| self.types.webs.webs[web].changed) {
                    return refuse(e, format!("${name} is borrowed here"));
                }
                Ok(code)
            }
            ExprKind::Index(base, Some(index)) => {
                self.counts[e.id] += 1;
                let ty = self.types.of(base);
                if let (Some(field), ExprKind::Str(key)) = (ty.field(index), &index.kind) {
                    self.counts[index.id] += 1;
                    let place = self.record_place(base)?;
                    let s = format!("{}.{}", place.wrap(15), crate::emit::ident(&String::from_utf8_lossy(key)));
                    return Ok(Code { s, ty: field.clone(), form: Form::Owned, p: 15 });
                }
                let place = self.place(base)?;
                let Ty::Map(key, element) = ty else { return refuse(e, "a change of an element of this") };
                let key = self.key(index, &key)?;
                Ok(Code { s: format!("*{}.entry({key})", place.wrap(15)), ty: *element, form: Form::Owned, p: 14 })
            }
            _ => refuse(e, "a change of this"),
        }
    }

    /// A record that is changed: a variable, or an element that is there.
    fn record_place(&mut self, e: &Expr) -> R {
        let ExprKind::Index(base, Some(index)) = &e.kind else { return self.place(e) };
        self.counts[e.id] += 1;
        let ty = self.types.of(base);
        if let Ty::Record(_) = ty {
            self.counts[e.id] -= 1;
            return self.place(e);
        }
        let place = self.place(base)?;
        let (key, element) = match &ty {
            Ty::Map(key, element) => (self.key(index, key)?, element),
            Ty::List(element) => (list_key(&self.number_as(index, Rep::Usize)?.s, true), element),
            _ => return refuse(e, "a change of an element of this"),
        };
        Ok(Code { s: format!("{}[{key}]", place.wrap(15)), ty: (**element).clone(), form: Form::Owned, p: 15 })
    }

    /// `$a[] = …`, `$a[k] = …`, `[$a, $b] = …`
    pub(crate) fn assign_element(&mut self, target: &Expr, value: &Expr) -> R<Vec<String>> {
        match &target.kind {
            ExprKind::Index(base, index) => {
                self.counts[target.id] += 1;
                let ty = self.types.of(base);
                if let Some(web) = self.types.base(base) {
                    self.untainted(web, target)?;
                }
                if let Ty::Record(_) = ty {
                    self.counts[target.id] -= 1;
                    // PHP evaluates what is assigned before it looks for the element.
                    let Some(field) = index.as_ref().and_then(|index| ty.field(index)).cloned() else {
                        return refuse(target, "a key that is computed, or new");
                    };
                    let code = self.coerced(value, &field)?;
                    let place = self.place(target)?;
                    return Ok(vec![format!("{} = {};", place.s, code.s)]);
                }
                let element = ty.element();
                if let Ty::Mixed(why) = &element {
                    return refuse(target, format!("an array of several types: {why}"));
                }
                let place = match &base.kind {
                    ExprKind::Var(_) => self.place(base)?,
                    ExprKind::Index(outer, Some(_)) if matches!(self.types.of(outer), Ty::Record(_)) => {
                        self.place(base)?
                    }
                    ExprKind::Index(outer, Some(key)) => {
                        self.counts[base.id] += 1;
                        let Ty::Map(key_ty, _) = self.types.of(outer) else { return refuse(base, "an array in this") };
                        if !matches!(outer.kind, ExprKind::Var(_)) {
                            return refuse(base, "an array in an array in an array");
                        }
                        let outer = self.place(outer)?;
                        let key = self.key(key, &key_ty)?;
                        Code { s: format!("{}.inner({key})", outer.s), ty: ty.clone(), form: Form::Owned, p: 15 }
                    }
                    _ => return refuse(target, "an element of this"),
                };
                match (index, &ty) {
                    (None, Ty::List(_)) => {
                        let code = self.coerced(value, &element)?;
                        Ok(vec![format!("{}.push({});", place.wrap(15), code.s)])
                    }
                    (None, Ty::Map(key, _)) if matches!(**key, Ty::Int(_)) => {
                        let code = self.coerced(value, &element)?;
                        Ok(vec![format!("{}.push({});", place.wrap(15), code.s)])
                    }
                    (Some(index), Ty::Map(key, _)) => {
                        // PHP evaluates the key first.
                        let key = self.key(index, key)?;
                        let code = self.coerced(value, &element)?;
                        let base = self.types.base(base);
                        let own = value.any(&|e| {
                            self.types.base(e).is_some()
                                && self.types.base(e) == base
                                && matches!(e.kind, ExprKind::Var(_))
                        });
                        if own || key.contains(&format!("{}.", place.s)) {
                            let name = self.fresh("value");
                            return Ok(vec![
                                format!("let {name} = {};", code.s),
                                format!("{}.insert({key}, {name});", place.wrap(15)),
                            ]);
                        }
                        Ok(vec![format!("{}.insert({key}, {});", place.wrap(15), code.s)])
                    }
                    (_, ty) => refuse(target, format!("[] of {}", ty.name())),
                }
            }
            ExprKind::Array(parts) => {
                self.counts[target.id] += 1;
                let ty = self.types.of(value);
                let at = self.here();
                let mut names = Vec::new();
                let mut fresh = 0;
                for (number, (key, part)) in parts.iter().enumerate() {
                    let (None, Some(web)) = (key, self.types.web(part)) else {
                        return refuse(target, "this list of variables");
                    };
                    self.counts[part.id] += 1;
                    self.untainted(web, part)?;
                    let want = match &ty {
                        Ty::Tuple(list) => list.get(number).cloned().unwrap_or(Ty::Unknown),
                        other => other.element(),
                    };
                    if self.types.tys[web] != want {
                        return refuse(part, "a variable of several types");
                    }
                    let bound = self.bind(web, at);
                    match bound.strip_prefix("let ") {
                        Some(name) => {
                            fresh += 1;
                            names.push(if self.types.webs.webs[web].reads == 0 { "_".into() } else { name.to_owned() });
                        }
                        None => names.push(bound),
                    }
                }
                if fresh != 0 && fresh != names.len() {
                    return refuse(target, "a list of old and new variables");
                }
                let code = self.value(value)?;
                let word = if fresh > 0 { "let " } else { "" };
                match &ty {
                    Ty::Tuple(list) if list.len() == names.len() => {
                        let owned = self.owned(code);
                        Ok(vec![format!("{word}({}) = {};", names.join(", "), owned.s)])
                    }
                    Ty::List(_) => {
                        let owned = self.owned(code);
                        let take = if ty.element() == Ty::Socket { "take_sockets" } else { "take_apart" };
                        Ok(vec![format!("{word}[{}] = {take}({});", names.join(", "), owned.s)])
                    }
                    _ => refuse(target, format!("a list of variables from {}", ty.name())),
                }
            }
            _ => refuse(target, "an assignment to this"),
        }
    }
}

/// The operator of an assignment with an operation that Rust has too.
fn sign(op: BinOp) -> &'static str {
    match op {
        BinOp::Add => "+=",
        BinOp::Sub => "-=",
        BinOp::Mul => "*=",
        BinOp::BitAnd => "&=",
        BinOp::BitOr => "|=",
        _ => "^=",
    }
}
