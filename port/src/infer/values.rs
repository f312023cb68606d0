//! The type of an expression.

use std::sync::LazyLock;

use super::*;
use crate::ast::*;
use crate::functions;
use crate::types::*;

impl<'a> Types<'a> {
    pub(crate) fn of(&self, e: &Expr) -> Ty {
        use BinOp::*;
        match &e.kind {
            ExprKind::Int(n) => Ty::Int(if *n < 0 { Rep::I64 } else { Rep::Literal }),
            ExprKind::Float(_) => Ty::Float,
            ExprKind::Str(text) => Ty::Str(if std::str::from_utf8(text).is_ok() { Text::Literal } else { Text::Bytes }),
            ExprKind::Bool(false) => Ty::False,
            ExprKind::Bool(true) => Ty::Bool,
            ExprKind::Null => Ty::Null,
            ExprKind::Interpolated(parts) => self.concat(&parts.iter().collect::<Vec<_>>()),
            ExprKind::Var(name) => match self.web(e) {
                Some(web) if name == "argv" && self.webs.webs[web].defs == 0 => Ty::List(Box::new(BYTES)),
                Some(web) if name == "argc" && self.webs.webs[web].defs == 0 => Ty::Int(Rep::Usize),
                Some(web) => self.tys[web].clone(),
                None => Ty::Unknown,
            },
            ExprKind::Const(name) => self.constant(name),
            ExprKind::Assign(target, value) => match self.web(target) {
                Some(_) => self.of(target),
                None => self.of(value),
            },
            ExprKind::AssignOp(_, target, _) | ExprKind::Step { target, .. } => self.of(target),
            ExprKind::Binary(op, a, b) => match op {
                Concat => self.concat(&[a, b]),
                Div => match (self.number(a), self.number(b)) {
                    (Ty::Mixed(why), _) | (_, Ty::Mixed(why)) => Ty::Mixed(why),
                    _ => Ty::Float,
                },
                Add | Sub | Mul | Mod | Pow => match (self.number(a), self.number(b)) {
                    (Ty::Mixed(why), _) | (_, Ty::Mixed(why)) => Ty::Mixed(why),
                    (Ty::Float, _) | (_, Ty::Float) if *op != Mod => Ty::Float,
                    (Ty::Int(Rep::Usize), Ty::Int(Rep::Usize | Rep::Literal))
                    | (Ty::Int(Rep::Literal), Ty::Int(Rep::Usize))
                        if matches!(op, Add | Mul) =>
                    {
                        Ty::Int(Rep::Usize)
                    }
                    _ => INT,
                },
                BitAnd | BitOr | BitXor => match (self.of(a), self.of(b)) {
                    (Ty::Int(Rep::I32), Ty::Int(Rep::I32)) => Ty::Int(Rep::I32),
                    (Ty::Int(_), Ty::Int(_)) => INT,
                    _ => Ty::Mixed("bits of strings".into()),
                },
                ShiftLeft | ShiftRight | Spaceship => INT,
                _ => Ty::Bool,
            },
            ExprKind::Not(_) | ExprKind::Isset(_) | ExprKind::Empty(_) => Ty::Bool,
            ExprKind::Negate(a) => match self.number(a) {
                Ty::Float => Ty::Float,
                _ => INT,
            },
            ExprKind::Ternary(test, then, otherwise) => {
                let then = then.as_ref().map_or_else(|| self.of(test), |e| self.of(e));
                let then = match then {
                    Ty::Opt(inner) if matches!(&e.kind, ExprKind::Ternary(_, None, _)) => *inner,
                    other => other,
                };
                self.text_of_both(e, then, self.of(otherwise))
            }
            ExprKind::Coalesce(a, b) => {
                let first = match self.of(a) {
                    Ty::Maybe(inner) => *inner,
                    other => other,
                };
                self.text_of_both(e, first, self.of(b))
            }
            ExprKind::Call(name, args) => self.of_call(name, args),
            ExprKind::Index(base, index) => match self.of(base) {
                Ty::Header => match index.as_ref().map(|index| &index.kind) {
                    Some(ExprKind::Str(key)) if key == b"iov" => Ty::List(Box::new(BYTES)),
                    Some(ExprKind::Str(key)) if key == b"flags" => Ty::Int(Rep::I32),
                    _ => Ty::Mixed("this part of a message (docs/from-php.md)".into()),
                },
                record @ Ty::Record(_) if index.as_ref().is_some_and(|index| record.field(index).is_some()) => {
                    index.as_ref().and_then(|index| record.field(index)).cloned().unwrap_or(Ty::Unknown)
                }
                Ty::Tuple(list) => list.iter().fold(Ty::Unknown, |all, ty| all.join(ty)),
                Ty::Str(_) => BYTES,
                Ty::Opt(inner) if inner.is_array() => inner.element(),
                other => other.element(),
            },
            ExprKind::Array(elements) => self.array(elements),
            ExprKind::Print(_) => INT,
            ExprKind::Cast(cast, inner) => match cast {
                Cast::Int => match self.of(inner) {
                    Ty::Int(rep) => Ty::Int(rep),
                    _ => INT,
                },
                Cast::Float => Ty::Float,
                Cast::Bool => Ty::Bool,
                Cast::String if matches!(&inner.kind, ExprKind::Call(name, _) if name == "array_sum") => STRING,
                Cast::String => match self.of(inner) {
                    Ty::Int(_) | Ty::Float | Ty::Str(Text::Literal | Text::String) => STRING,
                    _ => BYTES,
                },
            },
            ExprKind::Silence(inner) => self.of(inner),
            ExprKind::Match(_, arms) => arms.iter().fold(Ty::Unknown, |all, (_, body)| match &body.kind {
                _ if body.ends() => all,
                _ => all.join(&self.of(body)),
            }),
            ExprKind::Exit(_) | ExprKind::Throw(_) => Ty::Unknown,
            ExprKind::Function(_) => Ty::Unknown,
            ExprKind::Closure(..) => Ty::Mixed("a function as a value".into()),
            ExprKind::Refused(why) => Ty::Mixed(why.clone()),
        }
    }

