//! The part of PHP that can be ported, as a tree of its own: parentheses are gone, names are resolved, and what cannot be
//! ported is a node that carries the reason. Each node has a number, by which the audit counts it.

mod ends;

use std::ops::Range;

pub(crate) use ends::{always_returns, breaks, continues, is_always, leaves};

pub(crate) type Id = usize;

#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) id: Id,
    pub(crate) span: Range<usize>,
    pub(crate) kind: ExprKind,
}

#[derive(Clone, Debug)]
pub(crate) enum ExprKind {
    Int(i64),
    Float(f64),
    Str(Vec<u8>),
    Bool(bool),
    Null,
    Interpolated(Vec<Expr>),
    Var(String),
    Const(String),
    Assign(Box<Expr>, Box<Expr>),
    AssignOp(BinOp, Box<Expr>, Box<Expr>),
    Binary(BinOp, Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Step {
        before: bool,
        up: bool,
        target: Box<Expr>,
    },
    Ternary(Box<Expr>, Option<Box<Expr>>, Box<Expr>),
    Coalesce(Box<Expr>, Box<Expr>),
    Call(String, Vec<Expr>),
    Index(Box<Expr>, Option<Box<Expr>>),
    Array(Vec<(Option<Expr>, Expr)>),
    Print(Box<Expr>),
    Cast(Cast, Box<Expr>),
    Silence(Box<Expr>),
    Isset(Vec<Expr>),
    Empty(Box<Expr>),
    Exit(Option<Box<Expr>>),
    Throw(Box<Expr>),
    Match(Box<Expr>, Vec<(Option<Vec<Expr>>, Expr)>),
    /// `intval(...)`, or the name of a function as text where a function is wanted.
    Function(String),
    /// A function without a name, by its place among the functions, and the variables that it takes with it.
    Closure(usize, Vec<Expr>),
    Refused(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cast {
    Int,
    Float,
    String,
    Bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BinOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Concat,
    Equal,
    NotEqual,
    Identical,
    NotIdentical,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
    And,
    Or,
    Xor,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    Spaceship,
}

#[derive(Clone, Debug)]
pub(crate) struct Stmt {
    pub(crate) id: Id,
    pub(crate) span: Range<usize>,
    pub(crate) kind: StmtKind,
}

pub(crate) type Block = Vec<Stmt>;

#[derive(Clone, Debug)]
pub(crate) enum StmtKind {
    Expr(Expr),
    Echo(Vec<Expr>),
    Return(Option<Expr>),
    Block(Block),
    If(Vec<(Expr, Block)>, Option<Block>),
    While(Expr, Block),
    DoWhile(Block, Expr),
    For(Vec<Expr>, Vec<Expr>, Vec<Expr>, Block),
    Foreach {
        list: Expr,
        key: Option<Expr>,
        value: Expr,
        body: Block,
    },
    Break(usize),
    Continue(usize),
    Switch(Expr, Vec<(Option<Expr>, Block)>),
    Unset(Vec<Expr>),
    Global(Vec<String>),
    /// Where a function of this name is declared.
    Function(String),
    /// Where a class is declared, by its place among the classes.
    Class(usize),
    Const(String, Expr),
    /// `$x = call;` and, when that is false, a block that leaves: `let Some(x) = … else { … }`.
    Guard {
        var: Expr,
        call: Expr,
        otherwise: Block,
    },
    /// `while (($x = call) !== false)`: the value is there in the body. `tests` are what else is asked of it.
    WhileLet {
        var: Expr,
        call: Expr,
        test: Wanted,
        body: Block,
    },
    Try {
        body: Block,
        catches: Vec<Catch>,
        finally: Option<Finally>,
    },
    Html(Vec<u8>),
    /// Nothing happens in Rust: `error_reporting(E_ALL)`, `declare(ticks=1)`.
    Nothing,
    Refused(String),
}

#[derive(Clone, Debug)]
pub(crate) struct Catch {
    pub(crate) classes: Vec<String>,
    pub(crate) var: Option<Expr>,
    pub(crate) body: Block,
    pub(crate) span: Range<usize>,
}

/// What is done however a `try` ends.
#[derive(Clone, Debug)]
pub(crate) struct Finally {
    pub(crate) body: Block,
    /// Where it begins.
    pub(crate) start: usize,
}

/// What the head of a loop asks of the value that it assigns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wanted {
    /// Anything but false.
    NotFalse,
    /// What is true as PHP sees it.
    True,
    /// At least so much.
    AtLeast(i64),
}

#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) params: Vec<Param>,
    pub(crate) body: Block,
    /// Whether it has no name and is written where it is used.
    pub(crate) closure: bool,
    /// The type of the result, if it is declared.
    pub(crate) hint: Option<String>,
    pub(crate) span: Range<usize>,
    /// The class whose method it is, by its place among the classes.
    pub(crate) class: Option<usize>,
}

/// A class whose objects are structs.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    pub(crate) name: String,
    /// As they are declared, then as they are first used.
    pub(crate) properties: Vec<Property>,
    /// Its methods in the order of the text, by their places among the functions.
    pub(crate) methods: Vec<usize>,
    /// Where a destructor stands that only closes what the program's end closes.
    pub(crate) destructor: Option<Range<usize>>,
    /// How many variables are objects of it, and whether its properties are looked at by them.
    pub(crate) objects: usize,
    pub(crate) outside: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Property {
    pub(crate) name: String,
    /// Where it is declared, if it is.
    pub(crate) start: Option<usize>,
    pub(crate) default: Option<Expr>,
    pub(crate) hint: Option<String>,
    pub(crate) readonly: bool,
    /// Whether the constructor assigns to it before anything looks at it, so that it is never null.
    pub(crate) set_first: bool,
    /// Whether something may look at it before anything is assigned to it.
    pub(crate) exposed: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Param {
    pub(crate) name: String,
    pub(crate) by_ref: bool,
    pub(crate) default: Option<Expr>,
    pub(crate) hint: Option<String>,
    /// The number under which the parameter is a definition of its variable.
    pub(crate) id: Id,
}

#[derive(Clone, Debug)]
pub(crate) struct Comment {
    pub(crate) span: Range<usize>,
    pub(crate) text: String,
}

/// Who sees what PHP's own functions throw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Errors {
    /// Nobody: it ends the program.
    #[default]
    Unseen,
    /// A `finally`, behind which it ends the program.
    Passing,
    /// A `catch`, which may look at the message.
    Caught,
}

#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) main: Block,
    pub(crate) functions: Vec<Function>,
    pub(crate) comments: Vec<Comment>,
    /// The classes that become structs.
    pub(crate) classes: Vec<Class>,
    /// The classes of exceptions that the program declares, each with its parent.
    pub(crate) exceptions: Vec<(String, String)>,
    /// `declare(strict_types=1)`
    pub(crate) strict: bool,
    /// The functions that are called for signals, by the signal, and whether that happens wherever PHP waits.
    pub(crate) handlers: Vec<(i64, String)>,
    pub(crate) async_signals: bool,
    /// Where the first of them is given.
    pub(crate) handled_from: usize,
    /// Whether there is a `pcntl_signal_dispatch()`, a `declare(ticks=1)`.
    pub(crate) dispatches: bool,
    pub(crate) ticks: bool,
    /// Whether it is seen what PHP's own functions throw: something catches it, or there is a `finally`.
    pub(crate) errors: Errors,
    /// Whether `socket_recvfrom` is to be expected to fail: what it then leaves alone is seen.
    pub(crate) keeps_data: bool,
    pub(crate) nodes: usize,
    /// Whether the functions of the parity scripts' prelude are there: `show()` and `listening()`.
    pub(crate) prelude: bool,
}

