//! A value of a wanted type, owned.

use super::*;
use crate::ast::*;
use crate::code::{Code, Form};
use crate::emit::{Emit, R, refuse};
use crate::types::*;

impl Emit<'_> {
    pub(crate) fn owned(&self, code: Code) -> Code {
        match code.form {
            Form::Temp => code,
            Form::Owned if self.moved && code::is_name(&code.s) => Code { form: Form::Temp, ..code },
            _ if code.ty.is_copy() => match code.form {
                Form::Ref if !matches!(code.ty, Ty::Str(_)) => Code { form: Form::Temp, ..code },
                _ => Code { form: Form::Temp, ..code },
            },
            Form::Ref => match code.ty {
                Ty::Str(Text::String) => Code::temp(format!("{}.to_owned()", code.wrap(15)), code.ty),
                Ty::Str(Text::Bytes) | Ty::List(_) => Code::temp(format!("{}.to_vec()", code.wrap(15)), code.ty),
                _ => Code::temp(format!("{}.clone()", code.wrap(15)), code.ty),
            },
            _ => Code::temp(format!("{}.clone()", code.wrap(15)), code.ty),
        }
    }

    /// A value of a wanted type, owned.
    pub(crate) fn coerced(&mut self, e: &Expr, want: &Ty) -> R {
        match (&e.kind, want) {
            (ExprKind::Array(list), Ty::Map(..)) if list.is_empty() => {
                self.counts[e.id] += 1;
                return Ok(Code::temp("Array::default()", want.clone()));
            }
            (ExprKind::Array(list), Ty::List(_)) if list.is_empty() => {
                self.counts[e.id] += 1;
                return Ok(Code::temp("Vec::new()", want.clone()));
            }
            (ExprKind::Bool(false), Ty::Opt(_)) => {
                self.counts[e.id] += 1;
                return Ok(Code { p: 20, ..Code::temp("None", want.clone()) });
            }
            (ExprKind::Call(name, args), Ty::List(element) | Ty::Map(_, element))
                if name == "array_fill" && matches!(args.first().map(|e| &e.kind), Some(ExprKind::Int(0))) =>
            {
                let [first, count, value] = args.as_slice() else { return refuse(e, "array_fill() without a value") };
                self.counts[e.id] += 1;
                self.counts[first.id] += 1;
                let count = self.number_as(count, Rep::Usize)?.s;
                let list = format!("vec![{}; {count}]", self.coerced(value, element)?.s);
                let s = if matches!(want, Ty::List(_)) { list } else { format!("Array::from({list})") };
                return Ok(Code::temp(s, want.clone()));
            }
            (ExprKind::Null, Ty::Maybe(_)) => {
                self.counts[e.id] += 1;
                return Ok(Code { p: 20, ..Code::temp("None", want.clone()) });
            }
            (ExprKind::Null, Ty::Opt(inner)) if matches!(**inner, Ty::Socket | Ty::File | Ty::Input) => {
                self.counts[e.id] += 1;
                return Ok(Code { p: 20, ..Code::temp("None", want.clone()) });
            }
            (ExprKind::Null, Ty::Json) => {
                self.counts[e.id] += 1;
                return Ok(Code::temp("Json::Null", Ty::Json));
            }
            (ExprKind::Null, _) => return refuse(e, "null where others are not"),
            (ExprKind::Array(list), Ty::Record(fields)) if !list.is_empty() => {
                self.counts[e.id] += 1;
                if list.len() != fields.len() {
                    return refuse(e, "an array with other keys");
                }
                let mut texts = Vec::new();
                for ((key, value), (name, ty)) in list.iter().zip(fields) {
                    let Some(key) = key.as_ref().filter(|key| want.field(key) == Some(ty)) else {
                        return refuse(value, "an array with other keys");
                    };
                    self.counts[key.id] += 1;
                    let (name, code) = (crate::emit::ident(name), self.coerced(value, ty)?);
                    texts.push(if code.s == name { name } else { format!("{name}: {}", code.s) });
                }
                let s = format!("{} {{ {} }}", want.rust(), texts.join(", "));
                return Ok(Code { p: 15, ..Code::temp(s, want.clone()) });
            }
            (ExprKind::Array(list), Ty::Header) => {
                self.counts[e.id] += 1;
                let mut texts = Vec::new();
                for (key, value) in list {
                    let Some((key, ExprKind::Str(name))) = key.as_ref().map(|key| (key, &key.kind)) else {
                        return refuse(value, "a message with other keys");
                    };
                    self.counts[key.id] += 1;
                    texts.push(match name.as_slice() {
                        b"controllen" => format!("controllen: {}", self.number_as(value, Rep::Usize)?.s),
                        b"buffer_size" => format!("buffer_size: Some({})", self.number_as(value, Rep::Usize)?.s),
                        b"flags" => format!("flags: {}", self.number_as(value, Rep::I32)?.s),
                        b"iov" => format!("iov: {}", self.coerced(value, &Ty::List(Box::new(BYTES)))?.s),
                        _ => return refuse(value, "this part of a message (docs/from-php.md)"),
                    });
                }
                texts.push("..Default::default()".into());
                return Ok(Code::temp(format!("MessageHeader {{ {} }}", texts.join(", ")), want.clone()));
            }
            (ExprKind::Array(_), Ty::Record(_)) => return refuse(e, "an empty array where others have keys"),
            (ExprKind::Array(list), Ty::List(element)) => {
                self.counts[e.id] += 1;
                if list.iter().any(|(key, _)| key.is_some()) {
                    return refuse(e, "an array with keys where others have none");
                }
                let mut texts = Vec::new();
                for (_, value) in list {
                    texts.push(self.coerced(value, element)?.s);
                }
                whole(&mut texts, element);
                return Ok(Code::temp(format!("vec![{}]", texts.join(", ")), want.clone()));
            }
            (ExprKind::Array(list), Ty::Map(key, element))
                if matches!(**key, Ty::Int(_)) && list.iter().all(|(k, _)| k.is_none()) =>
            {
                self.counts[e.id] += 1;
                let mut texts = Vec::new();
                for (_, value) in list {
                    texts.push(self.coerced(value, element)?.s);
                }
                whole(&mut texts, element);
                return Ok(Code::temp(format!("Array::from(vec![{}])", texts.join(", ")), want.clone()));
            }
            (ExprKind::Array(list), Ty::Map(key, element)) => {
                self.counts[e.id] += 1;
                return self.keyed(e, list, (key, element), want);
            }
            (ExprKind::Ternary(test, Some(then), otherwise), _)
                if matches!(self.types.of(e), Ty::Int(_) | Ty::Str(_)) =>
            {
                self.counts[e.id] += 1;
                return self.choice(e, test, [then, otherwise], want, Self::coerced);
            }
            _ => {}
        }
        let code = self.value(e)?;
        self.coerce(code, want, e)
    }

    pub(crate) fn coerce(&mut self, code: Code, want: &Ty, e: &Expr) -> R {
        if code.ty == *want {
            return Ok(self.owned(code));
        }
        Ok(match (&code.ty, want) {
            (Ty::Unknown, _) => code,
            (Ty::False, Ty::Bool) => Code { ty: Ty::Bool, ..code },
            (Ty::Int(_), Ty::Int(rep)) => self.as_rep(code, *rep),
            (Ty::Int(Rep::Literal), Ty::Float) => Code { s: format!("{}.0", code.s), ty: Ty::Float, ..code },
            (Ty::Str(Text::Literal), Ty::Str(Text::String)) => {
                let s = if code.s == "\"\"" { "String::new()".into() } else { format!("{}.to_owned()", code.wrap(15)) };
                Code::temp(s, want.clone())
            }
            (Ty::Str(Text::Literal), Ty::Str(Text::Bytes)) => {
                let s = if code.s == "\"\"" {
                    "Vec::new()".to_owned()
                } else if code.s.starts_with("b\"")
                    || code.s.starts_with('"') && code.s.is_ascii() && !code.s.contains("\\u")
                {
                    format!("{}.to_vec()", bytes_of(&code.s))
                } else {
                    format!("{}.as_bytes().to_vec()", code.wrap(15))
                };
                Code::temp(s, want.clone())
            }
            (Ty::Str(Text::String), Ty::Str(Text::Bytes)) => match code.form {
                Form::Temp => Code::temp(format!("{}.into_bytes()", code.wrap(15)), want.clone()),
                _ => Code::temp(format!("{}.as_bytes().to_vec()", code.wrap(15)), want.clone()),
            },
            (Ty::Str(Text::Bytes), Ty::Str(Text::Bytes)) => self.owned(code),
            (Ty::Int(Rep::Literal), Ty::Str(kind)) => {
                let digits = code.s.replace('_', "");
                match kind {
                    Text::Literal => Code { s: format!("\"{digits}\""), ty: want.clone(), form: Form::Temp, p: 20 },
                    Text::String => Code::temp(format!("\"{digits}\".to_owned()"), want.clone()),
                    Text::Bytes => Code::temp(format!("b\"{digits}\".to_vec()"), want.clone()),
                }
            }
            (Ty::Int(_), Ty::Str(Text::String)) => Code::temp(format!("{}.to_string()", code.wrap(15)), want.clone()),
            (Ty::Int(_), Ty::Str(Text::Bytes)) => {
                Code::temp(format!("{}.to_string().into_bytes()", code.wrap(15)), want.clone())
            }
            (Ty::Str(_) | Ty::Float | Ty::Bool | Ty::False, Ty::Json) => {
                let code = self.owned(code);
                Code::temp(format!("Json::from({})", code.s), Ty::Json)
            }
            (Ty::Int(_), Ty::Json) => {
                let code = self.as_rep(code, Rep::I64);
                Code::temp(format!("Json::from({})", code.s), Ty::Json)
            }
            (Ty::Maybe(inner), Ty::Json) if matches!(**inner, Ty::Str(_) | Ty::Bool | Ty::Float | INT) => {
                let code = self.owned(code);
                Code::temp(format!("Json::from({})", code.s), Ty::Json)
            }
            (Ty::Json, Ty::Str(Text::Bytes)) => Code::temp(self.json_owned(&code, e, "text")?, want.clone()),
            (Ty::Json, Ty::Int(rep)) => {
                let number = Code::temp(self.json_owned(&code, e, "number")?, INT);
                self.as_rep(number, *rep)
            }
            (Ty::Opt(inner), Ty::Opt(other)) | (Ty::Maybe(inner), Ty::Maybe(other)) => {
                let inner_code = Code { s: "value".into(), ty: (**inner).clone(), form: Form::Owned, p: 20 };
                let other = (**other).clone();
                let code = self.owned(code);
                let mapped = self.coerce(Code { form: Form::Temp, ..inner_code }, &other, e)?;
                Code::temp(format!("{}.map(|value| {})", code.wrap(15), mapped.s), want.clone())
            }
            (Ty::Opt(inner), Ty::Maybe(other))
                if inner == other && matches!(**inner, Ty::Socket | Ty::File | Ty::Input) =>
            {
                let code = self.owned(code);
                Code { ty: want.clone(), ..code }
            }
            (Ty::Opt(_), Ty::Maybe(_)) | (Ty::Maybe(_), Ty::Opt(_)) => return refuse(e, "null and false"),
            (Ty::Opt(inner), Ty::Int(rep)) if matches!(**inner, Ty::Int(_)) => {
                let code = Code::temp(format!("{}.unwrap_or(0)", code.wrap(15)), (**inner).clone());
                self.as_rep(code, *rep)
            }
            (Ty::Opt(inner) | Ty::Maybe(inner), Ty::Socket | Ty::File | Ty::Input | Ty::Map(..))
                if **inner == *want =>
            {
                let code = self.owned(code);
                Code::temp(needed(&code.s), want.clone())
            }
            (Ty::Opt(inner), Ty::Str(_)) if matches!(**inner, Ty::Str(_)) => {
                let inner = (**inner).clone();
                let code = self.owned(code);
                let code = Code::temp(format!("{}.unwrap_or_default()", code.wrap(15)), inner);
                return self.coerce(code, want, e);
            }
            (Ty::Maybe(inner), _) if **inner == *want => {
                let code = self.owned(code);
                Code::temp(format!("not_null({})", code.s), want.clone())
            }
            (_, Ty::Opt(inner) | Ty::Maybe(inner)) => {
                let inner = (**inner).clone();
                let code = self.coerce(code, &inner, e)?;
                Code::temp(format!("Some({})", code.s), want.clone())
            }
            (Ty::List(inner), Ty::Map(key, other)) if matches!(**key, Ty::Int(_)) && inner == other => {
                let code = self.owned(code);
                Code::temp(format!("Array::from({})", code.s), want.clone())
            }
            (Ty::List(from), Ty::Map(key, to)) if matches!(**key, Ty::Int(_)) && **from != Ty::Unknown => {
                let list = Ty::List(to.clone());
                let code = self.coerce(code, &list, e)?;
                Code::temp(format!("Array::from({})", code.s), want.clone())
            }
            (Ty::List(inner), Ty::List(_) | Ty::Map(..)) if **inner == Ty::Unknown => {
                Code::temp(if matches!(want, Ty::List(_)) { "Vec::new()" } else { "Array::default()" }, want.clone())
            }
            (Ty::List(from), Ty::List(to)) => {
                let inner = Code { s: "value".into(), ty: (**from).clone(), form: Form::Temp, p: 20 };
                let to = (**to).clone();
                let code = self.owned(code);
                let mapped = self.coerce(inner, &to, e)?;
                if mapped.s == "value" {
                    return Ok(Code { ty: want.clone(), ..code });
                }
                Code::temp(
                    format!("{}.into_iter().map(|value| {}).collect::<Vec<_>>()", code.wrap(15), mapped.s),
                    want.clone(),
                )
            }
            (Ty::Mixed(why), _) | (_, Ty::Mixed(why)) => return refuse(e, why.clone()),
            (have, want) => return refuse(e, format!("{} where {} is wanted", have.name(), want.name())),
        })
    }
}

impl Emit<'_> {
    fn json_owned(&self, code: &Code, e: &Expr, method: &str) -> R<String> {
        self.seen_errors(e)?;
        if self.types.program.strict {
            return refuse(e, "a value of JSON where strict_types wants one type");
        }
        Ok(format!("{}.{method}()", code.wrap(15)))
    }
}

/// `must(call)` for a call, `need(value)` for a value.
pub(crate) fn needed(text: &str) -> String {
    match text.strip_prefix("warn(").and_then(|rest| rest.strip_suffix(')')) {
        Some(call) => format!("must({call})"),
        None => format!("need({text})"),
    }
}
