//! Exceptions: the classes, which functions let one out, and what a `catch` takes.

use std::collections::BTreeSet;

use crate::ast::*;

/// PHP's classes that a program throws, each with its parent.
const CLASSES: &[(&str, &str)] = &[
    ("Exception", "Throwable"),
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
        if let StmtKind::Try { body, catches } = &s.kind {
            let kept = catches.iter().any(|c| taken(program, &c.classes) == Taken::All);
            return !kept && escapes(program, throwing, body)
                || catches.iter().any(|c| escapes(program, throwing, &c.body));
        }
        let (expressions, blocks) = s.parts();
        expressions.into_iter().any(|e| throws(program, throwing, e))
            || blocks.into_iter().any(|b| escapes(program, throwing, b))
    })
}

fn throws(program: &Program, throwing: &[bool], e: &Expr) -> bool {
    e.any(&|e| match &e.kind {
        ExprKind::Throw(_) => true,
        ExprKind::Call(name, _) => {
            program.functions.iter().zip(throwing).any(|(f, throws)| *throws && f.name.eq_ignore_ascii_case(name))
        }
        _ => false,
    })
}
