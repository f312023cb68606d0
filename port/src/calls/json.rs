//! JSON: what is written, and values whose types nobody knows before they are read.

use crate::ast::*;
use crate::code::{Code, Form, literal};
use crate::emit::{Emit, R, negated, refuse};
use crate::types::*;

/// A property of an object, as a call of this name.
pub(crate) const PROPERTY: &str = "->";

impl Emit<'_> {
    pub(crate) fn json_call(&mut self, e: &Expr, name: &str, args: &[Expr], _warn: &str) -> R<Option<Code>> {
        let json = |this: &Self, e: &Expr| this.types.of(e) == Ty::Json;
        match (name, args) {
            ("json_encode", [value, flags @ ..]) if flags.len() <= 1 => self.json_encode(value, flags.first()),
            ("json_decode", [text, objects @ ..]) if objects.len() <= 1 => {
                let objects = match objects.first().map(|e| (&e.kind, e)) {
                    None => true,
                    Some((ExprKind::Bool(arrays), e)) => {
                        self.counts[e.id] += 1;
                        !arrays
                    }
                    Some((_, e)) => return refuse(e, "json_decode() with more than whether objects are arrays"),
                };
                let text = self.text(text)?;
                let function = if objects { "json_decode_objects" } else { "json_decode" };
                Ok(Code::temp(format!("{function}({text})"), Ty::Json))
            }
            ("json_encode" | "json_decode", _) => refuse(e, format!("{name}() with so many arguments")),
            (PROPERTY, [object, name]) if json(self, object) => {
                let ExprKind::Str(text) = &name.kind else { return refuse(name, "a property that is computed") };
                self.seen_errors(e)?;
                self.counts[name.id] += 1;
                let object = self.value(object)?;
                Ok(Code::temp(format!("{}.property({})", object.wrap(15), literal(text)), Ty::Json))
            }
            (PROPERTY, _) => refuse(e, crate::parse::OBJECTS),
            ("print_r", [value]) if json(self, value) => {
                let code = self.value(value)?;
                Ok(Code::temp(format!("print_r({})", code.reference()), Ty::Void))
            }
            ("var_dump", [value]) if json(self, value) => {
                if self.has_objects() {
                    return refuse(value, "var_dump of a value of JSON that may be an object, which PHP numbers");
                }
                let code = self.value(value)?;
                Ok(Code::temp(format!("var_dump({})", code.reference()), Ty::Void))
            }
            ("count" | "sizeof", [value]) if json(self, value) => {
                self.seen_errors(e)?;
                let code = self.value(value)?;
                Ok(Code::temp(format!("{}.count()", code.wrap(15)), Ty::Int(Rep::Usize)))
            }
            (
                "is_null" | "is_array" | "is_string" | "is_int" | "is_integer" | "is_bool" | "is_object" | "is_numeric",
                [value],
            ) if json(self, value) => {
                let code = self.value(value)?;
                let method = if name == "is_integer" { "is_int" } else { name };
                Ok(Code::temp(format!("{}.{method}()", code.wrap(15)), Ty::Bool))
            }
            _ => return Ok(None),
        }
        .map(Some)
    }

    /// Whether a `json_decode` of the program makes objects.
    fn has_objects(&self) -> bool {
        let mut found = false;
        for s in self.types.bodies().flat_map(|(_, body)| body) {
            s.walk(&mut |e| {
                if let ExprKind::Call(name, args) = &e.kind {
                    let arrays = matches!(args.get(1).map(|e| &e.kind), Some(ExprKind::Bool(true)));
                    found |= name == "json_decode" && !arrays;
                }
            });
        }
        found
    }

    fn json_encode(&mut self, value: &Expr, flags: Option<&Expr>) -> R {
        const FLAGS: &[(&str, i64)] = &[("JSON_UNESCAPED_SLASHES", 64), ("JSON_UNESCAPED_UNICODE", 256)];
        let mut names = Vec::new();
        if let Some(flags) = flags {
            let mut parts = vec![flags];
            while let Some(part) = parts.pop() {
                match &part.kind {
                    ExprKind::Binary(BinOp::BitOr, a, b) => parts.extend([&**a, &**b]),
                    ExprKind::Const(name) if FLAGS.iter().any(|(flag, _)| flag == name) => names.push(name.as_str()),
                    _ => return refuse(part, "this flag of json_encode()"),
                }
            }
            self.consume(flags);
            names.reverse();
        }
        let ty = crate::infer::settled(self.types.of(value));
        if matches!(&value.kind, ExprKind::Array(list) if list.is_empty()) && names.is_empty() {
            self.consume(value);
            return Ok(Code::temp("json_encode([0_i64; 0])", BYTES.opt()));
        }
        let ty = if matches!(value.kind, ExprKind::Array(_)) { with_empty_lists(ty) } else { ty };
        if !is_writable(&ty) {
            return refuse(value, format!("json_encode of {}", ty.name()));
        }
        self.encoded(&ty);
        let code = match &value.kind {
            ExprKind::Array(_) => self.coerced(value, &ty)?,
            _ => self.value(value)?,
        };
        let text = match code.form {
            Form::Ref => code.s,
            _ => code.reference(),
        };
        let call = match names.as_slice() {
            [] => format!("json_encode({text})"),
            names => format!("json_encode_with({text}, {})", names.join(" | ")),
        };
        Ok(Code::temp(call, BYTES.opt()))
    }

    /// The structs that are written.
    fn encoded(&mut self, ty: &Ty) {
        match ty {
            Ty::Record(fields) => {
                self.written.insert(crate::records::record_mark(fields), ty.clone());
                fields.iter().for_each(|(_, ty)| self.encoded(ty));
            }
            Ty::Maybe(inner) | Ty::List(inner) | Ty::Map(_, inner) => self.encoded(inner),
            _ => {}
        }
    }

    /// Refuses what ends the program with an `Error`, where it is seen that PHP throws one.
    pub(crate) fn seen_errors(&self, e: &Expr) -> R<()> {
        let seen = self.types.program.errors != Errors::Unseen
            && (self.watched > 0 || self.function < self.types.program.functions.len());
        if seen {
            return refuse(e, "a value of JSON where the program has a finally or catches Errors");
        }
        Ok(())
    }

    /// `$data[$key]`
    pub(crate) fn json_element(&mut self, e: &Expr, base: &Expr, index: &Expr) -> R {
        self.seen_errors(e)?;
        let base = self.value(base)?;
        let key = self.json_key(index)?;
        Ok(Code::temp(format!("{}.at({key})", base.wrap(15)), Ty::Json))
    }

    fn json_key(&mut self, index: &Expr) -> R<String> {
        let code = self.value(index)?;
        match &code.ty {
            Ty::Str(Text::Literal) => Ok(code.s),
            Ty::Str(_) => Ok(code.borrow()),
            Ty::Int(_) => Ok(self.as_rep(code, Rep::I64).s),
            other => refuse(index, format!("{} as a key of a value of JSON", other.name())),
        }
    }

    /// A value of which nothing is said if it is missing: an element, a property, a variable.
    pub(crate) fn json_quiet(&mut self, e: &Expr) -> R<String> {
        match &e.kind {
            ExprKind::Index(base, Some(index)) if self.types.of(base) == Ty::Json => {
                self.seen_errors(e)?;
                self.counts[e.id] += 1;
                let base = self.json_quiet(base)?;
                let key = self.json_key(index)?;
                Ok(format!("{base}.get({key})"))
            }
            ExprKind::Call(name, args) if name == PROPERTY => {
                let [object, property] = args.as_slice() else { return refuse(e, "this property") };
                let ExprKind::Str(text) = &property.kind else { return refuse(e, "a property that is computed") };
                if self.types.of(object) != Ty::Json {
                    return refuse(e, crate::parse::OBJECTS);
                }
                self.counts[e.id] += 1;
                self.counts[property.id] += 1;
                let object = self.json_quiet(object)?;
                Ok(format!("{object}.get_property({})", literal(text)))
            }
            _ => Ok(self.value(e)?.wrap(15)),
        }
    }

    /// `$a ?? $b`
    pub(crate) fn json_or(&mut self, e: &Expr, a: &Expr, b: &Expr) -> R {
        let first = self.json_quiet(a)?;
        let first = if matches!(a.kind, ExprKind::Var(_)) { format!("{first}.clone()") } else { first };
        let (once, count) = (std::mem::replace(&mut self.once, false), self.pre.len());
        let other = self.coerced(b, &Ty::Json)?;
        self.once = once;
        if self.pre.len() > count || b.ends() {
            return refuse(e, "an assignment that may not happen");
        }
        Ok(Code::temp(format!("{first}.or(|| {})", other.s), Ty::Json))
    }

    /// A comparison, of which the left side is a value of JSON.
    pub(crate) fn json_compare(&mut self, e: &Expr, op: BinOp, a: &Expr, b: &Expr) -> R {
        use BinOp::*;
        let exact = matches!(op, Identical | NotIdentical);
        if !matches!(op, Equal | NotEqual | Identical | NotIdentical) {
            return refuse(e, "a value of JSON that is less or more: (int) in front of it says which number it is");
        }
        let value = self.value(a)?.wrap(15);
        let test = match (&b.kind, self.types.of(b)) {
            (ExprKind::Null, _) => {
                self.counts[b.id] += 1;
                format!("{value}.{}()", if exact { "is_null" } else { "equals_null" })
            }
            (ExprKind::Bool(wanted), _) => {
                self.counts[b.id] += 1;
                match (exact, wanted) {
                    (true, _) => format!("({value} == Json::Bool({wanted}))"),
                    (false, true) => format!("{value}.is_true()"),
                    (false, false) => format!("(!{value}.is_true())"),
                }
            }
            (_, Ty::Str(_)) => {
                if !exact {
                    self.seen_errors(e)?;
                }
                let text = self.text(b)?;
                format!("{value}.{}({text})", if exact { "is_text" } else { "equals_text" })
            }
            (_, Ty::Int(_)) => {
                let number = self.number_as(b, Rep::I64)?;
                format!("{value}.{}({})", if exact { "is_number" } else { "equals_number" }, number.s)
            }
            (_, other) => return refuse(e, format!("a value of JSON compared with {}", other.name())),
        };
        let code = Code { s: test, ty: Ty::Bool, form: Form::Temp, p: 15 };
        let not = matches!(op, NotEqual | NotIdentical);
        Ok(if not { Code { s: negated(&code), p: 14, ..code } } else { code })
    }
}

/// Whether `json_encode` of a value is what it is in PHP.
fn is_writable(ty: &Ty) -> bool {
    match ty {
        Ty::Str(_) | Ty::Int(_) | Ty::Float | Ty::Bool | Ty::False | Ty::Json => true,
        Ty::Maybe(inner) | Ty::List(inner) => is_writable(inner),
        Ty::Map(key, inner) => matches!(**key, Ty::Str(_) | Ty::Int(_)) && is_writable(inner),
        Ty::Record(fields) => fields.iter().all(|(_, ty)| is_writable(ty)),
        _ => false,
    }
}

/// A record in which a list of nothing is one of ints: it is written alike.
fn with_empty_lists(ty: Ty) -> Ty {
    match ty {
        Ty::List(inner) if *inner == Ty::Unknown => Ty::List(Box::new(INT)),
        Ty::Record(fields) => Ty::Record(fields.into_iter().map(|(name, ty)| (name, with_empty_lists(ty))).collect()),
        other => other,
    }
}
