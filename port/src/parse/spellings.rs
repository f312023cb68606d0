//! What PHP writes in two ways, as the one of them that the stages behind know.

use super::*;

/// The version that the programs run as.
const VERSION: [i64; 3] = [8, 6, 0];

impl Lower<'_> {
    pub(super) fn made(&mut self, span: &std::ops::Range<usize>, kind: ExprKind) -> Expr {
        Expr { id: self.id(), span: span.clone(), kind }
    }

    /// A constant that is the same for every program.
    pub(super) fn constant_of(name: &str) -> ExprKind {
        match name {
            "PHP_SAPI" => ExprKind::Str(b"cli".to_vec()),
            "PHP_MAJOR_VERSION" => ExprKind::Int(VERSION[0]),
            "PHP_MINOR_VERSION" => ExprKind::Int(VERSION[1]),
            "PHP_VERSION_ID" => ExprKind::Int(VERSION[0] * 10_000 + VERSION[1] * 100 + VERSION[2]),
            _ => ExprKind::Const(name.to_owned()),
        }
    }

    /// The value of a constant, computed from others.
    pub(super) fn folded(&self, e: Expr) -> Expr {
        match self.fold(&e) {
            Some(kind) => Expr { kind, ..e },
            None => e,
        }
    }

    fn fold(&self, e: &Expr) -> Option<ExprKind> {
        match &e.kind {
            ExprKind::Int(n) => Some(ExprKind::Int(*n)),
            ExprKind::Str(text) => Some(ExprKind::Str(text.clone())),
            ExprKind::Const(name) if name == "PHP_EOL" => Some(ExprKind::Str(b"\n".to_vec())),
            ExprKind::Const(name) => self.constants.get(name).cloned(),
            ExprKind::Negate(inner) => match self.fold(inner)? {
                ExprKind::Int(n) => n.checked_neg().map(ExprKind::Int),
                _ => None,
            },
            ExprKind::Binary(op, a, b) => match (op, self.fold(a)?, self.fold(b)?) {
                (BinOp::Add, ExprKind::Int(a), ExprKind::Int(b)) => a.checked_add(b).map(ExprKind::Int),
                (BinOp::Sub, ExprKind::Int(a), ExprKind::Int(b)) => a.checked_sub(b).map(ExprKind::Int),
                (BinOp::Mul, ExprKind::Int(a), ExprKind::Int(b)) => a.checked_mul(b).map(ExprKind::Int),
                (BinOp::Div, ExprKind::Int(a), ExprKind::Int(b)) if b != 0 && a.checked_rem(b) == Some(0) => {
                    a.checked_div(b).map(ExprKind::Int)
                }
                (BinOp::Div, ExprKind::Int(a), ExprKind::Int(b))
                    if b != 0 && a.unsigned_abs().max(b.unsigned_abs()) < 1 << 53 =>
                {
                    Some(ExprKind::Float(a as f64 / b as f64))
                }
                (BinOp::Mod, ExprKind::Int(a), ExprKind::Int(b)) if b != 0 => a.checked_rem(b).map(ExprKind::Int),
                (BinOp::BitAnd, ExprKind::Int(a), ExprKind::Int(b)) => Some(ExprKind::Int(a & b)),
                (BinOp::BitOr, ExprKind::Int(a), ExprKind::Int(b)) => Some(ExprKind::Int(a | b)),
                (BinOp::BitXor, ExprKind::Int(a), ExprKind::Int(b)) => Some(ExprKind::Int(a ^ b)),
                (BinOp::ShiftLeft, ExprKind::Int(a), ExprKind::Int(b @ 0..64)) => Some(ExprKind::Int(a << b)),
                (BinOp::ShiftRight, ExprKind::Int(a), ExprKind::Int(b @ 0..64)) => Some(ExprKind::Int(a >> b)),
                (BinOp::Concat, a, b) => {
                    let text = |kind| match kind {
                        ExprKind::Int(n) => Some(n.to_string().into_bytes()),
                        ExprKind::Str(text) => Some(text),
                        _ => None,
                    };
                    Some(ExprKind::Str([text(a)?, text(b)?].concat()))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The constant of `if (!defined('NAME')) { define('NAME', 5); }`, where nothing in front speaks of it: it is not defined yet.
    pub(super) fn first_definition(
        &self,
        branches: &[(Expr, Block)],
        otherwise: Option<&Block>,
        span: &php_ast::Span,
    ) -> Option<(String, Expr)> {
        let ([(test, body)], None, true) = (branches, otherwise, self.top) else { return None };
        let ExprKind::Not(asked) = &test.kind else { return None };
        let ExprKind::Call(function, args) = &asked.kind else { return None };
        let ("defined", [Expr { kind: ExprKind::Str(name), .. }]) = (function.as_str(), args.as_slice()) else {
            return None;
        };
        let [Stmt { kind: StmtKind::Const(defined, value), .. }] = body.as_slice() else { return None };
        let name = std::str::from_utf8(name).ok().filter(|name| name == defined)?;
        let known = crate::infer::is_socket_constant(name) || self.source[..span.start as usize].contains(name);
        (!known).then(|| (name.to_owned(), value.clone()))
    }

    /// Remembers a constant of the program, unless PHP has it already.
    pub(super) fn defined(&mut self, name: &str, value: &Expr) {
        if let ExprKind::Int(_) | ExprKind::Str(_) = value.kind {
            self.constants.entry(name.to_owned()).or_insert_with(|| value.kind.clone());
        }
    }

    /// `$_SERVER['argv']` is `$argv`, and `$_SERVER['argc']` is `$argc`.
    pub(super) fn argument_of_server(access: &php::ArrayAccessExpr) -> Option<ExprKind> {
        let php::ExprKind::Variable(array) = &access.array.kind else { return None };
        let php::ExprKind::String(key) = &access.index.as_ref()?.kind else { return None };
        let server = array.as_str().trim_start_matches('$') == "_SERVER";
        let name = std::str::from_utf8(key.as_bytes()).ok()?;
        (server && matches!(name, "argv" | "argc")).then(|| ExprKind::Var(name.to_owned()))
    }

    /// A call that is another one.
    pub(super) fn spelt(&mut self, kind: ExprKind, span: &std::ops::Range<usize>) -> ExprKind {
        let ExprKind::Call(name, mut args) = kind else { return kind };
        if self.declares(&name) {
            return ExprKind::Call(name, args);
        }
        let is = |e: &Expr, name: &str| matches!(&e.kind, ExprKind::Const(other) if other == name);
        match (name.as_str(), args.as_slice()) {
            ("fprintf", [_, _, ..]) => {
                let values = args.split_off(1);
                let text = self.made(span, ExprKind::Call("sprintf".into(), values));
                args.push(text);
                ExprKind::Call("fwrite".into(), args)
            }
            ("file_put_contents", [_, _, flags]) => {
                let both = |a: &Expr, b: &Expr| is(a, "FILE_APPEND") && is(b, "LOCK_EX");
                let appends = match &flags.kind {
                    ExprKind::Binary(BinOp::BitOr, a, b) => both(a, b) || both(b, a),
                    _ => is(flags, "FILE_APPEND"),
                };
                let name = match appends {
                    true => "file_put_contents::append",
                    false if is(flags, "LOCK_EX") => "file_put_contents",
                    false => return ExprKind::Call(name, args),
                };
                args.truncate(2);
                ExprKind::Call(name.into(), args)
            }
            ("call_user_func", [Expr { kind: ExprKind::Str(function), .. }, ..]) => {
                let function = String::from_utf8_lossy(function).to_lowercase();
                if function.contains("::") {
                    return ExprKind::Call(name, args);
                }
                args.remove(0);
                ExprKind::Call(function, args)
            }
            ("ini_set", [Expr { kind: ExprKind::Str(option), .. }, _]) if option == b"date.timezone" => {
                args.remove(0);
                ExprKind::Call("date_default_timezone_set".into(), args)
            }
            ("mb_strlen" | "mb_strtoupper" | "mb_strtolower", [_, encoding]) | ("mb_substr", [_, _, _, encoding])
                if is_utf8(encoding) =>
            {
                args.pop();
                ExprKind::Call(name, args)
            }
            ("error_log", [_, Expr { kind: ExprKind::Int(3), .. }, _]) => {
                args.remove(1);
                ExprKind::Call("error_log::append".into(), args)
            }
            ("error_log", [_, Expr { kind: ExprKind::Int(0), .. }]) => {
                args.pop();
                ExprKind::Call(name, args)
            }
            ("is_callable", [Expr { kind: ExprKind::Str(_), .. }]) => ExprKind::Call("function_exists".into(), args),
            ("pi", []) => ExprKind::Const("M_PI".into()),
            ("filter_var", [_, filter]) if is(filter, "FILTER_VALIDATE_IP") => {
                args.truncate(1);
                ExprKind::Call("filter_var::ip".into(), args)
            }
            ("pow", [_, _]) => {
                let power = Box::new(args.remove(1));
                ExprKind::Binary(BinOp::Pow, Box::new(args.remove(0)), power)
            }
            (
                "version_compare",
                [version, Expr { kind: ExprKind::Str(other), .. }, Expr { kind: ExprKind::Str(sign), .. }],
            ) if is(version, "PHP_VERSION")
                || matches!(&version.kind, ExprKind::Call(name, _) if name == "phpversion") =>
            {
                match compared(other, sign) {
                    Some(holds) => ExprKind::Bool(holds),
                    None => ExprKind::Call(name, args),
                }
            }
            _ => ExprKind::Call(name, args),
        }
    }
}

fn is_utf8(encoding: &Expr) -> bool {
    matches!(&encoding.kind, ExprKind::Str(name) if name.eq_ignore_ascii_case(b"utf-8") || name.eq_ignore_ascii_case(b"utf8"))
}

/// Whether this version of PHP stands so to another one, whose parts are numbers.
fn compared(other: &[u8], sign: &[u8]) -> Option<bool> {
    let parts: Vec<i64> =
        std::str::from_utf8(other).ok()?.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let own: Vec<i64> = VERSION.iter().copied().take(parts.len().max(1)).collect();
    // A version that is longer, or as far as it goes the same, is another question.
    if parts.len() > VERSION.len() || own == parts {
        return None;
    }
    Some(match sign {
        b"<" | b"lt" | b"<=" | b"le" => own < parts,
        b">" | b"gt" | b">=" | b"ge" => own > parts,
        b"==" | b"eq" => false,
        b"!=" | b"<>" | b"ne" => true,
        _ => return None,
    })
}
