//! Exceptions: the classes, which functions let one out, and what a `catch` takes.

use std::collections::BTreeSet;

use crate::ast::*;

/// PHP's classes that a program throws, each with its parent.
const CLASSES: &[(&str, &str)] = &[
    ("Exception", "Throwable"),
    ("Error", "Throwable"),
    ("TypeError", "Error"),
    ("ArgumentCountError", "TypeError"),
    ("ValueError", "Error"),
    ("ArithmeticError", "Error"),
    ("DivisionByZeroError", "ArithmeticError"),
    ("ErrorException", "Exception"),
    ("LogicException", "Exception"),
    ("BadFunctionCallException", "LogicException"),
    ("DomainException", "LogicException"),
    ("InvalidArgumentException", "LogicException"),
    ("LengthException", "LogicException"),
    ("OutOfRangeException", "LogicException"),
    ("RuntimeException", "Exception"),
    ("OutOfBoundsException", "RuntimeException"),
    ("OverflowException", "RuntimeException"),
    ("RangeException", "RuntimeException"),
    ("UnderflowException", "RuntimeException"),
    ("UnexpectedValueException", "RuntimeException"),
];

/// A class of exceptions, as it is spelt where it is declared.
pub(crate) fn class(own: &[(String, String)], name: &str) -> Option<String> {
    let name = name.trim_start_matches('\\');
    let builtin = CLASSES.iter().map(|(class, _)| *class);
    builtin
        .chain(own.iter().map(|(class, _)| class.as_str()))
        .find(|class| class.eq_ignore_ascii_case(name))
        .map(str::to_owned)
}

fn parent<'a>(own: &'a [(String, String)], class: &str) -> Option<&'a str> {
    CLASSES
        .iter()
        .find(|(name, _)| *name == class)
        .map(|(_, parent)| *parent)
        .or_else(|| own.iter().find(|(name, _)| name == class).map(|(_, parent)| parent.as_str()))
}

fn is_a(own: &[(String, String)], class: &str, wanted: &str) -> bool {
    let mut class = Some(class);
    while let Some(name) = class {
        if name.eq_ignore_ascii_case(wanted.trim_start_matches('\\')) {
            return true;
        }
        class = parent(own, name);
    }
    false
}

/// What a `catch` takes of the exceptions that the program makes.
#[derive(Debug, PartialEq)]
pub(crate) enum Taken {
    All,
    Some(Vec<String>),
    None,
}

pub(crate) fn taken(program: &Program, classes: &[String]) -> Taken {
    let all = made(program);
    let some: Vec<String> = all
        .iter()
        .filter(|class| classes.iter().any(|wanted| is_a(&program.exceptions, class, wanted)))
        .cloned()
        .collect();
    match some.len() {
        0 => Taken::None,
        count if count == all.len() => Taken::All,
        _ => Taken::Some(some),
    }
}

/// Whether a `catch` takes what PHP's own functions throw, too.
pub(crate) fn takes_errors(classes: &[String]) -> bool {
    const ERRORS: &[&str] = &[
        "Throwable",
        "Error",
        "TypeError",
        "ValueError",
        "ArgumentCountError",
        "ArithmeticError",
        "DivisionByZeroError",
    ];
    classes.iter().any(|class| ERRORS.iter().any(|error| class.trim_start_matches('\\').eq_ignore_ascii_case(error)))
}

/// The classes of which the program makes an exception.
fn made(program: &Program) -> BTreeSet<String> {
    let mut classes = BTreeSet::new();
    if program.errors != Errors::Unseen {
        classes.extend(["Error", "TypeError", "ValueError"].map(str::to_owned));
    }
    for s in program.functions.iter().map(|f| &f.body).chain([&program.main]).flatten() {
        s.walk(&mut |e| {
            if let ExprKind::Call(name, _) = &e.kind {
                classes.extend(name.strip_prefix("new ").map(str::to_owned));
            }
        });
    }
    classes
}

/// The functions out of which an exception may come.
pub(crate) fn throwing(program: &Program) -> Vec<bool> {
    let mut throwing = vec![false; program.functions.len()];
    loop {
        let before = throwing.clone();
        for (at, function) in program.functions.iter().enumerate() {
            throwing[at] |= escapes(program, &throwing, &function.body);
        }
        if before == throwing {
            return throwing;
        }
    }
}

/// Whether an exception may leave the block.
pub(crate) fn escapes(program: &Program, throwing: &[bool], block: &[Stmt]) -> bool {
    block.iter().any(|s| {
        if let StmtKind::Try { body, catches, finally } = &s.kind {
            return escapes_try(program, throwing, body, catches)
                || finally.as_ref().is_some_and(|f| escapes(program, throwing, &f.body));
        }
        let (expressions, blocks) = s.parts();
        expressions.into_iter().any(|e| throws(program, throwing, e))
            || blocks.into_iter().any(|b| escapes(program, throwing, b))
    })
}

