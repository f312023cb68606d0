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
            ("fopen", [path, mode]) => {
                let ExprKind::Str(text) = &mode.kind else { return refuse(mode, "a mode that is computed") };
                if !matches!(text.as_slice(), b"w" | b"a" | b"r" | b"wb" | b"ab" | b"rb") {
                    return refuse(mode, "this mode of fopen()");
                }
                let text = literal(text);
                self.counts[mode.id] += 1;
                if matches!(&path.kind, ExprKind::Str(text) if text.windows(3).any(|part| part == b"://")) {
                    return refuse(path, "streams are the standard library's types (docs/from-php.md)");
                }
                if warn == "quiet" {
                    return refuse(e, "@ in front of fopen()");
                }
                let path = self.text(path)?;
                Ok(Code::temp(format!("fopen({path}, {text})"), Ty::File.opt()))
            }
            ("fwrite" | "fputs", [file, text]) if matches!(self.types.of(file), Ty::File | Ty::Opt(_)) => {
                let file = self.file(file)?;
                let text = self.text(text)?;
                Ok(Code::temp(format!("fwrite({file}, {text})"), Ty::Int(Rep::Usize).opt()))
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
                let input = self.types.of(stream);
                let input = if let Ty::Opt(inner) = input { *inner } else { input };
                if input == Ty::Input {
                    let code = self.value(stream)?;
                    let input = match (&code.ty, code.form) {
                        (Ty::Input, _) => code.reference(),
                        (_, Form::Temp) => format!("&{}", crate::expr::needed(&code.s)),
                        _ => format!("need({}.as_ref())", code.wrap(15)),
                    };
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

/// The parts of a path that have a helper.
const PARTS: &[&str] = &["PATHINFO_EXTENSION", "PATHINFO_FILENAME"];

/// `'php://stdin'`
pub(crate) fn is_stdin(path: &Expr) -> bool {
    matches!(&path.kind, ExprKind::Str(text) if text.eq_ignore_ascii_case(b"php://stdin"))
}
