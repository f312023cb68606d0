//! Expressions to Rust.

mod assign;
mod choice;
mod compare;
pub(crate) mod elements;
mod numbers;
mod operators;
mod ownership;
mod text;

pub(crate) use elements::whole;
pub(crate) use numbers::number_text;
pub(crate) use ownership::needed;
pub(crate) use text::bytes_of;

use crate::ast::*;
use crate::code::{self, Code, Form, literal, negate};
use crate::emit::{Emit, R, refuse};
use crate::types::*;

impl Emit<'_> {
    pub(crate) fn value(&mut self, e: &Expr) -> R {
        self.counts[e.id] += 1;
        match &e.kind {
            // Sums of smaller ones stay ints, as PHP has them.
            ExprKind::Int(n) if n.unsigned_abs() > 1 << 40 => {
                refuse(e, "an int so large that a sum with it may be a float")
            }
            ExprKind::Int(n) => {
                Ok(Code { s: number_text(*n), ty: self.types.of(e), form: Form::Temp, p: if *n < 0 { 14 } else { 20 } })
            }
            ExprKind::Float(n) => {
                Ok(Code { s: code::float(*n), ty: Ty::Float, form: Form::Temp, p: if *n < 0.0 { 14 } else { 20 } })
            }
            ExprKind::Str(text) => {
                let ty = self.types.of(e);
                let form = if ty == BYTES { Form::Ref } else { Form::Temp };
                Ok(Code { s: literal(text), ty, form, p: 20 })
            }
            ExprKind::Bool(value) => Ok(Code { s: value.to_string(), ty: self.types.of(e), form: Form::Temp, p: 20 }),
            ExprKind::Null => refuse(e, "null as a value"),
            ExprKind::Interpolated(parts) => self.concat(e, &parts.iter().collect::<Vec<_>>()),
            ExprKind::Var(name) => self.variable(e, name),
            ExprKind::Const(name) => self.constant(e, name),
            ExprKind::Assign(target, value) => self.assign_value(e, target, value),
            ExprKind::AssignOp(..) => {
                self.counts[e.id] -= 1;
                if !self.once || !self.leading.contains(&e.id) {
                    return refuse(e, "an assignment in an expression");
                }
                let text = self.assign_op(e)?;
                self.pre.push(text);
                let ExprKind::AssignOp(_, target, _) = &e.kind else { return refuse(e, "this assignment") };
                self.again(target)
            }
            ExprKind::Step { before, up, target } => {
                let place = self.place(target)?;
                let Ty::Int(_) = place.ty else { return refuse(e, format!("++ and -- of {}", place.ty.name())) };
                let op = if *up { "+=" } else { "-=" };
                let ty = place.ty.clone();
                if *before && self.lead.take() == Some(e.id) && self.leading.contains(&e.id) {
                    self.pre.push(format!("{} {op} 1;", place.s));
                    return Ok(place);
                }
                let text = if *before {
                    format!("{{ {} {op} 1; {} }}", place.s, place.s)
                } else {
                    let name = self.fresh("before");
                    format!("{{ let {name} = {}; {} {op} 1; {name} }}", place.s, place.s)
                };
                Ok(Code { s: text, ty, form: Form::Temp, p: 2 })
            }
            ExprKind::Binary(op, a, b) => self.binary(e, *op, a, b),
            ExprKind::Not(a) => {
                let code = self.truth(a)?;
                Ok(negate(&code))
            }
            ExprKind::Negate(a) if self.types.utmost(a) => {
                refuse(e, "an int so large that a sum with it may be a float")
            }
            ExprKind::Negate(a) => {
                let code = self.number(a)?;
                let code = match code.ty {
                    Ty::Float => code,
                    _ => self.as_rep(code, Rep::I64),
                };
                Ok(Code { s: format!("-{}", code.wrap(14)), p: 14, ..code })
            }
            ExprKind::Ternary(test, then, otherwise) => self.ternary(e, test, then.as_deref(), otherwise),
            ExprKind::Coalesce(a, b) => self.coalesce(e, a, b),
            ExprKind::Call(name, args) => self.call(e, name, args, false),
            ExprKind::Silence(inner) => match &inner.kind {
                ExprKind::Call(name, args) => {
                    self.counts[inner.id] += 1;
                    self.call(inner, name, args, true)
                }
                ExprKind::Index(base, Some(index)) => {
                    self.counts[inner.id] += 1;
                    let mut code = self.index(inner, base, index)?;
                    code.s = code.s.replacen(".at(", ".get(", 1);
                    if code.s.contains(".get(") {
                        code.s = format!("{}.cloned().unwrap_or_default()", code.s);
                    }
                    Ok(code)
                }
                _ => refuse(e, "@ in front of something else than a call"),
            },
            ExprKind::Index(base, Some(index)) => self.index(e, base, index),
            ExprKind::Index(_, None) => refuse(e, "[] without an index"),
            ExprKind::Array(_) => {
                self.counts[e.id] -= 1;
                self.array_literal(e, false)
            }
            ExprKind::Print(inner) => {
                if !self.once {
                    return refuse(e, "print in an expression");
                }
                let text = self.echo(std::slice::from_ref(inner))?;
                self.pre.push(text);
                Ok(Code::temp("1", INT))
            }
            ExprKind::Cast(cast, inner) => self.cast(e, *cast, inner),
            ExprKind::Isset(list) => {
                let mut all = Vec::new();
                for part in list {
                    all.push(self.isset(part)?.wrap(5));
                }
                Ok(Code { s: all.join(" && "), ty: Ty::Bool, form: Form::Temp, p: if all.len() > 1 { 4 } else { 15 } })
            }
            ExprKind::Empty(inner) if self.types.of(inner) == Ty::Json => {
                let value = self.json_quiet(inner)?;
                Ok(Code { s: format!("!{value}.is_true()"), ty: Ty::Bool, form: Form::Temp, p: 14 })
            }
            ExprKind::Empty(inner) => {
                if let ExprKind::Index(base, Some(index)) = &inner.kind {
                    // Nothing is said about a key that is not there.
                    self.counts[inner.id] += 1;
                    let code = self.lookup(inner, base, index)?;
                    return Ok(match self.types.of(inner) {
                        Ty::Str(_) => Code {
                            s: format!("!{}.is_some_and(is_true)", code.s),
                            ty: Ty::Bool,
                            form: Form::Temp,
                            p: 14,
                        },
                        _ => return refuse(e, "empty() of an element"),
                    });
                }
                let code = self.truth(inner)?;
                Ok(negate(&code))
            }
            ExprKind::Throw(_) => {
                self.counts[e.id] -= 1;
                let text = self.throw_line(e)?;
                Ok(Code { s: text.trim_end_matches(';').to_owned(), ty: Ty::Unknown, form: Form::Temp, p: 0 })
            }
            ExprKind::Exit(_) => {
                self.counts[e.id] -= 1;
                let s = self.exit(e)?;
                Ok(Code { s, ty: Ty::Unknown, form: Form::Temp, p: 15 })
            }
            ExprKind::Match(subject, arms) => self.match_value(e, subject, arms),
            ExprKind::Function(_) | ExprKind::Closure(..) => refuse(e, "a function as a value"),
            ExprKind::Refused(reason) => refuse(e, reason.clone()),
        }
    }

    pub(crate) fn variable(&mut self, e: &Expr, name: &str) -> R {
        let Some(web) = self.types.web(e) else { return refuse(e, format!("${name}")) };
        let info = &self.types.webs.webs[web];
        if name == "argv" || name == "argc" {
            if info.defs > 0 || info.changed || self.function < self.types.program.functions.len() {
                return refuse(e, format!("${name} as a variable of its own"));
            }
            return Ok(if name == "argv" {
                Code { s: "argv".into(), ty: Ty::List(Box::new(BYTES)), form: Form::Owned, p: 20 }
            } else {
                Code { s: "argv.len()".into(), ty: Ty::Int(Rep::Usize), form: Form::Temp, p: 15 }
            });
        }
        if self.tainted.contains(&web) || self.object_of(web).is_some_and(|object| self.tainted.contains(&object)) {
            return refuse(e, format!("${name} is set by a refused line"));
        }
        if self.types.undefined.contains(&web) {
            return Ok(Code::temp(format!("undefined(\"{name}\")"), Ty::Str(Text::Literal)));
        }
        let ty = self.types.tys[web].clone();
        match &ty {
            Ty::Mixed(why) => return refuse(e, format!("${name} has several types: {why}")),
            Ty::Null => return refuse(e, format!("${name} is null here, or was never assigned")),
            Ty::Unknown => return refuse(e, format!("${name}, whose type is not known")),
            Ty::Object(_) => return refuse(e, "an object as a value: what it is given to has it, too"),
            _ => {}
        }
        let started = self.types.begins_empty(web)
            || ty.is_array()
            || matches!(ty, Ty::Maybe(_))
            || ty == BYTES && self.is_data(web);
        if info.uninit && !started {
            return refuse(e, format!("${name} may be read before anything is assigned to it"));
        }
        let form = self.forms.get(&web).copied().unwrap_or(Form::Owned);
        let s = self.name(web);
        if let (Ty::Opt(inner) | Ty::Maybe(inner), true) = (&ty, self.there.contains(&web)) {
            return Ok(Code { s, ty: (**inner).clone(), form: Form::Ref, p: 20 });
        }
        if let (Ty::Opt(inner), true) = (&ty, self.certain.contains(&web)) {
            let form = if self.lent.contains(&web) { Form::Ref } else { Form::Owned };
            return Ok(Code { s, ty: (**inner).clone(), form, p: 20 });
        }
        if form == Form::Mut && ty.is_copy() {
            return Ok(Code { s: format!("*{s}"), ty, form: Form::Owned, p: 14 });
        }
        Ok(Code { s, ty, form, p: 20 })
    }

    /// A variable that has been counted already.
    pub(crate) fn again(&mut self, e: &Expr) -> R {
        let before = self.counts.clone();
        let code = self.value(e);
        self.counts = before;
        code
    }

    pub(crate) fn constant(&mut self, e: &Expr, name: &str) -> R {
        let ty = self.types.constant(name);
        let s = match name {
            "PHP_EOL" => "\"\\n\"".to_owned(),
            "PHP_OS" | "PHP_OS_FAMILY" => "\"Linux\"".to_owned(),
            "DIRECTORY_SEPARATOR" => "\"/\"".to_owned(),
            "PHP_INT_MAX" => "i64::MAX".to_owned(),
            "PHP_INT_MIN" => "i64::MIN".to_owned(),
            "PHP_INT_SIZE" => "8".to_owned(),
            "JSON_ERROR_NONE" => "0".to_owned(),
            _ if crate::infer::signal(name).is_some() => crate::infer::signal(name).unwrap_or(0).to_string(),
            "STR_PAD_LEFT" | "STR_PAD_RIGHT" | "STR_PAD_BOTH" => name.to_owned(),
            "M_PI" => "std::f64::consts::PI".to_owned(),
            _ => match &ty {
                Ty::Mixed(why) => return refuse(e, why.clone()),
                Ty::List(_) => {
                    return Ok(Code { s: constant_name(name), ty, form: Form::Ref, p: 20 });
                }
                Ty::Map(..) | Ty::Record(_) => {
                    return Ok(Code { s: constant_name(name), ty, form: Form::Lazy, p: 20 });
                }
                _ if crate::infer::is_socket_constant(name) => name.to_owned(),
                _ => constant_name(name),
            },
        };
        Ok(Code { s, ty, form: Form::Temp, p: 20 })
    }

    /// `exit`, `exit(1)`, `die("text")`.
    pub(crate) fn exit(&mut self, e: &Expr) -> R<String> {
        let ExprKind::Exit(inner) = &e.kind else { return refuse(e, "this exit") };
        self.counts[e.id] += 1;
        let Some(inner) = inner else { return Ok("std::process::exit(0)".into()) };
        if let Some(text) = self.throws(inner) {
            self.consume(inner);
            return Ok(text);
        }
        match self.types.of(inner) {
            Ty::Int(_) => {
                let code = self.number_as(inner, Rep::I32)?;
                Ok(format!("std::process::exit({})", code.s))
            }
            Ty::Str(_) => {
                let code = self.value(inner)?;
                Ok(format!("die({})", code.borrow()))
            }
            Ty::Opt(kind) if matches!(*kind, Ty::Str(_)) => refuse(inner, "exit with a string or false"),
            Ty::Mixed(why) => refuse(inner, why),
            other => refuse(inner, format!("exit with {}", other.name())),
        }
    }

    // Numbers.

    // Truth.

    // Ownership.
}

pub(crate) fn constant_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

pub(crate) fn is_cheap(text: &str) -> bool {
    code::is_name(text.trim_start_matches('-')) || text.starts_with('"') && text.ends_with('"')
}
