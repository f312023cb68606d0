//! A piece of Rust: its text, its type, how it is held, and how tightly it binds.

use crate::ast::{Expr, ExprKind};
use crate::types::{Text, Ty};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A variable that holds its value.
    Owned,
    /// A variable that is a reference already.
    Ref,
    /// A constant that is made when it is first used.
    Lazy,
    /// A `&mut` parameter.
    Mut,
    /// A value that nobody else has.
    Temp,
}

#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) s: String,
    pub(crate) ty: Ty,
    pub(crate) form: Form,
    /// 20 a name, 15 a call, 14 a prefix, 12 `as`, 11 `*`, 10 `+`, 9 `<<`, 8 `&`, 7 `..`, 5 `==`, 4 `&&`, 3 `||`, 0 anything.
    pub(crate) p: u8,
}

impl Code {
    pub(crate) fn temp(s: impl Into<String>, ty: Ty) -> Self {
        Self { s: s.into(), ty, form: Form::Temp, p: 15 }
    }

    /// The text, in parentheses where it binds less than `p`.
    pub(crate) fn wrap(&self, p: u8) -> String {
        if self.p < p { format!("({})", self.s) } else { self.s.clone() }
    }

    /// As an argument that is borrowed.
    pub(crate) fn borrow(&self) -> String {
        match self.form {
            Form::Owned if self.ty == Ty::Str(Text::Literal) => self.s.clone(),
            Form::Owned => format!("&{}", self.wrap(14)),
            Form::Mut => format!("&{}", self.s),
            Form::Lazy => format!("&*{}", self.s),
            Form::Ref | Form::Temp => self.s.clone(),
        }
    }

    /// As an argument that is a reference in any case.
    pub(crate) fn reference(&self) -> String {
        match self.form {
            Form::Temp => format!("&{}", self.wrap(14)),
            _ => self.borrow(),
        }
    }
}

pub(crate) fn negate(code: &Code) -> Code {
    let text = &code.s;
    let s = if text == "true" || text == "false" {
        return Code { s: (text == "false").to_string(), ..code.clone() };
    } else if let Some(rest) = text.strip_suffix(".is_some()").filter(|_| code.p >= 15) {
        format!("{rest}.is_none()")
    } else if let Some(rest) = text.strip_suffix(".is_none()").filter(|_| code.p >= 15) {
        format!("{rest}.is_some()")
    } else if let Some(rest) = text.strip_prefix('!').filter(|_| code.p == 14) {
        // What stands in parentheses stands there for the sake of the `!`.
        let inner = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).filter(|inner| balanced(inner));
        let p = if inner.is_some() { 3 } else { 15 };
        return Code { s: inner.unwrap_or(rest).to_owned(), ty: Ty::Bool, form: Form::Temp, p };
    } else if let Some((at, from, to)) = Some(code.p).filter(|p| *p == 5).and_then(|_| comparison(text)) {
        let s = format!("{}{to}{}", &text[..at], &text[at + from.len()..]);
        return Code { s, ty: Ty::Bool, form: Form::Temp, p: 5 };
    } else {
        return Code { s: format!("!{}", code.wrap(14)), ty: Ty::Bool, form: Form::Temp, p: 14 };
    };
    Code { s, ty: Ty::Bool, form: Form::Temp, p: 15 }
}

pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A string as Rust writes it: text where it is UTF-8, bytes where not.
pub(crate) fn literal(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => format!("\"{}\"", escaped(text, false)),
        Err(_) => byte_literal(bytes),
    }
}

pub(crate) fn byte_literal(bytes: &[u8]) -> String {
    let mut out = String::from("b\"");
    for b in bytes {
        match b {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0 => out.push_str("\\0"),
            b'"' | b'\\' => out.extend(['\\', char::from(*b)]),
            b' '..=b'~' => out.push(char::from(*b)),
            _ => out.push_str(&format!("\\x{b:02x}")),
        }
    }
    out + "\""
}

/// The text between the quotes; in a format the braces are doubled.
pub(crate) fn escaped(text: &str, format: bool) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push_str("\\0"),
            '"' | '\\' => out.extend(['\\', c]),
            '{' | '}' if format => out.extend([c, c]),
            '\u{1}'..='\u{1f}' | '\u{7f}' => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            // What changes the direction of text would deceive a reader.
            '\u{80}'..='\u{9f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}' => {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
            _ => out.push(c),
        }
    }
    out
}

/// Whether PHP reads the whole text as a number.
pub(crate) fn is_numeric(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let trimmed = text.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let digits = trimmed.trim_start_matches(['+', '-']);
    digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') && trimmed.parse::<f64>().is_ok()
}

/// The number that a text is which is written out, and that PHP writes in the same way.
pub(crate) fn whole_number(e: &Expr) -> Option<i64> {
    let ExprKind::Str(text) = &e.kind else { return None };
    let text = std::str::from_utf8(text).ok()?;
    text.parse::<i32>().ok().filter(|number| number.to_string() == text).map(i64::from)
}

/// A float, so that Rust sees that it is one.
pub(crate) fn float(number: f64) -> String {
    let text = number.to_string();
    if text.contains(['.', 'N', 'i']) { text } else { format!("{text}.0") }
}

/// The characters outside of strings, with how deep in parentheses each is.
fn depths(text: &str) -> Vec<(usize, i32)> {
    let (mut out, mut depth, mut quoted, mut skip) = (Vec::new(), 0, false, false);
    for (at, c) in text.char_indices() {
        if skip {
            skip = false;
        } else if quoted {
            skip = c == '\\';
            quoted = c != '"';
        } else {
            match c {
                '"' => quoted = true,
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                _ => {}
            }
            out.push((at, depth));
        }
    }
    out
}

pub(crate) fn balanced(text: &str) -> bool {
    depths(text).iter().all(|(_, depth)| *depth >= 0)
}

/// The one comparison of a text, and its opposite.
fn comparison(text: &str) -> Option<(usize, &'static str, &'static str)> {
    const SIGNS: [(&str, &str); 6] =
        [(" == ", " != "), (" != ", " == "), (" < ", " >= "), (" >= ", " < "), (" > ", " <= "), (" <= ", " > ")];
    let mut found = None;
    for (at, _) in depths(text).into_iter().filter(|(_, depth)| *depth == 0) {
        if let Some((from, to)) = SIGNS.iter().find(|(from, _)| text[at..].starts_with(from)) {
            if found.is_some() {
                return None;
            }
            found = Some((at, *from, *to));
        }
    }
    // A float that is no number is neither less nor not less.
    found.filter(|(_, from, _)| {
        !(from.contains(['<', '>']) && (text.contains("f64") || text.contains('.') && text.contains(".0")))
    })
}
