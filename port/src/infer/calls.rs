//! What calls return.

use super::*;
use crate::ast::*;
use crate::functions::{self, How};
use crate::types::*;

impl<'a> Types<'a> {
    pub(crate) fn of_call(&self, name: &str, args: &[Expr]) -> Ty {
        if let Some(own) = self.own(name) {
            return self.returned(own);
        }
        let arg = |at: usize| match args.get(at).map_or(Ty::Unknown, |a| self.of(a)) {
            record @ Ty::Record(_) => record.loose(),
            other => other,
        };
        match name {
            "socket_recvmsg" | "socket_sendmsg" => Ty::Int(Rep::Usize).opt(),
            "pcntl_signal" | "pcntl_async_signals" | "pcntl_signal_dispatch" => Ty::Bool,
            "set_error_handler" => Ty::Void,
            "exception::getmessage" => BYTES,
            "exception::getcode" | "exception::getline" => INT,
            _ if name.starts_with("new ") => Ty::Exception,
            "strlen" | "count" | "sizeof" => Ty::Int(Rep::Usize),
            "socket_select" | "socket_recv" | "socket_recvfrom" => Ty::Int(Rep::Usize).opt(),
            "socket_getsockname" | "socket_getpeername" | "socket_create_pair" | "socket_set_option" | "in_array"
            | "is_resource" | "is_numeric" | "array_key_exists" | "sort" | "rsort" | "ksort" | "is_null"
            | "is_string" | "is_int" | "is_array" | "define" | "krsort" => Ty::Bool,
            "socket_setopt" => Ty::Bool,
            "socket_get_option" | "socket_getopt" if args.get(2).is_some_and(is_int_option) => Ty::Int(Rep::I32).opt(),
            "socket_get_option" | "socket_getopt" => Ty::OptionValue.opt(),
            "socket_last_error" => Ty::Int(Rep::I32),
            "getprotobyname" => Ty::Int(Rep::I32),
            "socket_clear_error" => Ty::Void,
            "spl_object_id" => INT,
            "intval" => INT,
            "strval" => match arg(0) {
                Ty::Int(_) | Ty::Str(Text::Literal | Text::String) => STRING,
                _ => BYTES,
            },
            "floatval" => Ty::Float,
            "microtime" if args.is_empty() => STRING,
            "microtime" => Ty::Float,
            "pathinfo" if args.len() == 1 => Ty::Map(Box::new(BYTES), Box::new(BYTES)),
            "sprintf" | "pathinfo" | "implode" | "join" => BYTES,
            "printf" | "array_push" | "array_unshift" => INT,
            "print_r" if args.len() == 2 => BYTES,
            "print_r" | "var_dump" | "show" | "listening" => Ty::Void,
            "fwrite" | "fputs" => Ty::Int(Rep::Usize).opt(),
            "fgets" => BYTES.opt(),
            "max" | "min" => match args {
                [one] => self.of(one).element(),
                _ => args.iter().fold(Ty::Unknown, |all, a| match (all, self.of(a)) {
                    (Ty::Unknown, ty) => ty,
                    (Ty::Int(a), Ty::Int(b)) if a == b => Ty::Int(a),
                    (Ty::Int(_), Ty::Int(_)) => INT,
                    (a, b) => a.join(&b),
                }),
            },
            "abs" => match arg(0) {
                Ty::Float => Ty::Float,
                _ => INT,
            },
            "array_sum" => match arg(0).element() {
                Ty::Float => Ty::Float,
                _ => INT,
            },
            "array_keys" => match arg(0) {
                Ty::Map(key, _) => Ty::List(key),
                _ => Ty::List(Box::new(INT)),
            },
            "array_key_first" | "array_key_last" | "array_search" => {
                let list = if name == "array_search" { arg(1) } else { arg(0) };
                match list {
                    Ty::Map(key, _) => (*key).clone().opt(),
                    _ => Ty::Int(Rep::Usize).opt(),
                }
            }
            "array_values" => Ty::List(Box::new(arg(0).element())),
            "array_reverse" => match arg(0) {
                list @ Ty::List(_) => list,
                Ty::Map(key, inner) if !matches!(*key, Ty::Int(_)) => Ty::Map(key, inner),
                other => Ty::List(Box::new(other.element())),
            },
            "array_merge" => {
                let all = args.iter().fold(Ty::Unknown, |all, a| all.join(&self.of(a).loose()));
                match all {
                    Ty::Map(key, inner) if matches!(*key, Ty::Int(_)) => Ty::List(inner),
                    other => other,
                }
            }
            "array_pop" | "array_shift" => match arg(0).element() {
                element @ Ty::Str(_) => element,
                element => element.opt(),
            },
            "array_slice" | "array_unique" | "array_pad" => arg(0),
            "current" | "reset" | "end" => arg(0).element().opt(),
            "array_splice" => Ty::Void,
            "array_fill" => Ty::List(Box::new(match arg(2) {
                Ty::Int(Rep::Literal) => INT,
                Ty::Str(Text::Literal) => STRING,
                other => Self::as_element(other),
            })),
            "date_default_timezone_set" => Ty::Void,
            "array_filter" => match arg(0) {
                Ty::List(inner) => Ty::Map(Box::new(INT), inner),
                other => other,
            },
            "usort" => Ty::Bool,
            "array_map" => match args.first().map(|f| &f.kind) {
                Some(ExprKind::Closure(at, _)) => match self.returned(*at) {
                    Ty::Void => Ty::Mixed("a function that returns nothing".into()),
                    Ty::Str(Text::Literal) => Ty::List(Box::new(STRING)),
                    element => Ty::List(Box::new(Self::as_element(element))),
                },
                Some(ExprKind::Function(f)) => Ty::List(Box::new(self.of_call(f, &args[1..]))),
                Some(ExprKind::Str(f)) => Ty::List(Box::new(self.of_call(&String::from_utf8_lossy(f), &args[1..]))),
                _ => Ty::Unknown,
            },
            "array_rand" if args.len() == 1 => match arg(0) {
                Ty::Map(key, _) => *key,
                _ => INT,
            },
            "hrtime" if args.len() == 1 => INT,
            "range" => Ty::List(Box::new(INT)),
            "pack" => BYTES,
            "hash" => STRING,
            "strtr" => BYTES,
            "shell_exec" => BYTES.maybe(),
            "json_encode" => BYTES.opt(),
            "json_decode" => Ty::Json,
            "json_last_error" => INT,
            crate::calls::PROPERTY => match arg(0) {
                Ty::Json => Ty::Json,
                Ty::Unknown => Ty::Unknown,
                _ => Ty::Mixed(crate::parse::OBJECTS.into()),
            },
            "is_integer" | "is_float" | "is_bool" | "is_object" => Ty::Bool,
            "fopen" if args.first().is_some_and(crate::calls::is_stdin) => Ty::Input.opt(),
            "fopen" if args.get(1).is_some_and(crate::calls::is_reading) => Ty::Input.opt(),
            "fopen" => Ty::File.opt(),
            "fread" | "stream_get_contents" => BYTES.opt(),
            "feof" | "flock" => Ty::Bool,
            "fclose" => Ty::Void,
            "unpack" => args.first().map_or(Ty::Unknown, crate::calls::unpacked),
            "extension_loaded" | "function_exists" | "defined" => Ty::Bool,
            _ => match functions::find(name, args.len()) {
                Some(fun) => {
                    let (or_false, code) = match fun.returns.strip_prefix('?') {
                        Some(code) => (true, code),
                        None => (false, fun.returns),
                    };
                    let ty = match code {
                        "()" | "b" => Ty::Bool,
                        "S" => Ty::Socket,
                        "z" => Ty::Int(Rep::Usize),
                        "i" => Ty::Int(Rep::I32),
                        "l" => INT,
                        "f" => Ty::Float,
                        "B" => BYTES,
                        "T" => STRING,
                        "L" => Ty::List(Box::new(BYTES)),
                        _ => Ty::Void,
                    };
                    debug_assert!(fun.how != How::Plain || !or_false);
                    if or_false { ty.opt() } else { ty }
                }
                None if functions::without_effect(name) => Ty::Void,
                None => Ty::Mixed(format!("the function {name}()")),
            },
        }
    }
}
