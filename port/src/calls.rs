//! Calls: the functions of the table, those that assign to their arguments, and those whose Rust depends on the types.

mod arguments;
mod arrays;
mod closures;
mod ends;
mod exceptions;
mod files;
mod json;
mod kinds;
mod known;
mod numbers;
mod out;
mod own;
mod pack;
mod replacing;
mod sockets;
mod strings;

pub(crate) use files::{is_reading, is_stdin};
pub(crate) use json::PROPERTY;
pub(crate) use pack::unpacked;

use crate::ast::*;
use crate::code::Code;
use crate::emit::{Emit, R, refuse};
use crate::functions::{self};
use crate::types::Ty;

impl Emit<'_> {
    /// A call; its own node has been counted.
    pub(crate) fn call(&mut self, e: &Expr, name: &str, args: &[Expr], silent: bool) -> R {
        if let Some(own) = self.types.own(name) {
            if silent {
                return refuse(e, "@ in front of a function of the program");
            }
            return self.own_call(e, own, args);
        }
        if self.types.program.strict {
            let texts = ["strlen", "fwrite", "fputs", "pathinfo", "unpack"].contains(&name);
            for arg in args {
                let ty = self.types.of(arg);
                let number =
                    name.starts_with("socket_") && matches!(&ty, Ty::Opt(inner) if matches!(**inner, Ty::Int(_)));
                if number || texts && matches!(ty, Ty::Int(_) | Ty::Float | Ty::Bool | Ty::Opt(_) | Ty::Maybe(_)) {
                    return refuse(arg, format!("{} where strict_types wants another type", ty.name()));
                }
            }
        }
        if name == "sha1" && self.source.to_lowercase().contains("258eafa5") {
            return refuse(e, "a WebSocket handshake by hand: see php_sockets::ws");
        }
        self.check_order(name, args)?;
        self.callee.clear();
        self.callee.push_str(name);
        let warn = if silent { "quiet" } else { "warn" };
        let subjects: [Subject<Self>; 13] = [
            Self::json_call,
            Self::socket_call,
            Self::replacing_call,
            Self::text_call,
            Self::pack_call,
            Self::kind_call,
            Self::known_call,
            Self::closure_call,
            Self::array_call,
            Self::end_call,
            Self::number_call,
            Self::file_call,
            Self::exception_call,
        ];
        for subject in subjects {
            if let Some(code) = subject(self, e, name, args, warn)? {
                return Ok(code);
            }
        }
        if let Some(reason) = never_ported(name) {
            return refuse(e, format!("{name}(): {reason}"));
        }
        let Some(fun) = functions::find(name, args.len()) else {
            let how = if functions::known(name) { "with so many arguments" } else { "is not known here" };
            return refuse(e, format!("{name}() {how}"));
        };
        self.table(e, fun, args, warn)
    }

    /// Sums of texts from `explode` are taken for sums of ints only where a trap says so.
    pub(crate) fn whole_numbers(&self) -> bool {
        false
    }

    pub(crate) fn nullable(&self, e: &Expr) -> bool {
        matches!(&e.kind, ExprKind::Call(name, _) if matches!(&**name, "array_pop" | "array_shift" | "array_key_first" | "array_key_last"))
            || self.types.web(e).is_some_and(|web| self.types.nulls.contains(&web))
    }
}

/// Whether `date` knows all letters of a format.
pub(crate) fn known_format(format: &Expr) -> bool {
    let ExprKind::Str(text) = &format.kind else { return false };
    let mut escaped = false;
    text.iter().all(|b| {
        let known = escaped || !b.is_ascii_alphabetic() || b"YyLzmntdjSHGhgisAaDlMFNwUIZTeOPrc".contains(b);
        escaped = !escaped && *b == b'\\';
        known
    }) && text.is_ascii()
}

type Subject<E> = fn(&mut E, &Expr, &str, &[Expr], &str) -> R<Option<Code>>;

/// Why a function is not ported, and what does its work.
fn never_ported(name: &str) -> Option<&'static str> {
    Some(match name {
        "is_null" | "is_resource" | "is_string" | "is_int" | "is_array" | "is_bool" | "gettype" | "print_r" => {
            "what a value is is known here, or not at all"
        }
        "fopen"
        | "fread"
        | "fclose"
        | "feof"
        | "stream_select"
        | "stream_socket_server"
        | "stream_socket_client"
        | "fsockopen"
        | "stream_set_blocking"
        | "stream_get_contents"
        | "stream_socket_accept"
        | "rewind" => "streams are the standard library's types (docs/from-php.md)",
        "pcntl_fork" | "pcntl_wait" | "pcntl_waitpid" | "pcntl_signal" => {
            "a thread does what a process does (docs/from-php.md)"
        }
        "preg_match" | "preg_match_all" | "preg_replace" | "preg_split" | "preg_quote" => {
            "regular expressions; the crate regex has them"
        }
        "socket_sendmsg" | "socket_recvmsg" | "socket_cmsg_space" | "socket_export_stream" | "socket_import_stream" => {
            "its array is a struct (docs/from-php.md)"
        }
        "define" => "a constant that is defined here",
        _ => return None,
    })
}
