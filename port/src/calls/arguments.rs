//! Arguments of the kinds that the table of functions names.

use crate::ast::*;
use crate::code::{Code, Form};
use crate::emit::{Emit, R, refuse};
use crate::functions::{self, How};
use crate::types::*;

impl Emit<'_> {
    pub(crate) fn table(&mut self, e: &Expr, fun: &functions::Fun, args: &[Expr], warn: &str) -> R {
        let mut texts = Vec::new();
        for (number, code) in fun.params.split_whitespace().enumerate() {
            let Some(arg) = args.get(number) else {
                texts.push(if code == "t?" { "\"\"".to_owned() } else { "None".to_owned() });
                continue;
            };
            if matches!(arg.kind, ExprKind::Null) && code.ends_with('?') {
                self.counts[arg.id] += 1;
                texts.push("None".to_owned());
                continue;
            }
            texts.push(match &code[..1] {
                "S" => self.socket(arg)?,
                "A" => self.bytes(arg)?,
                "i" => self.int_argument(arg, Rep::I32)?,
                "z" => self.int_argument(arg, Rep::Usize)?,
                "l" | "n" => self.int_argument(arg, Rep::I64)?,
                "f" => match self.types.of(arg) {
                    Ty::Int(_) | Ty::Float => self.float(arg)?.s,
                    _ => return refuse(arg, "a float that is none"),
                },
                _ => self.text(arg)?,
            });
        }
        let ty = self.types.of(e);
        let call = format!("{}({})", fun.rust, texts.join(", "));
        Ok(match fun.how {
            How::Crate => match fun.returns {
                "()" => Code::temp(format!("{warn}({call}).is_some()"), Ty::Bool),
                "b" => Code::temp(format!("{warn}({call}).unwrap_or(false)"), Ty::Bool),
                _ => Code::temp(format!("{warn}({call})"), ty),
            },
            How::Effect if warn == "quiet" => Code::temp(format!("silently(|| {call})"), ty),
            _ => Code::temp(call, ty),
        })
    }

    /// An int argument: a string that is a number is one too.
    pub(crate) fn int_argument(&mut self, e: &Expr, rep: Rep) -> R<String> {
        if self.types.program.strict && !matches!(self.types.of(e), Ty::Int(_)) {
            return refuse(e, format!("{} where strict_types wants an int", self.types.of(e).name()));
        }
        match self.types.of(e) {
            // 0, of which PHP says that it is deprecated.
            Ty::Null if matches!(e.kind, ExprKind::Null) => {
                self.counts[e.id] += 1;
                Ok("0".into())
            }
            Ty::Str(_) if crate::code::whole_number(e).is_some() => {
                let number = crate::code::whole_number(e).unwrap_or_default();
                if number < 0 && rep == Rep::Usize {
                    return refuse(e, "a length below 0");
                }
                self.consume(e);
                Ok(crate::expr::number_text(number))
            }
            Ty::Bool | Ty::Opt(_) if self.types.web(e).is_some_and(|web| self.failed.contains(&web)) => {
                self.unseen.insert(e.id);
                self.consume(e);
                Ok("0".into())
            }
            Ty::Opt(inner) if *inner == BYTES => {
                let code = self.value(e)?;
                let Ty::Opt(_) = code.ty else { return refuse(e, "a value that may be false where an int is wanted") };
                let number = Code::temp(format!("{}.as_deref().map_or(0, number)", code.wrap(15)), INT);
                Ok(self.as_rep(number, rep).s)
            }
            Ty::Str(_) => {
                let code = self.value(e)?;
                let number = Code::temp(format!("number({})", code.borrow()), INT);
                Ok(self.as_rep(number, rep).s)
            }
            Ty::Bool => {
                let code = self.value(e)?;
                match code.s.as_str() {
                    "true" => Ok("1".into()),
                    "false" => Ok("0".into()),
                    text => Ok(match rep {
                        Rep::I32 => format!("i32::from({text})"),
                        Rep::Usize => format!("usize::from({text})"),
                        _ => format!("i64::from({text})"),
                    }),
                }
            }
            Ty::False => {
                self.consume(e);
                Ok("0".into())
            }
            Ty::Float => {
                let code = self.value(e)?;
                Ok(self.as_rep(Code::temp(format!("truncated({})", code.s), INT), rep).s)
            }
            Ty::Json => {
                self.seen_errors(e)?;
                let code = self.value(e)?;
                Ok(self.as_rep(Code::temp(format!("{}.number()", code.wrap(15)), INT), rep).s)
            }
            _ => Ok(self.number_as(e, rep)?.s),
        }
    }

    /// A socket, borrowed.
    pub(crate) fn socket(&mut self, e: &Expr) -> R<String> {
        let code = self.value(e)?;
        match &code.ty {
            Ty::Socket => Ok(code.reference()),
            Ty::Opt(inner) | Ty::Maybe(inner) if **inner == Ty::Socket => Ok(match code.form {
                Form::Temp => format!("&{}", crate::expr::needed(&code.s)),
                _ => {
                    let given = if matches!(code.ty, Ty::Maybe(_)) { "null" } else { "false" };
                    let name = self.callee.clone();
                    self.need(&name, given, &format!("{}.as_ref()", code.wrap(15)))
                }
            }),
            Ty::Mixed(why) => refuse(e, why.clone()),
            other => refuse(e, format!("{} where a socket is wanted", other.name())),
        }
    }

    /// `need(value)`, with the text of what PHP throws where the program may look at it.
    pub(crate) fn need(&self, function: &str, given: &str, value: &str) -> String {
        match self.types.program.errors {
            Errors::Caught => format!("need_by(\"{function}\", \"{given}\", {value})"),
            _ => format!("need({value})"),
        }
    }

    /// A file, borrowed.
    pub(crate) fn file(&mut self, e: &Expr) -> R<String> {
        let code = self.value(e)?;
        match &code.ty {
            Ty::File => Ok(code.reference()),
            Ty::Opt(inner) if **inner == Ty::File && code.form != Form::Temp => {
                Ok(format!("need({}.as_ref())", code.wrap(15)))
            }
            other => refuse(e, format!("{} where a file is wanted", other.name())),
        }
    }

    /// With `strict_types` a string is a string, and false is none.
    fn strict_text(&self, code: &Code, e: &Expr) -> R<()> {
        if self.types.program.strict && !matches!(code.ty, Ty::Str(_)) {
            return refuse(e, format!("{} where strict_types wants a string", code.ty.name()));
        }
        Ok(())
    }

    /// Bytes for the crate.
    pub(crate) fn bytes(&mut self, e: &Expr) -> R<String> {
        let code = self.value(e)?;
        self.strict_text(&code, e)?;
        match &code.ty {
            Ty::Str(Text::Literal) => Ok(code.s),
            Ty::Str(_) => Ok(code.borrow()),
            Ty::Int(Rep::Literal) => Ok(format!("\"{}\"", code.s.replace('_', ""))),
            Ty::Int(_) => Ok(format!("{}.to_string()", code.wrap(15))),
            Ty::Json => self.json_text(&code, e),
            Ty::Opt(inner) | Ty::Maybe(inner) if **inner == BYTES => Ok(match code.form {
                Form::Temp => format!("{}.unwrap_or_default()", code.wrap(15)),
                _ => format!("{}.as_deref().unwrap_or_default()", code.wrap(15)),
            }),
            _ => {
                let part = self.part(&code, e)?;
                Ok(format!("text!({part})"))
            }
        }
    }

    /// Text for a helper.
    pub(crate) fn text(&mut self, e: &Expr) -> R<String> {
        let code = self.value(e)?;
        self.strict_text(&code, e)?;
        match &code.ty {
            Ty::Str(Text::Literal) => Ok(code.s),
            Ty::Int(Rep::Literal) => Ok(format!("\"{}\"", code.s.replace('_', ""))),
            Ty::Int(_) | Ty::Float | Ty::Bool => Ok(code.s),
            Ty::Json => self.json_text(&code, e),
            Ty::Str(_) | Ty::Opt(_) | Ty::Maybe(_) => {
                self.part(&code, e)?;
                Ok(code.borrow())
            }
            _ => self.part(&code, e),
        }
    }

    /// A value of JSON where a string is wanted.
    fn json_text(&self, code: &Code, e: &Expr) -> R<String> {
        self.seen_errors(e)?;
        Ok(format!("{}.text()", code.wrap(15)))
    }

    /// An argument that is borrowed.
    pub(crate) fn lent(&mut self, arg: &Expr, ty: &Ty) -> R<String> {
        if let (ExprKind::Array(_), Ty::Record(_)) = (&arg.kind, ty) {
            return Ok(format!("&{}", self.coerced(arg, ty)?.s));
        }
        if let (ExprKind::Array(_), Ty::List(_)) = (&arg.kind, ty) {
            let list = self.coerced(arg, ty)?.s;
            return Ok(format!("&{}", list.strip_prefix("vec!").unwrap_or(&list)));
        }
        let code = self.value(arg)?;
        if let Ty::Mixed(why) = &code.ty {
            return refuse(arg, why.clone());
        }
        Ok(match (&code.ty, ty) {
            (Ty::Str(Text::Literal), Ty::Str(Text::Bytes)) => {
                if code.s.starts_with('"') || code.s.starts_with("b\"") {
                    crate::expr::bytes_of(&code.s)
                } else {
                    format!("{}.as_bytes()", code.wrap(15))
                }
            }
            (Ty::Str(Text::String), Ty::Str(Text::Bytes)) => format!("{}.as_bytes()", code.wrap(15)),
            (Ty::Str(Text::Literal), Ty::Str(_)) => code.s,
            (Ty::Str(a), Ty::Str(b)) if a == b => code.reference(),
            (Ty::Opt(inner), Ty::Str(Text::Bytes)) if matches!(**inner, Ty::Str(Text::Bytes)) => match code.form {
                Form::Temp => format!("&{}.unwrap_or_default()", code.wrap(15)),
                _ => format!("{}.as_deref().unwrap_or_default()", code.wrap(15)),
            },
            (Ty::Opt(inner) | Ty::Maybe(inner), Ty::Socket) if **inner == Ty::Socket => match code.form {
                Form::Temp => format!("&{}", crate::expr::needed(&code.s)),
                _ => format!("need({}.as_ref())", code.wrap(15)),
            },
            (a, b) if a == b => code.reference(),
            _ => {
                let code = self.coerce(code, ty, arg)?;
                format!("&{}", code.wrap(14))
            }
        })
    }
}
