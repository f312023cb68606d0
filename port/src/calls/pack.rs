//! `pack` and `unpack`.

use crate::ast::*;
use crate::code::{Code, literal};
use crate::emit::{Emit, R, refuse};
use crate::types::*;

/// A part of a format: its code, how often (`None` for a `*`), its name.
struct Field {
    code: u8,
    count: Option<usize>,
    name: String,
}

impl Field {
    fn is_text(&self) -> bool {
        b"aAZhH".contains(&self.code)
    }
}

/// The parts of a format, if all of them are known.
fn fields(format: &Expr, named: bool) -> Option<Vec<Field>> {
    let ExprKind::Str(text) = &format.kind else { return None };
    let (mut rest, mut out) = (std::str::from_utf8(text).ok()?, Vec::new());
    while let Some(code) = rest.bytes().next() {
        if !code.is_ascii() || !b"nNvVJPcCsSlLqQiIaAZhHx".contains(&code) || named && code == b'x' {
            return None;
        }
        rest = &rest[1..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let count = match rest.strip_prefix('*') {
            Some(after) => {
                rest = after;
                None
            }
            None => {
                let count = if digits == 0 { 1 } else { rest[..digits].parse().ok().filter(|n| *n < 10_000)? };
                rest = &rest[digits..];
                Some(count)
            }
        };
        let end = if named { rest.find('/').unwrap_or(rest.len()) } else { 0 };
        let name = rest[..end].to_owned();
        rest = if named { rest.get(end + 1..).unwrap_or_default() } else { rest };
        out.push(Field { code, count, name });
    }
    Some(out).filter(|list| !list.is_empty())
}

/// The array that `unpack` makes of a format, if it has values of one type and keys of one.
pub(crate) fn unpacked(format: &Expr) -> Ty {
    let Some(list) = fields(format, true) else {
        return Ty::Mixed("this format of unpack()".into());
    };
    let texts = list.iter().filter(|field| field.is_text()).count();
    let names = list.iter().filter(|field| !field.name.is_empty()).count();
    // A key that looks like a number is one.
    if list.iter().any(|field| field.name.starts_with(|c: char| c.is_ascii_digit() || c == '-')) {
        return Ty::Mixed("this format of unpack()".into());
    }
    if texts != 0 && texts != list.len() || names != 0 && names != list.len() {
        return Ty::Mixed("unpack() to an array of several types".into());
    }
    let key = if names == 0 { INT } else { BYTES };
    let value = if texts == 0 { INT } else { BYTES };
    let array = Ty::Map(Box::new(key), Box::new(value));
    // As many as there are: that is never too few.
    let all = matches!(list.as_slice(), [field] if field.count.is_none());
    if all { array } else { array.opt() }
}

impl Emit<'_> {
    pub(crate) fn pack_call(&mut self, e: &Expr, name: &str, args: &[Expr], warn: &str) -> R<Option<Code>> {
        match (name, args) {
            ("pack", [format, values @ ..]) => self.pack(e, format, values),
            ("unpack", [format, text]) => {
                let ty = unpacked(format);
                let (array, all) = match &ty {
                    Ty::Opt(array) => (&**array, false),
                    Ty::Mixed(why) => return refuse(format, why.clone()),
                    array => (array, true),
                };
                if warn == "quiet" {
                    return refuse(e, "@ in front of unpack()");
                }
                let helper = match array {
                    Ty::Map(key, value) if **key == INT && **value == INT => "unpack",
                    Ty::Map(_, value) if **value == INT => "unpack_named",
                    Ty::Map(key, _) if **key == INT => "unpack_texts",
                    _ => "unpack_named_texts",
                };
                let ExprKind::Str(kind) = &format.kind else { return refuse(format, "a format that is computed") };
                let kind = literal(kind);
                self.counts[format.id] += 1;
                let text = self.text(text)?;
                let call = format!("{helper}({kind}, {text})");
                Ok(Code::temp(if all { format!("{call}.unwrap_or_default()") } else { call }, ty))
            }
            _ => return Ok(None),
        }
        .map(Some)
    }

    fn pack(&mut self, e: &Expr, format: &Expr, values: &[Expr]) -> R {
        let ExprKind::Str(kind) = &format.kind else { return refuse(format, "a format that is computed") };
        let Some(list) = fields(format, false) else { return refuse(format, "this format of pack()") };
        // What each value is: the code that takes it.
        let mut codes = Vec::new();
        for (at, field) in list.iter().enumerate() {
            match field.count {
                _ if field.code == b'x' => {}
                _ if field.is_text() => codes.push(field),
                Some(count) => codes.extend(std::iter::repeat_n(field, count)),
                None if at + 1 == list.len() => {
                    let more = values.len().saturating_sub(codes.len());
                    codes.extend(std::iter::repeat_n(field, more));
                }
                None => return refuse(format, "this format of pack()"),
            }
        }
        if codes.len() != values.len() {
            return refuse(e, "pack() with another number of values than its format has");
        }
        let kind = literal(kind);
        self.counts[format.id] += 1;
        let mut texts = Vec::new();
        for (value, field) in values.iter().zip(codes) {
            if field.is_text() {
                let code = self.value(value)?;
                let part = self.part(&code, value)?;
                texts.push(format!("&{}", if code.p < 14 { format!("({part})") } else { part }));
                continue;
            }
            let code = match self.types.of(value) {
                // A string is the number that it begins with.
                Ty::Str(_) => self.value(value)?,
                _ => self.whole(value)?,
            };
            let part = self.part(&code, value)?;
            texts.push(format!("&{}", if code.p < 14 { format!("({part})") } else { part }));
        }
        Ok(Code::temp(format!("pack({kind}, &[{}])", texts.join(", ")), BYTES))
    }
}
