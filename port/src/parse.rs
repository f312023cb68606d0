//! PHP text to the tree of `ast`, by php-rs-parser.

mod classes;
mod closures;
mod exposed;
mod expressions;
mod functions;
mod gathered;
mod spellings;

use std::collections::{BTreeMap, BTreeSet};

use php_ast::owned as php;

use crate::ast::*;
use crate::exceptions;
use crate::shape::{Shaper, missing};
pub(crate) use functions::called;

/// The program, or the line and the text of the first mistake.
pub(crate) fn parse(source: &str, blocked: &BTreeSet<Id>, prelude: bool) -> Result<Program, (usize, String)> {
    let result = php_rs_parser::parse(source);
    if let Some(error) = result.errors.first() {
        return Err((error.span().start as usize, error.to_string()));
    }
    let mut lower = Lower {
        source,
        next: 0,
        functions: Vec::new(),
        exceptions: Vec::new(),
        strict: false,
        namespaced: false,
        renamed: BTreeMap::new(),
        begun: Block::new(),
        named: BTreeMap::new(),
        seen: None,
        top: true,
        ticks: false,
        constants: BTreeMap::new(),
        known: Vec::new(),
        classes: Vec::new(),
        placed: BTreeMap::new(),
        class: None,
        objects: BTreeMap::new(),
        touched: BTreeSet::new(),
        used: BTreeSet::new(),
        outside: BTreeSet::new(),
    };
    lower.name_closures(&result.program.stmts, &result.comments);
    lower.exception_classes(&result.program.stmts);
    lower.find_classes(&result.program.stmts);
    let mut main = lower.statements(&result.program.stmts);
    lower.add_properties();
    main.splice(0..0, lower.begun);
    let (mut functions, mut classes) = (lower.functions, lower.classes);
    let (exceptions, strict, ticks) = (lower.exceptions, lower.strict, lower.ticks);
    let mut shaper = Shaper { next: &mut lower.next, blocked, own: missing(&functions) };
    shaper.block(&mut main);
    functions.iter_mut().for_each(|function| shaper.block(&mut function.body));
    classes::find_set_first(&mut classes, &functions);
    exposed::find(&mut classes, &functions, &main);
    let comments = result
        .comments
        .iter()
        .map(|comment| {
            let span = comment.span.start as usize..comment.span.end as usize;
            Comment { text: source[span.clone()].trim_end().to_owned(), span }
        })
        .collect();
    let keeps_data = ["SO_RCVTIMEO", "socket_set_nonblock", "MSG_DONTWAIT", "socket_connect", "@socket_recvfrom"]
        .iter()
        .any(|word| source.contains(word));
    let mut program = Program {
        main,
        functions,
        comments,
        classes,
        exceptions,
        strict,
        ticks,
        keeps_data,
        nodes: lower.next,
        prelude,
        ..Program::default()
    };
    program.errors = exceptions::errors(&program);
    crate::signals::find(&mut program);
    Ok(program)
}

pub(crate) const OBJECTS: &str = "objects are not ported: a struct with methods is the way (docs/from-php.md)";

struct Lower<'a> {
    source: &'a str,
    next: Id,
    functions: Vec<Function>,
    exceptions: Vec<(String, String)>,
    strict: bool,
    /// `namespace Name;`
    namespaced: bool,
    /// The static variables of the function at hand, and the names that they have in the main program.
    renamed: BTreeMap<String, String>,
    /// What the main program begins with.
    begun: Block,
    /// Variables of the main program that are a closure and nothing else, by the place of the statement that says so: the name
    /// of the function that they become.
    named: BTreeMap<String, (u32, String)>,
    /// Those of them that can be seen; all in the main program.
    seen: Option<BTreeSet<String>>,
    /// Whether the statement at hand is one of the main program, in no block.
    top: bool,
    /// `declare(ticks=1)`
    ticks: bool,
    /// The constants of the program whose value is written out.
    constants: BTreeMap<String, ExprKind>,
    /// The classes that the program declares, and those of them that have been read, by their places in `known`.
    known: Vec<classes::Known>,
    classes: Vec<Class>,
    placed: BTreeMap<usize, usize>,
    /// The class of the method at hand.
    class: Option<usize>,
    /// The classes of the variables that are an object.
    objects: BTreeMap<String, usize>,
    /// The variables of the properties that the method at hand uses, and the properties that are used at all.
    touched: BTreeSet<String>,
    used: BTreeSet<(usize, String)>,
    /// The classes whose properties are looked at from outside.
    outside: BTreeSet<usize>,
}

