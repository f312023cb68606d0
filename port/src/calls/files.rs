//! Functions for files and the standard streams.

use crate::ast::*;
use crate::code::{Code, Form, literal};
use crate::emit::{Emit, R, refuse};
use crate::types::*;

impl Emit<'_> {
    /// Functions for files and the standard streams.
    pub(crate) fn file_call(&mut self, e: &Expr, name: &str, args: &[Expr], warn: &str) -> R<Option<Code>> {
        match (name, args) {
            ("pathinfo", [path, part]) if matches!(&part.kind, ExprKind::Const(name) if name == "PATHINFO_BASENAME") => {
                self.counts[part.id] += 1;
                let path = self.text(path)?;
                Ok(Code::temp(format!("basename({path})"), BYTES))
            }
            ("pathinfo", [path, part]) if matches!(&part.kind, ExprKind::Const(name) if PARTS.contains(&&**name)) => {
                self.counts[part.id] += 1;
                let path = self.text(path)?;
                let function = match &part.kind {
                    ExprKind::Const(name) if name == "PATHINFO_EXTENSION" => "extension",
                    _ => "filename",
                };
                Ok(Code::temp(format!("{function}({path})"), BYTES))
            }
            ("pathinfo", [path]) => {
                let path = self.text(path)?;
                Ok(Code::temp(format!("path_parts({path})"), self.types.of(e)))
            }
            ("shell_exec", [command]) => {
                let command = self.text(command)?;
                Ok(Code::temp(format!("shell_exec({command})"), BYTES.maybe()))
            }
            ("fopen", [path, mode]) if is_stdin(path) => {
                if !matches!(&mode.kind, ExprKind::Str(text) if text == b"r" || text == b"rb") {
                    return refuse(mode, "this mode of fopen()");
                }
                self.consume(path);
                self.consume(mode);
                Ok(Code::temp("standard_input()", Ty::Input.opt()))
            }
            ("fopen", [path, mode]) if own_output(path).is_some() && !is_reading(mode) => {
                let call = format!("{}()", own_output(path).unwrap_or_default());
                self.consume(path);
                self.consume(mode);
                Ok(Code::temp(call, Ty::File.opt()))
            }
            ("fopen", [path, mode]) => {
                let ExprKind::Str(text) = &mode.kind else { return refuse(mode, "a mode that is computed") };
                if !is_mode(text) {
                    return refuse(mode, "this mode of fopen()");
                }
                self.counts[mode.id] += 1;
                if matches!(&path.kind, ExprKind::Str(text) if text.windows(3).any(|part| part == b"://")) {
                    return refuse(path, "streams are the standard library's types (docs/from-php.md)");
                }
                let path = self.text(path)?;
                let call = match is_reading(mode) {
                    true => format!("open_to_read({path})"),
                    false => format!("fopen({path}, {})", literal(text)),
                };
                let call = if warn == "quiet" { format!("silently(|| {call})") } else { call };
                Ok(Code::temp(call, self.types.of(e)))
            }
            ("fwrite" | "fputs", [file, text]) if matches!(self.types.of(file), Ty::File | Ty::Opt(_)) => {
                let file = self.file(file)?;
                let text = self.text(text)?;
                Ok(Code::temp(format!("fwrite({file}, {text})"), Ty::Int(Rep::Usize).opt()))
            }
            ("fread" | "feof" | "stream_get_contents", [file, rest @ ..]) if self.is_input(file) => {
                let input = self.input(file)?;
                let ty = if name == "feof" { Ty::Bool } else { BYTES.opt() };
                let call = match (name, rest) {
                    ("fread", [length]) => format!("fread({input}, {})", self.int_argument(length, Rep::I64)?),
                    ("feof" | "stream_get_contents", []) => format!("{name}({input})"),
                    _ => return refuse(e, format!("{name}() with so many arguments")),
                };
                Ok(Code::temp(call, ty))
            }
            ("flock", [file, lock]) if matches!(self.types.of(file), Ty::File | Ty::Opt(_)) => {
                let function = match &lock.kind {
                    ExprKind::Const(name) if name == "LOCK_EX" => "lock",
                    ExprKind::Const(name) if name == "LOCK_UN" => "unlock",
                    _ => return refuse(lock, "this lock"),
                };
                self.counts[lock.id] += 1;
                let file = self.file(file)?;
                Ok(Code::temp(format!("{function}({file})"), Ty::Bool))
            }
            // Closed twice, it is not there the second time.
            ("fclose", [file]) if matches!(self.types.of(file), Ty::Maybe(_)) => {
                let place = self.place(file)?;
                Ok(Code::temp(format!("drop(not_null({}.take()))", place.s), Ty::Void))
            }
            ("fclose", [file]) if self.types.web(file).is_some_and(|web| self.is_last(e, web)) => {
                self.consume(file);
                Ok(Code::temp("", Ty::Void))
            }
            ("fclose", [file]) if matches!(self.types.of(file), Ty::File | Ty::Input) => {
                let code = self.value(file)?;
                let declared = self.types.web(file).and_then(|web| self.places.of.get(&web));
                let here = self.here().0;
                // The file is gone then, which Rust sees only in its own block.
                if declared.is_none_or(|place| place.block != here) || code.form != Form::Owned {
                    return refuse(e, "fclose() in another block than fopen()");
                }
                Ok(Code::temp(format!("drop({})", code.s), Ty::Void))
            }
            ("fwrite" | "fputs", [stream, text]) => {
                let ExprKind::Const(stream_name) = &stream.kind else {
                    return refuse(e, "files: std::fs::File is the way");
                };
                let function = match &**stream_name {
                    "STDERR" => "write_error",
                    "STDOUT" => "write_output",
                    _ => return refuse(stream, "this stream"),
                };
                self.counts[stream.id] += 1;
                let text = self.text(text)?;
                Ok(Code::temp(format!("{function}({text})"), Ty::Int(Rep::Usize).opt()))
            }
            ("fgets", [stream, rest @ ..]) if rest.len() <= 1 => {
                let most = match rest {
                    [] => None,
                    [Expr { kind: ExprKind::Int(most @ 2..), id, .. }] => {
                        self.counts[*id] += 1;
                        Some(*most)
                    }
                    [length, ..] => return refuse(length, "a length of fgets() that is computed"),
                };
                if self.is_input(stream) {
                    let input = self.input(stream)?;
                    let most = most.map_or_else(|| "None".to_owned(), |most| most.to_string());
                    return Ok(Some(Code::temp(format!("fgets({input}, {most})"), BYTES.opt())));
                }
                if !matches!(&stream.kind, ExprKind::Const(name) if name == "STDIN") {
                    return refuse(e, "files: std::fs::File is the way");
                }
                self.counts[stream.id] += 1;
                let call = match most {
                    Some(most) => format!("read_line_of({most})"),
                    None => "read_line()".to_owned(),
                };
                Ok(Code::temp(call, BYTES.opt()))
            }
            _ => return Ok(None),
        }
        .map(Some)
    }
}

