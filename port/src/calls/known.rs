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
                    let ExprKind::Str(text) = &zone.kind else { return refuse(zone, "a time zone that is computed") };
                    let Some(call) = crate::zones::call(text) else {
                        return refuse(zone, "a time zone whose rules are not known here");
                    };
                    if !self.once {
                        return refuse(e, "date_default_timezone_set() in an expression");
                    }
                    self.consume(zone);
                    return Ok(Some(Code::temp(call, Ty::Void)));
                }
                ("pcntl_async_signals", [on]) if matches!(on.kind, ExprKind::Bool(true)) => {
                    self.consume(on);
                    return Ok(Some(Code { s: "false".into(), ty: Ty::Bool, form: Form::Temp, p: 20 }));
                }
                ("pcntl_signal_dispatch", []) => {
                    let handlers = self.on_signals(e)?;
                    return Ok(Some(Code::temp(format!("after(true, {handlers})"), Ty::Bool)));
                }
                ("set_error_handler", [handler]) => {
                    let program = self.types.program;
                    let at = match &handler.kind {
                        ExprKind::Closure(at, captured) if captured.is_empty() => Some(*at),
                        ExprKind::Str(name) => self.types.own(&String::from_utf8_lossy(name)),
                        _ => None,
                    };
                    let nothing = |e: &Expr| matches!(e.kind, ExprKind::Bool(true) | ExprKind::Null);
                    let still = match at.map(|at| program.functions[at].body.as_slice()) {
                        None => matches!(&handler.kind, ExprKind::Function(name) if name.is_empty()),
                        Some([]) => true,
                        Some([Stmt { kind: StmtKind::Return(value), .. }]) => value.as_ref().is_none_or(nothing),
                        Some(_) => false,
                    };
                    if !still {
                        return refuse(handler, "a function that is told of PHP's warnings, and does something");
                    }
                    self.consume(handler);
                    return Ok(Some(Code::temp("ignore_warnings()", Ty::Void)));
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
                        return self.handle_signal(e, signal, handler).map(Some);
                    }
                    self.consume(handler);
                    let signal = self.number_as(signal, Rep::I64)?;
                    return Ok(Some(Code::temp(format!("interrupted_by({})", signal.s), Ty::Bool)));
                }
                _ => return Ok(None),
            }
        };
        if name == "extension_loaded" && !matches!(what.kind, ExprKind::Str(_)) {
            let text = self.text(what)?;
            return Ok(Some(Code::temp(format!("extension_loaded({text})"), Ty::Bool)));
        }
        let ExprKind::Str(text) = &what.kind else { return refuse(what, "a name that is computed") };
        let text = String::from_utf8_lossy(text).into_owned();
        let there = match name {
            "extension_loaded" => {
                ["sockets", "json", "pcre", "standard"].iter().any(|known| text.eq_ignore_ascii_case(known))
            }
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

    /// Whether the program has no other time zone than UTC, which is that of PHP without php.ini.
    pub(crate) fn all_utc(&self) -> bool {
        !self.types.has(|e| match &e.kind {
            ExprKind::Call(name, args) if name == "date_default_timezone_set" => {
                !matches!(args.as_slice(), [Expr { kind: ExprKind::Str(zone), .. }] if zone.eq_ignore_ascii_case(b"utc"))
            }
            _ => false,
        })
    }
}