    /// Whether a value is, or may be, `PHP_INT_MAX` or `PHP_INT_MIN` as it is.
    pub(crate) fn utmost(&self, e: &Expr) -> bool {
        self.is_or_has(
            e,
            |e| matches!(&e.kind, ExprKind::Const(name) if name == "PHP_INT_MAX" || name == "PHP_INT_MIN"),
        )
    }

    /// Whether a value is, or may be, a number as it is written whose square no int holds.
    pub(crate) fn large(&self, e: &Expr) -> bool {
        self.is_or_has(e, |e| matches!(e.kind, ExprKind::Int(n) if n.unsigned_abs() > 0x7fff_ffff))
    }

    /// Whether a text may be that of an int: it is none if it is written out as something else.
    fn may_be_whole(&self, e: &Expr) -> bool {
        !self.is_or_has(e, |e| matches!(e.kind, ExprKind::Str(_)) && crate::code::whole_number(e).is_none())
    }

    /// Whether a variable is never false: all that is assigned to it is written out, or comes from functions that never are.
    pub(crate) fn never_false(&self, e: &Expr) -> bool {
        let Some(web) = self.web(e) else { return false };
        let info = &self.webs.webs[web];
        let sure = |e: &Expr| match &e.kind {
            ExprKind::Int(_) | ExprKind::Str(_) | ExprKind::Interpolated(_) | ExprKind::Binary(BinOp::Concat, ..) => {
                true
            }
            ExprKind::Call(name, args) => {
                self.own(name).is_none()
                    && functions::find(name, args.len()).is_some_and(|f| !f.returns.starts_with('?'))
            }
            _ => false,
        };
        let mut count = 0;
        for s in self.bodies().flat_map(|(_, body)| body) {
            s.walk(&mut |e| {
                if let ExprKind::Assign(target, value) = &e.kind {
                    count += usize::from(self.web(target) == Some(web) && sure(value));
                }
            });
        }
        count == info.defs && info.param.is_none() && !info.global && !info.uninit
    }

