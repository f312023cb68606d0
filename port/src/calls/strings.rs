//! Functions for text.

use crate::ast::*;
use crate::code::{Code, Form, literal};
use crate::emit::{Emit, R, refuse};
use crate::types::*;

impl Emit<'_> {
    /// Functions for text, and what prints.
    pub(crate) fn text_call(&mut self, e: &Expr, name: &str, args: &[Expr], _warn: &str) -> R<Option<Code>> {
        match (name, args) {
            ("strlen", [text]) => {
                let code = self.value(text)?;
                let s = match &code.ty {
                    Ty::Str(_) => format!("{}.len()", code.wrap(15)),
                    Ty::Json => {
                        self.seen_errors(text)?;
                        format!("{}.text().len()", code.wrap(15))
                    }
                    _ => {
                        let part = self.part(&code, text)?;
                        let part = if code.form == Form::Owned { format!("&{part}") } else { part };
                        format!("strlen({part})")
                    }
                };
                Ok(Code::temp(s, Ty::Int(Rep::Usize)))
            }
            ("strval", [value]) => {
                let code = self.value(value)?;
                match &code.ty {
                    Ty::Str(_) => Ok(code),
                    Ty::Int(_) => Ok(Code::temp(format!("{}.to_string()", code.wrap(15)), STRING)),
                    _ => {
                        let part = self.part(&code, value)?;
                        Ok(Code::temp(format!("text!({part})"), BYTES))
                    }
                }
            }
            ("hash", [algorithm, text]) => {
                let ExprKind::Str(name) = &algorithm.kind else {
                    return refuse(algorithm, "an algorithm that is computed");
                };
                let function = match name.to_ascii_lowercase().as_slice() {
                    b"md5" => "md5",
                    b"sha1" => "sha1",
                    b"sha256" => "sha256",
                    _ => return refuse(algorithm, "hash() by another algorithm than md5, sha1 and sha256"),
                };
                self.counts[algorithm.id] += 1;
                let text = self.text(text)?;
                Ok(Code::temp(format!("{function}({text})"), STRING))
            }
            ("implode" | "join", [separator, list]) => self.implode(e, Some(separator), list),
            ("implode" | "join", [list]) => self.implode(e, None, list),
            ("sprintf", [format, rest @ ..]) => {
                let text = self.format(format, rest)?;
                Ok(Code::temp(text, BYTES))
            }
            ("printf", [format, rest @ ..]) => {
                let text = self.format(format, rest)?;
                if !self.once {
                    return refuse(e, "printf in an expression");
                }
                Ok(Code::temp(format!("echo!({text})"), Ty::Void))
            }
            ("var_dump", [value]) if self.types.of(value) == Ty::Null && matches!(value.kind, ExprKind::Var(_)) => {
                self.consume(value);
                Ok(Code::temp("echo!(\"NULL\\n\")", Ty::Void))
            }
            ("var_dump", [value]) => {
                let code = self.value(value)?;
                match &code.ty {
                    Ty::Float if self.types.divides() => return refuse(value, "a float that may be an int in PHP"),
                    Ty::Int(_) | Ty::Str(_) | Ty::Bool | Ty::Float => {}
                    Ty::List(_) | Ty::Map(..) if is_shown(&code.ty) && !self.types.divides() => {
                        return Ok(Some(Code::temp(format!("var_dump({})", code.reference()), Ty::Void)));
                    }
                    Ty::Opt(inner) if matches!(**inner, Ty::Int(_) | Ty::Str(_)) && !self.nullable(value) => {}
                    other => return refuse(value, format!("var_dump of {}", other.name())),
                }
                if matches!(&value.kind, ExprKind::Index(..)) {
                    return refuse(value, "var_dump of an element, which may be null");
                }
                Ok(Code::temp(format!("var_dump({})", code.borrow()), Ty::Void))
            }
            ("print_r", [value]) if is_shown(&self.types.of(value)) => {
                let code = self.value(value)?;
                Ok(Code::temp(format!("print_r({})", code.reference()), Ty::Void))
            }
            ("print_r", [value, Expr { kind: ExprKind::Bool(true), id, .. }]) if is_shown(&self.types.of(value)) => {
                self.counts[*id] += 1;
                let code = self.value(value)?;
                Ok(Code::temp(format!("print_r_text({})", code.reference()), BYTES))
            }
            ("show", [value]) if self.types.program.prelude => {
                let mut code = self.value(value)?;
                if let Ty::Maybe(_) = code.ty {
                    return refuse(value, "a value or null");
                }
                // The prelude of the parity scripts: a bool of the crate shows as its Result does.
                if let Some(call) = code.s.strip_suffix(".is_some()") {
                    code = Code::temp(format!("{call}.is_some()"), Ty::Bool);
                }
                Ok(Code::temp(format!("show({})", code.borrow()), Ty::Void))
            }
            ("listening", [address]) if self.types.program.prelude => {
                let address = self.text(address)?;
                Ok(Code::temp(format!("listening({address})"), Ty::Void))
            }
            _ => return Ok(None),
        }
        .map(Some)
    }

    pub(crate) fn implode(&mut self, e: &Expr, separator: Option<&Expr>, list: &Expr) -> R {
        let separator = match separator {
            Some(separator) => self.text(separator)?,
            None => "\"\"".into(),
        };
        let code = self.value(list)?;
        if !matches!(code.ty.element(), Ty::Str(_) | Ty::Int(_)) {
            return refuse(e, "implode of this");
        }
        match &code.ty {
            Ty::List(_) => Ok(Code::temp(format!("implode({separator}, {})", code.reference()), BYTES)),
            Ty::Map(..) => Ok(Code::temp(format!("implode({separator}, {}.values())", code.wrap(15)), BYTES)),
            other => refuse(list, format!("implode of {}", other.name())),
        }
    }

    pub(crate) fn format(&mut self, format: &Expr, values: &[Expr]) -> R<String> {
        let ExprKind::Str(text) = &format.kind else { return refuse(format, "a format that is computed") };
        if !known_directives(text) {
            return refuse(format, "this format of printf()");
        }
        let text = literal(text);
        self.counts[format.id] += 1;
        let mut texts = Vec::new();
        for value in values {
            let code = self.value(value)?;
            if code.ty == Ty::Json && text.replace("%s", "").contains('%') {
                return refuse(value, "a value of JSON in a format that has more than %s");
            }
            let part = self.part(&code, value)?;
            texts.push(format!("&{}", if code.p < 14 { format!("({part})") } else { part }));
        }
        Ok(format!("sprintf({text}, &[{}])", texts.join(", ")))
    }
}

/// Whether a value is printed as PHP does: an array of those that are known, where nothing can be false.
fn is_shown(ty: &Ty) -> bool {
    match ty {
        Ty::Str(_) | Ty::Int(_) | Ty::Float => true,
        Ty::List(inner) | Ty::Map(_, inner) => is_shown(inner),
        _ => false,
    }
}

/// Whether the helper knows every directive of a format.
fn known_directives(format: &[u8]) -> bool {
    let mut parts = format.split(|b| *b == b'%');
    parts.next();
    let mut percent = false;
    parts.all(|part| {
        // `%%`
        if std::mem::take(&mut percent) {
            return true;
        }
        let mut at = 0;
        while let Some(b) = part.get(at) {
            match b {
                b'\'' => at += 2,
                b'0'..=b'9' | b'-' | b'+' | b' ' | b'.' | b'$' => at += 1,
                _ => break,
            }
        }
        percent = part.is_empty();
        percent || part.get(at).is_some_and(|b| b"sdiufFxXobceE".contains(b))
    })
}
