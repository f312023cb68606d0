//! Arrays: literals, elements, and whether they are there.

use super::*;
use crate::ast::*;
use crate::code::{Code, Form};
use crate::emit::{Emit, R, refuse};
use crate::types::*;

impl Emit<'_> {
    /// A key for a map whose keys are of a type.
    pub(crate) fn key(&mut self, e: &Expr, ty: &Ty) -> R<String> {
        let code = self.value(e)?;
        match (&code.ty, ty) {
            (Ty::Str(_), Ty::Str(_)) => {
                if let ExprKind::Str(text) = &e.kind
                    && text.iter().all(u8::is_ascii_digit)
                    && !text.is_empty()
                {
                    return refuse(e, "text that is a number as a key");
                }
                Ok(code.borrow())
            }
            (Ty::Int(Rep::Literal), Ty::Int(_)) => {
                Ok(format!("{}_i64", code.s)).map(|s| if code.s.contains('_') { code.s.clone() } else { s })
            }
            (Ty::Int(_), Ty::Int(_)) => Ok(code.s),
            (Ty::Opt(inner), Ty::Int(_)) if matches!(**inner, Ty::Int(_)) => {
                // false is the key 0.
                Ok(format!("{}.unwrap_or(0)", code.wrap(15)))
            }
            (have, want) => refuse(e, format!("{} as a key where others are {}", have.name(), want.name())),
        }
    }

    pub(crate) fn index(&mut self, e: &Expr, base: &Expr, index: &Expr) -> R {
        let ty = self.types.of(base);
        let element = ty.element();
        match ty.clone() {
            Ty::List(_) => {
                let base = self.value(base)?;
                let at = self.value(index)?;
                if !matches!(at.ty, Ty::Int(_)) {
                    return refuse(index, format!("{} as the key of a list", at.ty.name()));
                }
                self.element(e, &base, &at.s, element, true)
            }
            Ty::Map(key, _) => {
                let base = self.value(base)?;
                let key = self.key(index, &key)?;
                self.element(e, &base, &key, element, false)
            }
            Ty::Str(_) => {
                let base = self.value(base)?;
                let at = self.number_as(index, Rep::I64)?;
                Ok(Code::temp(format!("byte_at({}, {})", base.borrow(), at.s), BYTES))
            }
            Ty::Tuple(list) => {
                let base = self.value(base)?;
                let ExprKind::Int(n) = index.kind else {
                    return refuse(index, "an element of an array of several types");
                };
                self.counts[index.id] += 1;
                let Some(ty) = usize::try_from(n).ok().and_then(|n| list.get(n)) else {
                    return refuse(index, "an element that is not there");
                };
                Ok(Code { s: format!("{}.{n}", base.wrap(15)), ty: ty.clone(), form: Form::Owned, p: 15 })
            }
            Ty::Opt(inner) if matches!(base.kind, ExprKind::Call(..)) && inner.is_array() => {
                // `unpack('N', $text)[1]`
                let Ty::Map(key, element) = *inner else { return refuse(e, "an element of a value or false") };
                let code = self.value(base)?;
                // An element of false is null, and PHP warns of it.
                let base = Code { s: format!("{}.unwrap_or_default()", code.wrap(15)), ..code };
                let key = self.key(index, &key)?;
                self.element(e, &base, &key, *element, false)
            }
            Ty::Json => self.json_element(e, base, index),
            Ty::Header => {
                let ExprKind::Str(key) = &index.kind else {
                    return refuse(index, "a part of a message that is computed");
                };
                self.counts[index.id] += 1;
                if let Ty::Mixed(why) = self.types.of(e) {
                    return refuse(e, why);
                }
                let base = self.value(base)?;
                let s = format!("{}.{}", base.wrap(15), String::from_utf8_lossy(key));
                Ok(Code { s, ty: self.types.of(e), form: Form::Owned, p: 15 })
            }
            Ty::Record(_) => {
                let (Some(field), ExprKind::Str(key)) = (ty.field(index).cloned(), &index.kind) else {
                    return refuse(
                        index,
                        "an element of an array of several types, by a key that is computed or not there",
                    );
                };
                self.counts[index.id] += 1;
                if let Ty::Mixed(why) = field {
                    return refuse(e, why);
                }
                let base = self.value(base)?;
                let name = crate::emit::ident(&String::from_utf8_lossy(key));
                Ok(Code { s: format!("{}.{name}", base.wrap(15)), ty: field, form: Form::Owned, p: 15 })
            }
            Ty::Mixed(why) => refuse(e, why),
            other => refuse(e, format!("an element of {}", other.name())),
        }
    }

    pub(crate) fn element(&mut self, e: &Expr, base: &Code, key: &str, element: Ty, list: bool) -> R {
        // Any int is a key to look for.
        let at = key.strip_suffix("_i64").unwrap_or(key);
        match &element {
            Ty::Mixed(why) => refuse(e, why.clone()),
            Ty::Unknown => refuse(e, "an element of an array that is empty"),
            Ty::Record(_) if !element.is_kept() => Ok(Code::temp(format!("{}.at({at})", base.wrap(15)), element)),
            Ty::Socket | Ty::Record(_) if self.types.program.errors != Errors::Unseen => {
                refuse(e, "a socket that may be missing in an array, where the program has a finally or catches Errors")
            }
            Ty::Socket | Ty::Record(_) => Ok(Code {
                s: format!("{}[{}]", base.wrap(15), list_key(key, list)),
                ty: element,
                form: Form::Owned,
                p: 15,
            }),
            Ty::Str(_) | Ty::Int(_) | Ty::Float | Ty::Bool | Ty::List(_) | Ty::Map(..) | Ty::Json => {
                Ok(Code::temp(format!("{}.at({at})", base.wrap(15)), element))
            }
            _ => refuse(e, format!("an element that is {}", element.name())),
        }
    }

    /// An element that may be missing, as an `Option` of a reference.
    pub(crate) fn lookup(&mut self, e: &Expr, base: &Expr, index: &Expr) -> R {
        let ty = self.types.of(base);
        let element = ty.element();
        let code = self.value(base)?;
        match ty {
            Ty::List(_) => {
                let at = self.number_as(index, Rep::Usize)?;
                Ok(Code::temp(format!("{}.get({})", code.wrap(15), at.s), element.opt()))
            }
            Ty::Map(key, _) => {
                let key = self.key(index, &key)?;
                Ok(Code::temp(format!("{}.get({key})", code.wrap(15)), element.opt()))
            }
            _ => refuse(e, "an element of something that is no array"),
        }
    }

    pub(crate) fn isset(&mut self, e: &Expr) -> R {
        if self.types.of(e) == Ty::Json && matches!(&e.kind, ExprKind::Var(_) | ExprKind::Call(..))
            || matches!(&e.kind, ExprKind::Index(base, Some(_)) if self.types.of(base) == Ty::Json)
        {
            let value = self.json_quiet(e)?;
            return Ok(Code { s: format!("!{value}.is_null()"), ty: Ty::Bool, form: Form::Temp, p: 14 });
        }
        match &e.kind {
            ExprKind::Index(base, Some(index)) => {
                self.counts[e.id] += 1;
                let of = self.types.of(base);
                if let Ty::Record(_) = of {
                    let Some(field) = of.field(index) else {
                        return refuse(e, "isset of a key that is computed or not there");
                    };
                    if matches!(base.kind, ExprKind::Var(_)) {
                        let null = matches!(field, Ty::Maybe(_));
                        self.counts[e.id] -= 1;
                        let code = self.value(e)?;
                        let text = if null { format!("{}.is_some()", code.s) } else { "true".to_owned() };
                        return Ok(Code::temp(text, Ty::Bool));
                    }
                    if matches!(field, Ty::Maybe(_) | Ty::Opt(_)) {
                        return refuse(e, "isset of an element that may be null");
                    }
                    self.counts[index.id] += 1;
                    return self.isset(base);
                }
                if let Ty::Map(key, element) = of {
                    if matches!(*element, Ty::Opt(_)) {
                        return refuse(e, "isset of an element that may be null");
                    }
                    let base = self.value(base)?;
                    let key = self.key(index, &key)?;
                    return Ok(Code::temp(format!("{}.contains_key({key})", base.wrap(15)), Ty::Bool));
                }
                let code = self.lookup(e, base, index)?;
                Ok(Code::temp(format!("{}.is_some()", code.s), Ty::Bool))
            }
            ExprKind::Var(_) => {
                if matches!(self.types.of(e), Ty::Maybe(_)) {
                    let code = self.value(e)?;
                    return Ok(Code::temp(format!("{}.is_some()", code.wrap(15)), Ty::Bool));
                }
                let null = self.may_be_null(e);
                let code = self.value(e)?;
                match code.ty {
                    Ty::Opt(_) if null => refuse(e, "isset of a variable that may be null"),
                    _ if null => refuse(e, "isset of a variable that may be null"),
                    _ => Ok(Code { p: 20, ..Code::temp("true", Ty::Bool) }),
                }
            }
            _ => refuse(e, "isset of this"),
        }
    }

    pub(crate) fn coalesce(&mut self, e: &Expr, a: &Expr, b: &Expr) -> R {
        let ty = crate::infer::settled(self.types.of(e));
        let element = matches!(&a.kind, ExprKind::Index(base, _) if self.types.of(base) != Ty::Json);
        if self.types.of(a) == Ty::Json && ty == Ty::Json && !element {
            return self.json_or(e, a, b);
        }
        if let Ty::Maybe(_) = self.types.of(a) {
            if let Ty::Mixed(why) = &ty {
                return refuse(e, format!("several types: {why}"));
            }
            let first = self.coerced(a, &ty.clone().maybe())?;
            let once = std::mem::replace(&mut self.once, false);
            let count = self.pre.len();
            let other = self.coerced(b, &ty)?;
            self.once = once;
            if self.pre.len() > count {
                return refuse(b, "an assignment that may not happen");
            }
            let call = if b.ends() || !is_cheap(&other.s) {
                format!("unwrap_or_else(|| {})", other.s)
            } else {
                format!("unwrap_or({})", other.s)
            };
            return Ok(Code::temp(format!("{}.{call}", first.wrap(15)), ty));
        }
        let ExprKind::Index(base, Some(index)) = &a.kind else {
            return refuse(e, "?? behind what is never null");
        };
        if let Ty::Mixed(why) = &ty {
            return refuse(e, format!("several types: {why}"));
        }
        self.counts[a.id] += 1;
        let code = self.lookup(a, base, index)?;
        let element = self.types.of(a);
        let fallback = self.coerced(b, &ty)?;
        if element == ty {
            let lazy = if is_cheap(&fallback.s) {
                format!("unwrap_or({})", fallback.s)
            } else {
                format!("unwrap_or_else(|| {})", fallback.s)
            };
            let lazy = if matches!(fallback.s.as_str(), "Vec::new()" | "String::new()") {
                "unwrap_or_default()".into()
            } else {
                lazy
            };
            return Ok(Code::temp(format!("{}.cloned().{lazy}", code.s), ty));
        }
        let inner = Code { s: "value".into(), ty: element, form: Form::Ref, p: 20 };
        let inner = self.coerce(inner, &ty, a)?;
        Ok(Code::temp(format!("{}.map_or_else(|| {}, |value| {})", code.s, fallback.s, inner.s), ty))
    }

    /// `['a' => 1, 2]`: an element without a key has the next number.
    pub(crate) fn keyed(
        &mut self,
        e: &Expr,
        elements: &[(Option<Expr>, Expr)],
        (key, element): (&Ty, &Ty),
        ty: &Ty,
    ) -> R {
        let mut next = 0;
        let mut texts = Vec::new();
        for (at, value) in elements {
            let at = match at {
                Some(at) => {
                    if let ExprKind::Int(n) = at.kind {
                        next = n + 1;
                    }
                    self.key(at, key)?
                }
                None if matches!(key, Ty::Int(_)) => {
                    next += 1;
                    format!("{}_i64", next - 1)
                }
                None => return refuse(e, "an array with some keys"),
            };
            let mut text = vec![self.coerced(value, element)?.s];
            whole(&mut text, element);
            texts.push(format!("({at}, {})", text[0]));
        }
        Ok(Code::temp(format!("Array::<{}, _>::from([{}])", key.rust(), texts.join(", ")), ty.clone()))
    }

    /// `[1, 2]` as a `Vec`, or as an array where that will do.
    pub(crate) fn array_literal(&mut self, e: &Expr, bare: bool) -> R {
        let ExprKind::Array(elements) = &e.kind else { return self.value(e) };
        self.counts[e.id] += 1;
        let ty = self.types.of(e);
        if elements.is_empty() {
            return Ok(Code::temp("Vec::new()", ty));
        }
        match &ty {
            Ty::List(element) => {
                if let Ty::Mixed(why) = &**element {
                    return refuse(e, format!("an array of several types: {why}"));
                }
                let mut texts = Vec::new();
                for (_, value) in elements {
                    texts.push(self.coerced(value, element)?.s);
                }
                whole(&mut texts, element);
                let list = format!("[{}]", texts.join(", "));
                Ok(Code::temp(if bare { list } else { format!("vec!{list}") }, ty.clone()))
            }
            Ty::Record(_) => {
                self.counts[e.id] -= 1;
                self.coerced(e, &ty)
            }
            Ty::Tuple(list) => {
                let mut texts = Vec::new();
                for ((_, value), ty) in elements.iter().zip(list) {
                    texts.push(self.coerced(value, ty)?.s);
                }
                Ok(Code::temp(format!("({})", texts.join(", ")), ty.clone()))
            }
            Ty::Map(key, element) => {
                if let Ty::Mixed(why) = &**element {
                    return refuse(e, format!("an array of several types: {why}"));
                }
                self.keyed(e, elements, (key, element), &ty)
            }
            Ty::Mixed(why) => refuse(e, why.clone()),
            _ => refuse(e, "this array"),
        }
    }
}

/// Numbers in an array, of which the first says that they are 64 bits wide.
pub(crate) fn whole(texts: &mut [String], element: &Ty) {
    if *element == INT
        && let Some(first) = texts.first_mut()
        && first.bytes().all(|b| b.is_ascii_digit() || b == b'_' || b == b'-')
    {
        first.push_str("_i64");
    }
}

pub(crate) fn list_key(key: &str, list: bool) -> String {
    if list && !key.bytes().all(|b| b.is_ascii_digit()) { format!("to_usize({key})") } else { key.to_owned() }
}
