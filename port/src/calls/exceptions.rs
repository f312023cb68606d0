//! Exceptions: how they are made, and what they say.

use crate::ast::*;
use crate::code::{Code, Form};
use crate::emit::{Emit, R, refuse};
use crate::types::*;

impl Emit<'_> {
    /// `new Exception(…)`, `$e->getMessage()`, `$e->getCode()`.
    pub(crate) fn exception_call(&mut self, e: &Expr, name: &str, args: &[Expr], _warn: &str) -> R<Option<Code>> {
        match (name, args) {
            ("exception::getmessage" | "exception::getcode" | "exception::getline", [of]) => {
                if self.types.of(of) != Ty::Exception {
                    return refuse(e, "objects are not ported: a struct with methods is the way (docs/from-php.md)");
                }
                if name.ends_with("line") && self.types.program.errors != Errors::Unseen {
                    return refuse(e, "the line of what PHP itself has thrown");
                }
                let code = self.value(of)?;
                let (field, ty) = match name {
                    "exception::getcode" => ("code", INT),
                    "exception::getline" => ("line", INT),
                    _ => ("message", BYTES),
                };
                Ok(Some(Code { s: format!("{}.{field}", code.wrap(15)), ty, form: Form::Owned, p: 15 }))
            }
            _ if name.starts_with("new ") => {
                if args.len() > 2 {
                    return refuse(e, "an exception that was caused by another");
                }
                let message = match args.first() {
                    Some(message) => self.text(message)?,
                    None => "\"\"".into(),
                };
                let number = match args.get(1) {
                    Some(number) => self.number_as(number, Rep::I64)?.s,
                    None => "0".into(),
                };
                let class = name.trim_start_matches("new ");
                let mut made = format!("Exception::new(\"{class}\", {message}, {number})");
                if self.types.calls("exception::getline") {
                    let line = self.source[..e.span.start].matches('\n').count() + 1;
                    made.push_str(&format!(".at_line({line})"));
                }
                Ok(Some(Code::temp(made, Ty::Exception)))
            }
            _ => Ok(None),
        }
    }
}