/// What the variable of a property is called.
pub(crate) fn property_name(class: &str, property: &str) -> String {
    format!("{class}->{property}")
}

/// The class and the name of a property by its variable.
pub(crate) fn property_of(variable: &str) -> Option<(&str, &str)> {
    variable.split_once("->")
}

/// The name that a constructor has as a function.
pub(crate) const CONSTRUCTOR: &str = "__construct";

impl Function {
    /// The name of a method without its class.
    pub(crate) fn method(&self) -> &str {
        self.name.split_once("::").map_or(&self.name, |(_, method)| method)
    }

    pub(crate) fn is_constructor(&self) -> bool {
        self.class.is_some() && self.method() == CONSTRUCTOR
    }

    /// Whether it is called with an object.
    pub(crate) fn has_object(&self) -> bool {
        self.class.is_some() && self.params.first().is_some_and(|param| param.name == "this")
    }
}

impl Expr {
    /// Shows the direct parts of an expression, in the order in which PHP evaluates them.
    pub(crate) fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        use ExprKind::*;
        match &self.kind {
            Int(_) | Float(_) | Str(_) | Bool(_) | Null | Var(_) | Const(_) | Function(_) | Refused(_) => {}
            Interpolated(parts) | Closure(_, parts) | Isset(parts) | Call(_, parts) => parts.iter().for_each(visit),
            Assign(target, value) => {
                visit(value);
                visit(target);
            }
            AssignOp(_, a, b) | Binary(_, a, b) | Coalesce(a, b) => {
                visit(a);
                visit(b);
            }
            Not(a) | Negate(a) | Step { target: a, .. } | Print(a) | Cast(_, a) | Silence(a) | Empty(a) | Throw(a) => {
                visit(a);
            }
            Ternary(a, b, c) => {
                visit(a);
                b.iter().for_each(|b| visit(b));
                visit(c);
            }
            Index(a, b) => {
                visit(a);
                b.iter().for_each(|b| visit(b));
            }
            Array(elements) => {
                for (key, value) in elements {
                    key.iter().for_each(&mut *visit);
                    visit(value);
                }
            }
            Exit(a) => a.iter().for_each(|a| visit(a)),
            Match(subject, arms) => {
                visit(subject);
                for (conditions, body) in arms {
                    conditions.iter().flatten().for_each(&mut *visit);
                    visit(body);
                }
            }
        }
    }

    /// Shows the expression and everything in it.
    pub(crate) fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        self.each(&mut |part| part.walk(visit));
    }

    pub(crate) fn any(&self, test: &dyn Fn(&Self) -> bool) -> bool {
        let mut found = false;
        self.walk(&mut |part| found |= test(part));
        found
    }

    /// Whether nothing comes after it: `exit` and `throw`.
    pub(crate) fn ends(&self) -> bool {
        matches!(self.kind, ExprKind::Exit(_) | ExprKind::Throw(_))
    }

    pub(crate) fn var(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Var(name) => Some(name),
            _ => None,
        }
    }
}

