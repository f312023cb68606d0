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
            ("fclose", [file]) if self.types.of(file) == Ty::File => {
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
                if !matches!(&stream.kind, ExprKind::Const(name) if name == "STDIN") || !rest.is_empty() {
                    return refuse(e, "files: std::fs::File is the way");
                }
                self.counts[stream.id] += 1;
                Ok(Code::temp("read_line()", BYTES.opt()))
            }
            _ => return Ok(None),
        }
        .map(Some)
    }
}