impl Emit<'_> {
    fn is_input(&self, e: &Expr) -> bool {
        match self.types.of(e) {
            Ty::Opt(inner) | Ty::Maybe(inner) => *inner == Ty::Input,
            ty => ty == Ty::Input,
        }
    }

    /// What is read from, borrowed.
    fn input(&mut self, e: &Expr) -> R<String> {
        let code = self.value(e)?;
        Ok(match (&code.ty, code.form) {
            (Ty::Input, _) => code.reference(),
            (_, Form::Temp) => format!("&{}", crate::expr::needed(&code.s)),
            _ => format!("need({}.as_ref())", code.wrap(15)),
        })
    }

    /// Whether a call is the last that is done with a file, which is closed then or a little later, and is in a block inside that of
    /// its `fopen()`.
    fn is_last(&self, call: &Expr, web: usize) -> bool {
        let file = match &self.types.tys[web] {
            Ty::Opt(inner) => matches!(**inner, Ty::File | Ty::Input),
            ty => matches!(ty, Ty::File | Ty::Input),
        };
        let here = self.here().0;
        if !file || self.tainted.contains(&web) || self.places.of.get(&web).is_none_or(|place| place.block == here) {
            return false;
        }
        !self.types.has(|e| self.types.web(e) == Some(web) && e.span.start > call.span.end)
    }
}

/// The parts of a path that have a helper.
const PARTS: &[&str] = &["PATHINFO_EXTENSION", "PATHINFO_FILENAME"];

fn is_mode(mode: &[u8]) -> bool {
    let letters: Vec<u8> = mode.iter().copied().filter(|b| !b"bt".contains(b)).collect();
    matches!(letters.as_slice(), [b'r' | b'w' | b'a' | b'x' | b'c'] | [b'r' | b'w' | b'a' | b'x' | b'c', b'+'])
}

/// A mode in which a file is read and not written.
pub(crate) fn is_reading(mode: &Expr) -> bool {
    matches!(&mode.kind, ExprKind::Str(text) if text.first() == Some(&b'r') && !text.contains(&b'+'))
}

/// `'php://stdin'`
pub(crate) fn is_stdin(path: &Expr) -> bool {
    matches!(&path.kind, ExprKind::Str(text) if text.eq_ignore_ascii_case(b"php://stdin"))
}

/// What opens one of the process's own outputs once more, if a path means one.
fn own_output(path: &Expr) -> Option<&'static str> {
    let ExprKind::Str(text) = &path.kind else { return None };
    match text.to_ascii_lowercase().as_slice() {
        b"php://stderr" => Some("open_error_output"),
        b"php://stdout" | b"php://output" => Some("open_output"),
        _ => None,
    }
}