    /// Whether the program calls a function.
    pub(crate) fn calls(&self, name: &str) -> bool {
        self.has(|e| matches!(&e.kind, ExprKind::Call(other, _) if other == name))
    }

    /// Whether the program divides ints, so that a float here may be an int in PHP.
    pub(crate) fn divides(&self) -> bool {
        self.has(|e| match &e.kind {
            ExprKind::Binary(BinOp::Div, a, b) | ExprKind::AssignOp(BinOp::Div, a, b) => {
                self.number(a) != Ty::Float && self.number(b) != Ty::Float
            }
            _ => false,
        })
    }

    /// Whether a test holds for an expression of the program.
    pub(crate) fn has(&self, test: impl Fn(&Expr) -> bool) -> bool {
        let mut found = false;
        for s in self.bodies().flat_map(|(_, body)| body) {
            s.walk(&mut |e| found |= test(e));
        }
        found
    }

    /// Whether a test holds for an expression, or for what is assigned to the variable that it is.
    fn is_or_has(&self, e: &Expr, test: impl Fn(&Expr) -> bool) -> bool {
        let Some(web) = self.web(e) else { return test(e) };
        let mut found = false;
        for s in self.bodies().flat_map(|(_, body)| body) {
            s.walk(&mut |e| {
                if let ExprKind::Assign(target, value) = &e.kind {
                    found |= test(value) && self.web(target) == Some(web);
                }
            });
        }
        found
    }

    /// What a value is as an operand of arithmetic.
    pub(crate) fn number(&self, e: &Expr) -> Ty {
        match self.of(e) {
            Ty::Float => Ty::Float,
            Ty::Int(rep) => Ty::Int(rep),
            Ty::Opt(inner) | Ty::Maybe(inner) => match *inner {
                Ty::Int(rep) => Ty::Int(rep),
                Ty::Float => Ty::Float,
                _ => Ty::Mixed("arithmetic with something that is no number".into()),
            },
            Ty::Unknown => Ty::Unknown,
            // A float in it ends the program.
            Ty::Str(_) if !self.program.strict && self.may_be_whole(e) => INT,
            _ => Ty::Mixed("arithmetic with something that is no number: (int) in front of it says which".into()),
        }
    }

    pub(crate) fn concat(&self, parts: &[&Expr]) -> Ty {
        if parts.iter().all(|part| constant_text(part).is_some_and(|text| std::str::from_utf8(&text).is_ok())) {
            return Ty::Str(Text::Literal);
        }
        let text = parts.iter().all(|part| match self.of(part) {
            Ty::Str(Text::Literal | Text::String) | Ty::Int(_) => true,
            Ty::Opt(_) | Ty::Str(_) => false,
            _ => false,
        });
        if text { STRING } else { BYTES }
    }

