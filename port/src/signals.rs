//! Functions that are called for signals: which, and where.

use crate::ast::*;
use crate::emit::{Emit, R, call_of, refuse};
use crate::types::*;

/// What waits, or ends what waited, so that PHP looks for signals behind it.
const WAITING: &[&str] = &[
    "warn",
    "quiet",
    "sleep_or_signal",
    "usleep_or_signal",
    "read_line",
    "read_line_of",
    "readline",
    "fgets",
    "posix_kill",
    "shell_exec",
];

/// The functions of ext/sockets that wait.
const WAITING_CALLS: &[&str] = &[
    "socket_accept",
    "socket_connect",
    "socket_read",
    "socket_recv",
    "socket_recvfrom",
    "socket_recvmsg",
    "socket_select",
    "socket_send",
    "socket_sendmsg",
    "socket_sendto",
    "socket_write",
];

/// Whether signals may be handled in a function: it waits, or says where.
pub(crate) fn are_handled_in(program: &Program, body: &Block) -> bool {
    let mut found = false;
    body.iter().for_each(|s| {
        s.walk(&mut |e| {
            let ExprKind::Call(name, _) = &e.kind else { return };
            let waits = WAITING_CALLS.contains(&&**name)
                || ["sleep", "usleep", "readline", "fgets", "posix_kill", "shell_exec"].contains(&&**name);
            found |= name == "pcntl_signal_dispatch" || program.async_signals && waits;
        });
    });
    found
}

/// Finds the functions that the program gives to `pcntl_signal`.
pub(crate) fn find(program: &mut Program) {
    let (mut handlers, mut async_signals, mut dispatches) = (Vec::new(), false, false);
    let mut from = usize::MAX;
    let mut look = |e: &Expr| {
        let ExprKind::Call(name, args) = &e.kind else { return };
        match (name.as_str(), args.as_slice()) {
            ("pcntl_signal", [signal, handler]) => {
                if let (ExprKind::Const(signal), ExprKind::Str(name)) = (&signal.kind, &handler.kind)
                    && let Some(number) = crate::infer::signal(signal)
                {
                    from = from.min(e.span.start);
                    handlers.push((number, String::from_utf8_lossy(name).into_owned()));
                }
            }
            ("pcntl_signal_dispatch", []) => dispatches = true,
            ("pcntl_async_signals", [on]) => async_signals |= matches!(on.kind, ExprKind::Bool(true)),
            _ => {}
        }
    };
    for body in program.functions.iter().map(|f| &f.body).chain([&program.main]) {
        body.iter().for_each(|s| s.walk(&mut look));
    }
    let own = |name: &String| program.functions.iter().any(|f| f.name.eq_ignore_ascii_case(name));
    handlers.retain(|(_, name)| own(name));
    program.handled_from = from;
    (program.handlers, program.async_signals, program.dispatches) = (handlers, async_signals, dispatches);
}

