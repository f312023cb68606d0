//! What PHP is asked about itself.

use crate::ast::*;
use crate::code::{Code, Form};
use crate::emit::{Emit, R, refuse};
use crate::functions;
use crate::types::*;

impl Emit<'_> {
    pub(crate) fn known_call(&mut self, e: &Expr, name: &str, args: &[Expr], _warn: &str) -> R<Option<Code>> {
        let ("extension_loaded" | "function_exists" | "defined", [what]) = (name, args) else {
            match (name, args) {
                ("dirname", [file]) if matches!(&file.kind, ExprKind::Const(name) if name == "__FILE__") => {
                    self.consume(file);
                    return Ok(Some(Code::temp("program_folder()", BYTES)));
                }
                ("print_r", [value]) if matches!(self.types.of(value), Ty::Str(_) | Ty::Int(_)) => {
                    let code = self.value(value)?;
                    return Ok(Some(Code::temp(format!("print_r({})", code.borrow()), Ty::Void)));
                }
                // Neither a socket nor a scalar is a resource.
                ("is_resource", [value]) if matches!(value.kind, ExprKind::Var(_)) => {
                    let ty = self.types.of(value);
                    let inner = match &ty {
                        Ty::Opt(inner) | Ty::Maybe(inner) => inner,
                        other => other,
                    };
                    if !matches!(inner, Ty::Socket | Ty::Str(_) | Ty::Int(_) | Ty::Bool | Ty::Float) {
                        return refuse(e, format!("is_resource() of {}", ty.name()));
                    }
                    self.value(value)?;
                    return Ok(Some(Code { s: "false".into(), ty: Ty::Bool, form: Form::Temp, p: 20 }));
                }
                ("date_default_timezone_set", [zone]) => {
                    if !matches!(&zone.kind, ExprKind::Str(text) if text.eq_ignore_ascii_case(b"UTC")) {
                        return refuse(zone, "another time zone than UTC");
                    }
                    self.consume(zone);
                    return Ok(Some(Code { s: "true".into(), ty: Ty::Bool, form: Form::Temp, p: 20 }));
                }
                ("pcntl_signal", [signal, handler]) => {
                    let nothing = matches!(&handler.kind, ExprKind::Function(name) if name.is_empty());
                    let ignored = matches!(&handler.kind, ExprKind::Const(name) if name == "SIG_IGN");
                    let pipe = matches!(&signal.kind, ExprKind::Const(name) if name == "SIGPIPE");
                    if ignored && pipe {
                        // Rust's programs ignore it as PHP's do.
                        self.consume(signal);
                        self.consume(handler);
                        return Ok(Some(Code { s: "true".into(), ty: Ty::Bool, form: Form::Temp, p: 20 }));
                    }
                    if !nothing {
                        return refuse(
                            handler,
                            "a function for a signal: the crate signal-hook has flags (docs/from-php.md)",
                        );
                    }
                    self.consume(handler);
                    let signal = self.number_as(signal, Rep::I64)?;
                    return Ok(Some(Code::temp(format!("interrupted_by({})", signal.s), Ty::Bool)));
                }
                _ => return Ok(None),
            }
        };
        let ExprKind::Str(text) = &what.kind else { return refuse(what, "a name that is computed") };
        let text = String::from_utf8_lossy(text).into_owned();
        let there = match name {
            "extension_loaded" => text.eq_ignore_ascii_case("sockets"),
            "function_exists" => {
                let lower = text.to_lowercase();
                self.types.own(&text).is_some() || functions::known(&lower) || functions::is_pure(&lower)
            }
            _ => crate::infer::is_socket_constant(&text) || self.types.consts.contains_key(&text),
        };
        if !there {
            return refuse(e, format!("{name}() of what is not known here"));
        }
        self.consume(what);
        Ok(Some(Code { s: "true".into(), ty: Ty::Bool, form: Form::Temp, p: 20 }))
    }
}