impl Stmt {
    pub(crate) fn is_loop(&self) -> bool {
        use StmtKind::*;
        matches!(self.kind, While(..) | WhileLet { .. } | DoWhile(..) | For(..) | Foreach { .. })
    }

    /// The expressions and the blocks of a statement, in the order of their text.
    pub(crate) fn parts(&self) -> (Vec<&Expr>, Vec<&Block>) {
        use StmtKind::*;
        match &self.kind {
            Expr(e) | Const(_, e) | Return(Some(e)) => (vec![e], vec![]),
            Echo(list) | Unset(list) => (list.iter().collect(), vec![]),
            Block(block) => (vec![], vec![block]),
            If(branches, otherwise) => {
                (branches.iter().map(|(e, _)| e).collect(), branches.iter().map(|(_, b)| b).chain(otherwise).collect())
            }
            While(e, b) | DoWhile(b, e) => (vec![e], vec![b]),
            For(init, test, step, b) => (init.iter().chain(test).chain(step).collect(), vec![b]),
            Foreach { list, key, value, body } => ([list].into_iter().chain(key).chain([value]).collect(), vec![body]),
            Switch(e, cases) => (
                [e].into_iter().chain(cases.iter().filter_map(|(e, _)| e.as_ref())).collect(),
                cases.iter().map(|(_, b)| b).collect(),
            ),
            Guard { var, call, otherwise } => (vec![var, call], vec![otherwise]),
            WhileLet { var, call, body, .. } => (vec![var, call], vec![body]),
            Try { body, catches, finally } => (
                catches.iter().filter_map(|c| c.var.as_ref()).collect(),
                [body]
                    .into_iter()
                    .chain(catches.iter().map(|c| &c.body))
                    .chain(finally.iter().map(|f| &f.body))
                    .collect(),
            ),
            Return(None) | Break(_) | Continue(_) | Global(_) | Function(_) | Class(_) | Html(_) | Nothing
            | Refused(_) => (vec![], vec![]),
        }
    }

    pub(crate) fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        let (expressions, blocks) = self.parts();
        expressions.into_iter().for_each(|e| e.walk(visit));
        blocks.into_iter().flatten().for_each(|s| s.walk(visit));
    }

    pub(crate) fn mentions(&self, name: &str) -> bool {
        let mut found = false;
        self.walk(&mut |e| found |= e.var() == Some(name));
        found
    }
}

/// Shows every statement of a block and of the blocks in it.
pub(crate) fn statements<'a>(block: &'a [Stmt], visit: &mut dyn FnMut(&'a Stmt)) {
    for statement in block {
        visit(statement);
        for inner in statement.parts().1 {
            statements(inner, visit);
        }
    }
}