impl Emit<'_> {
    /// `pcntl_signal(SIGINT, 'name')`
    pub(crate) fn handle_signal(&mut self, e: &Expr, signal: &Expr, handler: &Expr) -> R<crate::code::Code> {
        let program = self.types.program;
        let ExprKind::Str(name) = &handler.kind else {
            return refuse(handler, "a function for a signal that is computed, or is not there");
        };
        let Some(own) = self.types.own(&String::from_utf8_lossy(name)) else {
            return refuse(handler, "a function for a signal that is not there");
        };
        let number = match &signal.kind {
            ExprKind::Const(name) => crate::infer::signal(name),
            _ => None,
        };
        let Some(number) = number else { return refuse(signal, "a signal that is computed") };
        if program.handlers.iter().filter(|(other, _)| *other == number).count() > 1 {
            return refuse(signal, "a signal with several functions");
        }
        if self.function < program.functions.len() || !self.is_in_no_loop() {
            return refuse(e, "pcntl_signal() in a function or a loop");
        }
        if program.ticks {
            return refuse(e, "declare(ticks): pcntl_async_signals(true) has signals handled where PHP waits");
        }
        if self.types.throws[own] || program.errors != Errors::Unseen {
            return refuse(handler, "a function for a signal that throws, or where what PHP throws is caught");
        }
        if program.functions[own].params.len() > 1 {
            return refuse(handler, "a function for a signal that takes more than its number");
        }
        self.consume(signal);
        self.consume(handler);
        let text = match program.async_signals || program.dispatches {
            true => format!("on_signal({number})"),
            // Nobody ever calls it.
            false => format!("interrupted_by({number})"),
        };
        Ok(crate::code::Code::temp(text, Ty::Bool))
    }

    /// The closure that calls the functions of the program for a signal.
    pub(crate) fn on_signals(&mut self, e: &Expr) -> R<String> {
        let mut arms = Vec::new();
        for (number, name) in &self.types.program.handlers {
            let Some(own) = self.types.own(name) else { continue };
            if self.gone.contains(&own) {
                return refuse(e, format!("{name}() is refused"));
            }
            let mut texts = Vec::new();
            if !self.types.program.functions[own].params.is_empty() {
                texts.push("signal".to_owned());
            }
            self.with_globals(e, own, &mut texts)?;
            let call = format!("{}({})", crate::emit::ident(name), texts.join(", "));
            let call = if self.types.returns[own] == Ty::Void { call } else { format!("drop({call})") };
            arms.push((*number, call));
        }
        let [(_, first), rest @ ..] = arms.as_slice() else { return Ok("|_| {}".into()) };
        if rest.iter().all(|(_, call)| call == first) {
            let name = if first.contains("signal") { "signal" } else { "_" };
            return Ok(format!("|{name}| {first}"));
        }
        let arms: Vec<_> = arms.iter().map(|(number, call)| format!("{number} => {call}")).collect();
        Ok(format!("|signal| match signal {{ {}, _ => {{}} }}", arms.join(", ")))
    }

    /// Has signals handled behind each call that waits in the lines of a statement.
    pub(crate) fn check_signals(&mut self, s: &Stmt, from: usize) -> R<()> {
        let program = self.types.program;
        if program.handlers.is_empty() || program.ticks || program.errors != Errors::Unseen {
            return Ok(());
        }
        for (_, text) in &mut self.lines[from..] {
            for name in ["sleep", "usleep"] {
                if let Some(range) = call_of(text, name).filter(|_| !text.trim_start().starts_with("//")) {
                    text.replace_range(range.start..range.start + name.len(), &format!("{name}_or_signal"));
                }
            }
        }
        if !program.async_signals {
            return Ok(());
        }
        let within = program
            .functions
            .get(self.function)
            .is_some_and(|f| program.handlers.iter().any(|(_, name)| name.eq_ignore_ascii_case(&f.name)));
        let before = self.function == program.functions.len() && s.span.start < program.handled_from;
        // A function for a signal is not interrupted by another signal's.
        if within || before {
            return Ok(());
        }
        let Some(e) = s.parts().0.into_iter().next() else { return Ok(()) };
        for at in from..self.lines.len() {
            let mut text = self.lines[at].1.clone();
            if text.trim_start().starts_with("//") || text.contains("after(") {
                continue;
            }
            if call_of(&text, "must").is_some() {
                return refuse(e, "a socket that may be false, where a signal may come before that is seen");
            }
            for name in WAITING {
                while let Some(range) = call_of(&text, name) {
                    let call = &text[range.clone()];
                    if matches!(*name, "warn" | "quiet")
                        && WAITING_CALLS.iter().all(|name| call_of(call, name).is_none())
                    {
                        text.replace_range(range, &call.replacen('(', "\u{1}(", 1));
                        continue;
                    }
                    let handlers = self.on_signals(e)?;
                    let call = format!("after({name}\u{1}{}, {handlers})", &text[range.start + name.len()..range.end]);
                    text.replace_range(range, &call);
                }
            }
            self.lines[at].1 = text.replace('\u{1}', "");
        }
        Ok(())
    }
}