impl Lower<'_> {
    fn id(&mut self) -> Id {
        self.next += 1;
        self.next - 1
    }

    /// Classes that are an exception by another name.
    fn exception_classes(&mut self, statements: &[php::Stmt]) {
        for statement in statements {
            if let php::StmtKind::Class(class) = &statement.kind
                && let (Some(name), Some(parent)) = (&class.name, &class.extends)
                && class.body.members.is_empty()
                && let Some(parent) = exceptions::class(&self.exceptions, parent.as_str())
            {
                self.exceptions.push((name.or_error().to_owned(), parent));
            }
        }
    }

    fn exception_class(&self, class: &php::ClassDecl) -> bool {
        class.name.as_ref().is_some_and(|name| self.exceptions.iter().any(|(other, _)| other == name.or_error()))
    }

    fn block(&mut self, statements: &[php::Stmt]) -> Block {
        let top = std::mem::replace(&mut self.top, false);
        let block = self.statements(statements);
        self.top = top;
        block
    }

    fn statements(&mut self, statements: &[php::Stmt]) -> Block {
        let mut block = Block::new();
        for statement in statements {
            self.stmt(statement, &mut block);
        }
        gathered::gather(&mut block);
        block
    }

    /// The block of a body, whether it has braces or not.
    fn body(&mut self, statement: &php::Stmt) -> Block {
        match &statement.kind {
            php::StmtKind::Block(block) => self.block(&block.stmts),
            _ => self.block(std::slice::from_ref(statement)),
        }
    }

    fn exprs(&mut self, list: &[php::Expr]) -> Vec<Expr> {
        list.iter().map(|e| self.expr(e)).collect()
    }

    fn stmt(&mut self, statement: &php::Stmt, block: &mut Block) {
        use php::StmtKind as P;
        let refuse = |what: &str| StmtKind::Refused(what.to_owned());
        let kind = match &statement.kind {
            P::Expression(e) if self.named.values().any(|(at, _)| *at == statement.span.start) => {
                match self.named_closure(e, &statement.span) {
                    Ok(name) => StmtKind::Function(name),
                    Err(reason) => StmtKind::Refused(reason),
                }
            }
            P::Expression(e) if self.handler(e).is_some() => {
                let e = self.signal(e, &statement.span, block);
                StmtKind::Expr(e)
            }
            P::Expression(e) => {
                let e = self.expr(e);
                match e.kind {
                    ExprKind::Call(name, mut args) if name == "define" && args.len() == 2 => match &args[0].kind {
                        ExprKind::Str(constant) => {
                            let constant = String::from_utf8_lossy(constant).into_owned();
                            let value = self.folded(args.remove(1));
                            self.defined(&constant, &value);
                            StmtKind::Const(constant, value)
                        }
                        _ => refuse("a constant whose name is computed"),
                    },
                    _ => StmtKind::Expr(e),
                }
            }
            P::Echo(list) => StmtKind::Echo(self.exprs(list)),
            P::Return(e) => StmtKind::Return(e.as_ref().map(|e| self.expr(e))),
            P::Block(inner) => StmtKind::Block(self.block(&inner.stmts)),
            P::If(s) => {
                let mut branches = vec![(self.expr(&s.condition), self.body(&s.then_branch))];
                for branch in &s.elseif_branches {
                    branches.push((self.expr(&branch.condition), self.body(&branch.body)));
                }
                let mut otherwise = s.else_branch.as_ref().map(|b| self.body(b));
                // `else if` is `elseif`.
                while let Some([Stmt { kind: StmtKind::If(..), .. }]) = otherwise.as_deref() {
                    let Some(Stmt { kind: StmtKind::If(more, rest), .. }) = otherwise.take().and_then(|mut b| b.pop())
                    else {
                        break;
                    };
                    branches.extend(more);
                    otherwise = rest;
                }
                if let Some((name, value)) = self.first_definition(&branches, otherwise.as_ref(), &statement.span) {
                    self.push(block, &statement.span, StmtKind::Const(name, value));
                    return;
                }
                StmtKind::If(branches, otherwise)
            }
            P::While(s) => StmtKind::While(self.expr(&s.condition), self.body(&s.body)),
            P::DoWhile(s) => StmtKind::DoWhile(self.body(&s.body), self.expr(&s.condition)),
            P::For(s) => {
                StmtKind::For(self.exprs(&s.init), self.exprs(&s.condition), self.exprs(&s.update), self.body(&s.body))
            }
            P::Foreach(s) => {
                if s.by_ref || s.key_by_ref {
                    refuse("foreach by reference")
                } else {
                    StmtKind::Foreach {
                        list: self.expr(&s.expr),
                        key: s.key.as_ref().map(|e| self.expr(e)),
                        value: self.expr(&s.value),
                        body: self.body(&s.body),
                    }
                }
            }
            P::Break(level) | P::Continue(level) => {
                let count = match level.as_deref().map(|e| &e.kind) {
                    None => 1,
                    Some(php::ExprKind::Int(n)) => usize::try_from(*n).unwrap_or(1).max(1),
                    Some(_) => 1,
                };
                if matches!(statement.kind, P::Break(_)) { StmtKind::Break(count) } else { StmtKind::Continue(count) }
            }
            P::Switch(s) => StmtKind::Switch(
                self.expr(&s.expr),
                s.body
                    .cases
                    .iter()
                    .map(|case| (case.value.as_ref().map(|e| self.expr(e)), self.block(&case.body)))
                    .collect(),
            ),
            P::Unset(list) => StmtKind::Unset(self.exprs(list)),
            P::Global(list) => {
                let names = self.exprs(list).iter().filter_map(|e| e.var().map(str::to_owned)).collect::<Vec<_>>();
                if names.len() == list.len() { StmtKind::Global(names) } else { refuse("global with a computed name") }
            }
            P::Function(f) if self.functions.iter().any(|other| other.name.eq_ignore_ascii_case(f.name.or_error())) => {
                refuse("a function that is declared twice: PHP does not start such a program")
            }
            P::Function(f) if self.namespaced && crate::functions::known(&f.name.or_error().to_lowercase()) => {
                refuse("a function of a namespace that has the name of one of PHP's")
            }
            P::Function(f) => {
                self.function(f, &statement.span);
                StmtKind::Function(f.name.or_error().to_owned())
            }
            P::Const(items) => {
                for item in items {
                    let value = self.expr(&item.value);
                    let value = self.folded(value);
                    self.defined(item.name.or_error(), &value);
                    let kind = StmtKind::Const(item.name.or_error().to_owned(), value);
                    self.push(block, &statement.span, kind);
                }
                return;
            }
            P::Declare(d) if d.body.is_none() => {
                if d.directives.iter().any(|(name, value)| {
                    name.eq_ignore_ascii_case("strict_types") && matches!(value.kind, php::ExprKind::Int(1))
                }) {
                    self.strict = true;
                }
                self.ticks |= d.directives.iter().any(|(name, _)| name.eq_ignore_ascii_case("ticks"));
                StmtKind::Nothing
            }
            P::InlineHtml(text) => {
                let text = text.as_str();
                // The line that starts a script for the shell is none of PHP's output.
                if block.is_empty() && text.starts_with("#!") && text.trim_end().lines().count() <= 1 {
                    StmtKind::Nothing
                } else {
                    StmtKind::Html(text.as_bytes().to_vec())
                }
            }
            P::Nop => return,
            P::Class(class) if self.exception_class(class) => StmtKind::Nothing,
            P::Class(class) if self.top && self.class_reason(class).is_none() => {
                self.class(class, &statement.span, block);
                return;
            }
            P::Class(class) if !self.top && self.class_reason(class).is_none() => {
                refuse("a class in a block or a function")
            }
            P::Class(class) if self.class_reason(class).is_some() => {
                refuse(self.class_reason(class).unwrap_or_default())
            }
            P::Class(_) | P::Interface(_) | P::Trait(_) | P::Enum(_) => {
                refuse("classes are not ported: a struct with methods is the way (docs/from-php.md)")
            }
            P::TryCatch(t)
                if self.namespaced
                    && !t.catches.iter().all(|c| c.types.iter().all(|name| self.is_global(&name.span))) =>
            {
                refuse("a class of the namespace: PHP's own have \\ in front")
            }
            P::TryCatch(t) => StmtKind::Try {
                body: self.block(&t.body.stmts),
                catches: t
                    .catches
                    .iter()
                    .map(|c| {
                        let span = c.span.start as usize..c.span.end as usize;
                        let var = c.var.as_ref().map(|name| Expr {
                            id: self.id(),
                            span: span.clone(),
                            kind: ExprKind::Var(name.or_error().to_owned()),
                        });
                        Catch {
                            classes: c.types.iter().map(|name| name.as_str().to_owned()).collect(),
                            var,
                            body: self.block(&c.body.stmts),
                            span,
                        }
                    })
                    .collect(),
                finally: t.finally.as_ref().map(|f| Finally {
                    body: self.block(&f.stmts),
                    start: t.finally_kw_span.map_or(f.span.start, |span| span.start) as usize,
                }),
            },
            P::Throw(e) => {
                let inner = self.boxed(e);
                let span = statement.span.start as usize..statement.span.end as usize;
                StmtKind::Expr(Expr { id: self.id(), span, kind: ExprKind::Throw(inner) })
            }
            P::StaticVar(list) if list.iter().all(|v| self.renamed.contains_key(v.name.or_error())) => {
                StmtKind::Global(list.iter().map(|v| self.renamed[v.name.or_error()].clone()).collect())
            }
            P::StaticVar(_) => refuse("static variables in a block, or without a value"),
            P::Goto(_) | P::Label(_) => refuse("goto"),
            P::Namespace(n) if !self.namespaced && matches!(n.body, php::NamespaceBody::Simple) => {
                self.namespaced = true;
                StmtKind::Nothing
            }
            P::Namespace(_) | P::Use(_) => refuse("several namespaces, and names from others"),
            _ => refuse("this kind of statement"),
        };
        self.push(block, &statement.span, kind);
    }

    fn push(&mut self, block: &mut Block, span: &php_ast::Span, kind: StmtKind) {
        let id = self.id();
        let start = span.start as usize;
        let end = start + self.source[start..span.end as usize].trim_end().len();
        block.push(Stmt { id, span: start..end, kind });
    }

    /// Whether a name is one of PHP's own in any namespace.
    fn is_global(&self, span: &php_ast::Span) -> bool {
        self.source[span.start as usize..].starts_with('\\')
    }

    /// Whether the text seems to declare a function of this name.
    fn declares(&self, name: &str) -> bool {
        let text = self.source.to_lowercase();
        text.match_indices("function").any(|(at, word)| {
            let rest = text[at + word.len()..].trim_start_matches(|c: char| c.is_whitespace() || c == '&');
            rest.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    }
}