/// Whether an exception may leave a block and those that catch what it throws.
pub(crate) fn escapes_try(program: &Program, throwing: &[bool], body: &[Stmt], catches: &[Catch]) -> bool {
    let kept = catches.iter().any(|c| taken(program, &c.classes) == Taken::All);
    !kept && escapes(program, throwing, body) || catches.iter().any(|c| escapes(program, throwing, &c.body))
}

/// Who sees what PHP's own functions throw.
pub(crate) fn errors(program: &Program) -> Errors {
    let (mut passing, mut caught) = (false, false);
    for body in program.functions.iter().map(|f| &f.body).chain([&program.main]) {
        statements(body, &mut |s| {
            let StmtKind::Try { body, catches, finally } = &s.kind else { return };
            let errors = body.iter().any(|s| {
                let mut found = false;
                s.walk(&mut |e| found |= matches!(&e.kind, ExprKind::Call(..)) || may_be_error(e));
                found
            });
            passing |= finally.is_some();
            caught |= errors && catches.iter().any(|c| takes_errors(&c.classes));
        });
    }
    match (passing, caught) {
        (_, true) => Errors::Caught,
        (true, _) => Errors::Passing,
        _ => Errors::Unseen,
    }
}

/// Whether PHP may throw an `Error` here that a program sees as an exception: a function of ext/sockets, by what it is given.
pub(crate) fn is_checked(e: &Expr) -> bool {
    const SAFE: &[&str] = &["socket_strerror", "socket_clear_error"];
    matches!(&e.kind, ExprKind::Call(name, args)
        if name.starts_with("socket_") && !SAFE.contains(&&**name) && !(name == "socket_last_error" && args.is_empty()))
}

/// Whether PHP may throw an `Error` here for which there is no exception: the program that is ported ends.
pub(crate) fn may_be_error(e: &Expr) -> bool {
    let nonzero = |e: &Expr| {
        matches!(e.kind, ExprKind::Int(n) if n != 0 && n != -1) || matches!(e.kind, ExprKind::Float(n) if n != 0.0)
    };
    let (name, args) = match &e.kind {
        ExprKind::Binary(BinOp::ShiftLeft | BinOp::ShiftRight, _, by)
        | ExprKind::AssignOp(BinOp::ShiftLeft | BinOp::ShiftRight, _, by) => {
            return !matches!(by.kind, ExprKind::Int(0..));
        }
        ExprKind::Binary(BinOp::Mod | BinOp::Div, _, by) | ExprKind::AssignOp(BinOp::Mod | BinOp::Div, _, by) => {
            return !nonzero(by);
        }
        ExprKind::Call(name, args) => (&**name, args.as_slice()),
        _ => return false,
    };
    let text = |at: usize| args.get(at).is_some_and(|e| matches!(&e.kind, ExprKind::Str(text) if !text.is_empty()));
    let int = |at: usize| match args.get(at).map(|e| &e.kind) {
        Some(ExprKind::Int(n)) => Some(*n),
        _ => None,
    };
    let safe = match name {
        "explode" | "file_get_contents" | "file_put_contents" | "file_put_contents::append" | "file" | "shell_exec" => {
            text(0)
        }
        "substr_count" => text(1),
        "strpos" | "stripos" => args.len() < 3,
        "str_split" => args.len() < 2 || int(1).is_some_and(|n| n > 0),
        "str_pad" => args.len() < 3 || text(2),
        "str_repeat" => int(1).is_some_and(|n| n >= 0),
        "random_bytes" => int(0).is_some_and(|n| n > 0),
        "rand" | "mt_rand" | "random_int" => int(0).zip(int(1)).is_some_and(|(a, b)| a <= b),
        "intdiv" => args.get(1).is_some_and(nonzero),
        "date" | "gmdate" => true,
        "sprintf" | "printf" => match args.first().map(|e| &e.kind) {
            Some(ExprKind::Str(format)) => format.iter().filter(|b| **b == b'%').count() < args.len(),
            _ => false,
        },
        _ => false,
    };
    let helper = crate::functions::find(name, args.len()).map_or(name, |fun| fun.rust);
    !safe && !name.starts_with("socket_") && crate::runtime::may_end(helper)
}

fn throws(program: &Program, throwing: &[bool], e: &Expr) -> bool {
    e.any(&|e| match &e.kind {
        ExprKind::Throw(_) => true,
        _ if program.errors != Errors::Unseen && is_checked(e) => true,
        ExprKind::Call(name, _) => {
            program.functions.iter().zip(throwing).any(|(f, throws)| *throws && f.name.eq_ignore_ascii_case(name))
        }
        _ => false,
    })
}