    pub(crate) fn array(&self, elements: &[(Option<Expr>, Expr)]) -> Ty {
        if elements.is_empty() {
            return Ty::List(Box::new(Ty::Unknown));
        }
        let all = elements.iter().fold(Ty::Unknown, |all, (_, value)| all.join(&Self::as_element(self.of(value))));
        let keys: Option<Vec<&str>> = elements
            .iter()
            .map(|(key, _)| match key.as_ref().map(|key| &key.kind) {
                Some(ExprKind::Str(text)) => std::str::from_utf8(text).ok(),
                _ => None,
            })
            .collect();
        if let Some(keys) = keys.filter(|keys| crate::records::are_fields(keys)) {
            let field = |e: &Expr| match self.of(e) {
                null @ (Ty::Null | Ty::Maybe(_)) => null,
                other => Self::as_element(other),
            };
            let fields = keys.iter().zip(elements).map(|(key, (_, value))| ((*key).to_owned(), field(value))).collect();
            let record = Ty::Record(fields);
            return if self.settled { settled(record) } else { record };
        }
        if elements.iter().any(|(key, _)| key.is_some()) {
            let key = elements
                .iter()
                .fold(Ty::Unknown, |all, (key, _)| all.join(&Self::key(key.as_ref().map_or(INT, |key| self.of(key)))));
            return Ty::Map(Box::new(settled(key)), Box::new(all));
        }
        match all {
            Ty::Mixed(_) => {
                Ty::Tuple(elements.iter().map(|(_, value)| Self::as_element(self.of(value))).map(settled).collect())
            }
            Ty::Opt(_) if elements.len() > 1 => {
                Ty::Tuple(elements.iter().map(|(_, value)| self.of(value)).map(settled).collect())
            }
            all => Ty::List(Box::new(all)),
        }
    }

    pub(crate) fn constant(&self, name: &str) -> Ty {
        match name {
            "PHP_EOL" | "PHP_OS" | "PHP_VERSION" | "PHP_OS_FAMILY" | "DIRECTORY_SEPARATOR" => Ty::Str(Text::Literal),
            "PHP_INT_MAX" | "PHP_INT_MIN" | "E_ALL" | "PHP_INT_SIZE" => INT,
            _ if signal(name).is_some() => INT,
            "JSON_ERROR_NONE" => INT,
            "STR_PAD_LEFT" | "STR_PAD_RIGHT" | "STR_PAD_BOTH" => Ty::Int(Rep::I32),
            "M_PI" => Ty::Float,
            _ if is_socket_constant(name) => Ty::Int(Rep::I32),
            _ => match self.consts.get(name) {
                Some(Ty::Int(Rep::Literal)) => INT,
                Some(other) => other.clone(),
                None => Ty::Mixed(format!("the constant {name}")),
            },
        }
    }
}

/// Text that is written out, in one piece or several.
pub(crate) fn constant_text(e: &Expr) -> Option<Vec<u8>> {
    match &e.kind {
        ExprKind::Str(text) => Some(text.clone()),
        ExprKind::Const(name) if name == "PHP_EOL" => Some(b"\n".to_vec()),
        ExprKind::Binary(BinOp::Concat, a, b) => Some([constant_text(a)?, constant_text(b)?].concat()),
        _ => None,
    }
}

pub(crate) fn is_socket_constant(name: &str) -> bool {
    static NAMES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| include_str!("../constants.txt").lines().collect());
    NAMES.contains(name)
}

/// The number of a signal on Linux.
pub(crate) fn signal(name: &str) -> Option<i64> {
    const SIGNALS: &[(&str, i64)] =
        &[("SIGHUP", 1), ("SIGINT", 2), ("SIGKILL", 9), ("SIGUSR1", 10), ("SIGUSR2", 12), ("SIGTERM", 15)];
    SIGNALS.iter().find(|(other, _)| *other == name).map(|(_, number)| *number)
}

/// Whether an option is written as one whose value is an int.
pub(crate) fn is_int_option(option: &Expr) -> bool {
    const NAMES: &[&str] = &[
        "SO_ERROR",
        "SO_TYPE",
        "SO_REUSEADDR",
        "SO_REUSEPORT",
        "SO_KEEPALIVE",
        "SO_BROADCAST",
        "SO_RCVBUF",
        "SO_SNDBUF",
        "SO_RCVLOWAT",
        "SO_SNDLOWAT",
        "SO_OOBINLINE",
        "SO_DONTROUTE",
        "TCP_NODELAY",
        "IPV6_V6ONLY",
    ];
    matches!(&option.kind, ExprKind::Const(name) if NAMES.contains(&&**name))
}
