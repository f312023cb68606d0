//! PHP text to the tree of `ast`, by php-rs-parser.

use std::collections::{BTreeMap, BTreeSet};

use php_ast::ast::{AssignOp, BinaryOp, BuiltinType, CastKind, MagicConstKind, UnaryPostfixOp, UnaryPrefixOp};
use php_ast::owned as php;

use crate::ast::*;
use crate::exceptions;
use crate::shape::{Shaper, missing};

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
    };
    lower.name_closures(&result.program.stmts, &result.comments);
    lower.exception_classes(&result.program.stmts);
    let mut main = lower.statements(&result.program.stmts);
    main.splice(0..0, lower.begun);
    let mut functions = lower.functions;
    let (exceptions, strict, ticks) = (lower.exceptions, lower.strict, lower.ticks);
    let mut shaper = Shaper { next: &mut lower.next, blocked, own: missing(&functions) };
    shaper.block(&mut main);
    functions.iter_mut().for_each(|function| shaper.block(&mut function.body));
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
                            StmtKind::Const(constant, args.remove(1))
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
                    let kind = StmtKind::Const(item.name.or_error().to_owned(), self.expr(&item.value));
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

    fn function(&mut self, f: &php::FunctionDecl, span: &php_ast::Span) {
        let params = self.params(&f.params);
        let seen = self.seen.replace(BTreeSet::new());
        self.statics(f);
        let body = self.block(&f.body.stmts);
        self.seen = seen;
        self.renamed.clear();
        let function = Function {
            name: f.name.or_error().to_owned(),
            params,
            body,
            closure: false,
            hint: f.return_type.as_ref().and_then(hint),
            span: span.start as usize..span.end as usize,
        };
        self.functions.push(function);
    }

    /// Finds the variables that are a closure from the one statement at the top level on that assigns to them, and that are
    /// only called from then on, or given to a function.
    fn name_closures(&mut self, list: &[php::Stmt], comments: &[php::Comment]) {
        for statement in list {
            let php::StmtKind::Expression(e) = &statement.kind else { continue };
            let php::ExprKind::Assign(assign) = &e.kind else { continue };
            let php::ExprKind::Variable(name) = &assign.target.kind else { continue };
            let closure = matches!(&assign.value.kind, php::ExprKind::Closure(c) if !c.body.stmts.is_empty())
                || matches!(assign.value.kind, php::ExprKind::ArrowFunction(_));
            let name = name.as_str().trim_start_matches('$').to_owned();
            let start = statement.span.start as usize;
            if !closure || assign.by_ref || assign.op != AssignOp::Assign || self.named.contains_key(&name) {
                continue;
            }
            let word = |c: char| c.is_alphanumeric() || c == '_';
            let only_called = self.source.match_indices(&format!("${name}")).all(|(at, text)| {
                let rest = &self.source[at + text.len()..];
                let next = rest.trim_start();
                let said = comments.iter().any(|c| (c.span.start as usize..c.span.end as usize).contains(&at));
                said || rest.starts_with(word) || at == start || at > start && next.starts_with(['(', ',', ')'])
            });
            if only_called {
                let mut function = name.clone();
                while crate::functions::known(&function.to_lowercase())
                    || crate::functions::is_pure(&function.to_lowercase())
                    || self.declares(&function.to_lowercase())
                {
                    function.push('_');
                }
                self.named.insert(name, (statement.span.start, function));
            }
        }
    }

    /// The closure that a statement of the main program gives to `pcntl_signal`.
    fn handler<'e>(&self, e: &'e php::Expr) -> Option<&'e php::Expr> {
        let php::ExprKind::FunctionCall(call) = &e.kind else { return None };
        let named = matches!(&call.name.kind, php::ExprKind::Name(name) if name.as_str().eq_ignore_ascii_case("pcntl_signal"))
            || matches!(&call.name.kind, php::ExprKind::Identifier(name) if name.as_str().eq_ignore_ascii_case("pcntl_signal"));
        let [_, given, ..] = call.args.as_ref() else { return None };
        let php::ArgKind::Value(given) = &given.kind else { return None };
        let closure = matches!(&given.kind, php::ExprKind::Closure(c) if !c.body.stmts.is_empty())
            || matches!(given.kind, php::ExprKind::ArrowFunction(_));
        (named && self.top && closure).then_some(given)
    }

    /// `pcntl_signal(SIGINT, function …)`: the closure is a function.
    fn signal(&mut self, e: &php::Expr, span: &php_ast::Span, block: &mut Block) -> Expr {
        let at = e.span.start as usize..e.span.end as usize;
        let (Some(given), php::ExprKind::FunctionCall(call)) = (self.handler(e), &e.kind) else {
            return Expr { id: self.id(), span: at, kind: ExprKind::Refused("this handler".into()) };
        };
        let signal = match call.args.first().map(|arg| &arg.kind) {
            Some(php::ArgKind::Value(e)) => self.expr(e),
            _ => return Expr { id: self.id(), span: at, kind: ExprKind::Refused("this signal".into()) },
        };
        let ExprKind::Const(constant) = &signal.kind else {
            return Expr { id: self.id(), span: at, kind: ExprKind::Refused("a signal that is computed".into()) };
        };
        let mut name = format!("on_{}", constant.to_lowercase());
        while self.declares(&name) || self.functions.iter().any(|f| f.name == name) {
            name.push('_');
        }
        let kind = match self.closure_function(given, name.clone(), span) {
            Ok(()) if call.args.len() > 2 => ExprKind::Refused("pcntl_signal() with more than a function".into()),
            Ok(()) => {
                self.push(block, span, StmtKind::Function(name.clone()));
                let function = Expr { id: self.id(), span: at.clone(), kind: ExprKind::Str(name.into_bytes()) };
                ExprKind::Call("pcntl_signal".into(), vec![signal, function])
            }
            Err(reason) => ExprKind::Refused(reason),
        };
        Expr { id: self.id(), span: at, kind }
    }

    /// A closure that is a variable, as a function: what it takes with it are variables of the main program.
    fn named_closure(&mut self, e: &php::Expr, span: &php_ast::Span) -> Result<String, String> {
        let php::ExprKind::Assign(assign) = &e.kind else { return Err("this closure".into()) };
        let (_, name) =
            self.named.values().find(|(at, _)| *at == span.start).cloned().ok_or_else(|| "this closure".to_owned())?;
        self.closure_function(&assign.value, name.clone(), span)?;
        Ok(name)
    }

    /// A closure of the main program as a function of a name.
    fn closure_function(&mut self, e: &php::Expr, name: String, span: &php_ast::Span) -> Result<(), String> {
        let (params, mut names, kept, body, result) = match &e.kind {
            php::ExprKind::Closure(c) if !c.by_ref => {
                let names: Vec<_> = c.use_vars.iter().map(|v| v.name.or_error().to_owned()).collect();
                let kept: Vec<_> =
                    c.use_vars.iter().filter(|v| !v.by_ref).map(|v| v.name.or_error().to_owned()).collect();
                self.seen = Some(names.iter().cloned().collect());
                let (params, body) = (self.params(&c.params), self.block(&c.body.stmts));
                (params, names, kept, body, &c.return_type)
            }
            php::ExprKind::ArrowFunction(f) if !f.by_ref => {
                let params = self.params(&f.params);
                let value = self.expr(&f.body);
                let mut names = BTreeSet::new();
                value.walk(&mut |e| names.extend(e.var().map(str::to_owned)));
                let names: Vec<_> = names.into_iter().filter(|name| params.iter().all(|p| p.name != *name)).collect();
                let body = vec![Stmt { id: self.id(), span: value.span.clone(), kind: StmtKind::Return(Some(value)) }];
                (params, names.clone(), names, body, &f.return_type)
            }
            _ => return Err("a closure that returns a reference".into()),
        };
        self.seen = None;
        names.retain(|name| !self.named.contains_key(name));
        // What it takes as it is stays so, and is not changed in it.
        let end = span.end as usize;
        for name in kept.iter().filter(|name| !self.named.contains_key(*name)) {
            let mut changed = false;
            statements(&body, &mut |s| changed |= assigns(s, name));
            if changed || self.is_assigned_behind(name, end) {
                return Err(format!("a closure that takes ${name} as it is, which changes later"));
            }
        }
        let mut whole = Block::new();
        if !names.is_empty() {
            self.push(&mut whole, span, StmtKind::Global(names));
        }
        whole.extend(body);
        let span = span.start as usize..end;
        let hint = result.as_ref().and_then(hint);
        self.functions.push(Function { name, params, body: whole, closure: false, hint, span });
        Ok(())
    }

    /// Whether a text behind a place may assign to a variable, change it or take a reference of it.
    fn is_assigned_behind(&self, name: &str, end: usize) -> bool {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        self.source[end..].match_indices(&format!("${name}")).any(|(at, text)| {
            let (before, rest) = (self.source[..end + at].trim_end(), &self.source[end + at + text.len()..]);
            if rest.starts_with(word) {
                return false;
            }
            let mut next = rest.trim_start();
            while let Some(inner) = next.strip_prefix('[') {
                next = inner.find(']').map_or("", |end| inner[end + 1..].trim_start());
            }
            let operator = next.trim_start_matches(['+', '-', '*', '/', '.', '%', '&', '|', '^', '?', '<', '>']);
            let assigned = operator.starts_with('=') && !operator.starts_with("==")
                || next.starts_with("++")
                || next.starts_with("--");
            let taken = before.ends_with(['&', '[', ',']) || before.ends_with("++") || before.ends_with("--");
            let given = next.starts_with([',', ')', ']']) && !before.ends_with("use (");
            let named = before.ends_with("as") || before.ends_with("=>") || before.ends_with("global");
            assigned || taken || named || given && self.is_given_away(end + at)
        })
    }

    /// Whether a place is among the arguments of a call that may assign to them.
    fn is_given_away(&self, at: usize) -> bool {
        let mut depth = 0_usize;
        for (place, b) in self.source.bytes().enumerate().take(at).collect::<Vec<_>>().into_iter().rev() {
            match b {
                b')' => depth += 1,
                b'(' if depth > 0 => depth -= 1,
                b'(' => {
                    let head = self.source[..place].trim_end();
                    let from = head.rfind(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(0, |at| at + 1);
                    let name = head[from..].to_lowercase();
                    let (assigned, changed) = crate::functions::references(&name);
                    let known = crate::functions::known(&name) || crate::functions::is_pure(&name);
                    let words = ["if", "while", "use", "echo", "isset", "empty", "die", "exit", "array", ""];
                    return !assigned.is_empty()
                        || !changed.is_empty()
                        || !known && !words.contains(&name.as_str()) && !name.starts_with("socket_");
                }
                b';' | b'{' | b'}' if depth == 0 => return false,
                _ => {}
            }
        }
        false
    }

    /// A function without a name; what it takes with it are its first parameters.
    fn closure(
        &mut self,
        params: Vec<Param>,
        names: Vec<String>,
        body: Block,
        hint: Option<String>,
        span: &std::ops::Range<usize>,
    ) -> ExprKind {
        let variable = |this: &mut Self, name: &String| Expr {
            id: this.id(),
            span: span.clone(),
            kind: ExprKind::Var(this.renamed.get(name).cloned().unwrap_or_else(|| name.clone())),
        };
        let captured: Vec<_> = names.iter().map(|name| variable(self, name)).collect();
        let mut all: Vec<Param> = names
            .into_iter()
            .map(|name| Param { name, by_ref: false, default: None, hint: None, id: self.id() })
            .collect();
        all.extend(params);
        let at = self.functions.len();
        let name = format!("{{closure {at}}}");
        self.functions.push(Function { name, params: all, body, closure: true, hint, span: span.clone() });
        ExprKind::Closure(at, captured)
    }

    fn params(&mut self, list: &[php::Param]) -> Vec<Param> {
        let foreign = |p: &php::Param| {
            let named =
                |hint: &php::TypeHint| matches!(&hint.kind, php::TypeHintKind::Named(_)) && !self.is_global(&hint.span);
            self.namespaced
                && p.type_hint.as_ref().is_some_and(|hint| match &hint.kind {
                    php::TypeHintKind::Nullable(inner) => named(inner),
                    _ => named(hint),
                })
        };
        let foreign: Vec<_> = list.iter().map(foreign).collect();
        list.iter()
            .zip(foreign)
            .map(|(p, foreign)| Param {
                name: p.name.or_error().to_owned(),
                by_ref: p.by_ref,
                default: if foreign {
                    Some(Expr {
                        id: self.id(),
                        span: p.span.start as usize..p.span.end as usize,
                        kind: ExprKind::Refused("a type of the namespace: PHP's own have \\ in front".into()),
                    })
                } else if p.variadic {
                    Some(Expr {
                        id: self.id(),
                        span: p.span.start as usize..p.span.end as usize,
                        kind: ExprKind::Refused("functions with any number of arguments".into()),
                    })
                } else {
                    p.default.as_ref().map(|e| self.expr(e))
                },
                hint: p.type_hint.as_ref().and_then(|declared| match &declared.kind {
                    php::TypeHintKind::Keyword(BuiltinType::Mixed, _) => None,
                    _ => hint(declared).or_else(|| Some("another type".to_owned())),
                }),
                id: self.id(),
            })
            .collect()
    }

    /// A static variable is one of the main program's, which the function is handed.
    fn statics(&mut self, f: &php::FunctionDecl) {
        for statement in f.body.stmts.iter() {
            let php::StmtKind::StaticVar(list) = &statement.kind else { continue };
            for var in list.iter() {
                let Some(default) = &var.default else { continue };
                let mut name = format!("{}_{}", f.name.or_error(), var.name.or_error());
                while self.source.contains(&format!("${name}")) {
                    name.push('_');
                }
                let value = self.boxed(default);
                let target = Expr { id: self.id(), span: value.span.clone(), kind: ExprKind::Var(name.clone()) };
                let span = value.span.clone();
                let assign = Expr { id: self.id(), span, kind: ExprKind::Assign(Box::new(target), value) };
                let id = self.id();
                self.begun.push(Stmt { id, span: 0..0, kind: StmtKind::Expr(assign) });
                self.renamed.insert(var.name.or_error().to_owned(), name);
            }
        }
    }

    fn boxed(&mut self, e: &php::Expr) -> Box<Expr> {
        Box::new(self.expr(e))
    }

    fn parts(&mut self, parts: &[php::StringPart], span: &std::ops::Range<usize>) -> ExprKind {
        let mut list = Vec::new();
        for part in parts {
            match part {
                php::StringPart::Literal(text) => {
                    list.push(Expr {
                        id: self.id(),
                        span: span.clone(),
                        kind: ExprKind::Str(text.as_bytes().to_vec()),
                    });
                }
                php::StringPart::Expr(e) => {
                    let mut e = self.expr(e);
                    // "$names[key]": what stands bare there is text.
                    if let ExprKind::Index(_, Some(index)) = &mut e.kind
                        && let ExprKind::Const(name) = &index.kind
                        && !self.source[..e.span.start].ends_with('{')
                    {
                        index.kind = ExprKind::Str(name.clone().into_bytes());
                    }
                    list.push(e);
                }
                _ => return ExprKind::Refused("this part of a string".into()),
            }
        }
        match list.len() {
            0 => ExprKind::Str(Vec::new()),
            1 if matches!(list[0].kind, ExprKind::Str(_)) => list.remove(0).kind,
            _ => ExprKind::Interpolated(list),
        }
    }

    fn expr(&mut self, e: &php::Expr) -> Expr {
        use php::ExprKind as P;
        let span = e.span.start as usize..e.span.end as usize;
        let refuse = |what: &str| ExprKind::Refused(what.to_owned());
        let kind = match &e.kind {
            P::Parenthesized(inner) => return self.expr(inner),
            P::Int(n) => ExprKind::Int(*n),
            P::Float(n) => ExprKind::Float(*n),
            P::String(text) => ExprKind::Str(text.as_bytes().to_vec()),
            P::InterpolatedString(parts) => self.parts(parts, &span),
            P::Heredoc(h) => self.parts(&h.parts, &span),
            P::Nowdoc(n) => ExprKind::Str(n.value.as_str().as_bytes().to_vec()),
            P::Bool(value) => ExprKind::Bool(*value),
            P::Null => ExprKind::Null,
            P::Variable(name) => match name.as_str().trim_start_matches('$') {
                "this" => refuse("$this"),
                "_GET" | "_POST" | "_SERVER" | "_REQUEST" | "_SESSION" | "_COOKIE" | "_FILES" | "_ENV" | "GLOBALS" => {
                    refuse("superglobals")
                }
                name => ExprKind::Var(self.renamed.get(name).cloned().unwrap_or_else(|| name.to_owned())),
            },
            P::Identifier(name) => ExprKind::Const(name.as_str().to_owned()),
            P::Name(name) => match name.as_str().trim_start_matches('\\') {
                text if text.eq_ignore_ascii_case("true") => ExprKind::Bool(true),
                text if text.eq_ignore_ascii_case("false") => ExprKind::Bool(false),
                text if text.eq_ignore_ascii_case("null") => ExprKind::Null,
                text => ExprKind::Const(text.to_owned()),
            },
            P::Assign(a) if a.by_ref => refuse("references"),
            P::Assign(a) => {
                let (target, value) = (self.boxed(&a.target), self.boxed(&a.value));
                let op = match a.op {
                    AssignOp::Assign => None,
                    AssignOp::Plus => Some(BinOp::Add),
                    AssignOp::Minus => Some(BinOp::Sub),
                    AssignOp::Mul => Some(BinOp::Mul),
                    AssignOp::Div => Some(BinOp::Div),
                    AssignOp::Mod => Some(BinOp::Mod),
                    AssignOp::Pow => Some(BinOp::Pow),
                    AssignOp::Concat => Some(BinOp::Concat),
                    AssignOp::BitwiseAnd => Some(BinOp::BitAnd),
                    AssignOp::BitwiseOr => Some(BinOp::BitOr),
                    AssignOp::BitwiseXor => Some(BinOp::BitXor),
                    AssignOp::ShiftLeft => Some(BinOp::ShiftLeft),
                    AssignOp::ShiftRight => Some(BinOp::ShiftRight),
                    _ => {
                        let id = self.id();
                        return Expr { id, span, kind: refuse("??=") };
                    }
                };
                match op {
                    None => ExprKind::Assign(target, value),
                    Some(op) => ExprKind::AssignOp(op, target, value),
                }
            }
            P::Binary(b) => {
                let op = match b.op {
                    BinaryOp::Add => BinOp::Add,
                    BinaryOp::Sub => BinOp::Sub,
                    BinaryOp::Mul => BinOp::Mul,
                    BinaryOp::Div => BinOp::Div,
                    BinaryOp::Mod => BinOp::Mod,
                    BinaryOp::Pow => BinOp::Pow,
                    BinaryOp::Concat => BinOp::Concat,
                    BinaryOp::Equal => BinOp::Equal,
                    BinaryOp::NotEqual => BinOp::NotEqual,
                    BinaryOp::Identical => BinOp::Identical,
                    BinaryOp::NotIdentical => BinOp::NotIdentical,
                    BinaryOp::Less => BinOp::Less,
                    BinaryOp::Greater => BinOp::Greater,
                    BinaryOp::LessOrEqual => BinOp::LessOrEqual,
                    BinaryOp::GreaterOrEqual => BinOp::GreaterOrEqual,
                    BinaryOp::BooleanAnd | BinaryOp::LogicalAnd => BinOp::And,
                    BinaryOp::BooleanOr | BinaryOp::LogicalOr => BinOp::Or,
                    BinaryOp::LogicalXor => BinOp::Xor,
                    BinaryOp::BitwiseAnd => BinOp::BitAnd,
                    BinaryOp::BitwiseOr => BinOp::BitOr,
                    BinaryOp::BitwiseXor => BinOp::BitXor,
                    BinaryOp::ShiftLeft => BinOp::ShiftLeft,
                    BinaryOp::ShiftRight => BinOp::ShiftRight,
                    BinaryOp::Spaceship => BinOp::Spaceship,
                    _ => {
                        let id = self.id();
                        return Expr { id, span, kind: refuse("instanceof and |>") };
                    }
                };
                ExprKind::Binary(op, self.boxed(&b.left), self.boxed(&b.right))
            }
            P::UnaryPrefix(u) => {
                let operand = self.boxed(&u.operand);
                match u.op {
                    UnaryPrefixOp::Negate => match operand.kind {
                        ExprKind::Int(n) if n != 0 && n.checked_neg().is_some() => ExprKind::Int(-n),
                        ExprKind::Float(n) => ExprKind::Float(-n),
                        _ => ExprKind::Negate(operand),
                    },
                    UnaryPrefixOp::BooleanNot => ExprKind::Not(operand),
                    UnaryPrefixOp::PreIncrement => ExprKind::Step { before: true, up: true, target: operand },
                    UnaryPrefixOp::PreDecrement => ExprKind::Step { before: true, up: false, target: operand },
                    _ => refuse("unary + and ~"),
                }
            }
            P::UnaryPostfix(u) => ExprKind::Step {
                before: false,
                up: matches!(u.op, UnaryPostfixOp::PostIncrement),
                target: self.boxed(&u.operand),
            },
            P::Ternary(t) => ExprKind::Ternary(
                self.boxed(&t.condition),
                t.then_expr.as_ref().map(|e| self.boxed(e)),
                self.boxed(&t.else_expr),
            ),
            P::NullCoalesce(n) => ExprKind::Coalesce(self.boxed(&n.left), self.boxed(&n.right)),
            P::FunctionCall(call) => self.call(call),
            P::Array(elements) => {
                let mut list = Vec::new();
                for element in elements {
                    match &element.kind {
                        php::ArrayElementKind::Value(value) => {
                            let key = element.key.as_ref().map(|key| self.expr(key));
                            list.push((key, self.expr(value)));
                        }
                        _ => {
                            let id = self.id();
                            return Expr { id, span, kind: refuse("... and & in an array") };
                        }
                    }
                }
                ExprKind::Array(list)
            }
            P::ArrayAccess(a) => ExprKind::Index(self.boxed(&a.array), a.index.as_ref().map(|e| self.boxed(e))),
            P::Print(inner) => ExprKind::Print(self.boxed(inner)),
            P::Cast(kind, inner) => match kind {
                CastKind::Int => ExprKind::Cast(Cast::Int, self.boxed(inner)),
                CastKind::Float => ExprKind::Cast(Cast::Float, self.boxed(inner)),
                CastKind::String => ExprKind::Cast(Cast::String, self.boxed(inner)),
                CastKind::Bool => ExprKind::Cast(Cast::Bool, self.boxed(inner)),
                _ => refuse("this cast"),
            },
            P::ErrorSuppress(inner) => ExprKind::Silence(self.boxed(inner)),
            P::Isset(list) => ExprKind::Isset(self.exprs(list)),
            P::Empty(inner) => ExprKind::Empty(self.boxed(inner)),
            P::Exit(inner) => ExprKind::Exit(inner.as_ref().map(|e| self.boxed(e))),
            P::MagicConst(MagicConstKind::Dir) => ExprKind::Call("dirname".into(), Vec::new()),
            P::MagicConst(MagicConstKind::File) => ExprKind::Const("__FILE__".into()),
            P::MagicConst(MagicConstKind::Line) => {
                ExprKind::Int(i64::try_from(self.source[..span.start].matches('\n').count()).unwrap_or(0) + 1)
            }
            P::Match(m) => ExprKind::Match(
                self.boxed(&m.subject),
                m.arms
                    .iter()
                    .map(|arm| {
                        let conditions = arm.conditions.as_ref().map(|list| self.exprs(list));
                        (conditions, self.expr(&arm.body))
                    })
                    .collect(),
            ),
            P::CallableCreate(c) => match &c.kind {
                php::CallableCreateKind::Function(name) => match &name.kind {
                    P::Name(name) => ExprKind::Function(name.as_str().trim_start_matches('\\').to_lowercase()),
                    P::Identifier(name) => ExprKind::Function(name.as_str().to_lowercase()),
                    _ => refuse("a function that is computed"),
                },
                _ => refuse("methods"),
            },
            P::Include(..) => refuse("an include that is not at the top level, or of a file that is not there"),
            P::New(new) if self.namespaced && !self.is_global(&new.class.span) => {
                refuse("a class of the namespace: PHP's own have \\ in front")
            }
            P::New(new) => match &new.class.kind {
                P::Name(name) => match exceptions::class(&self.exceptions, name.as_str()) {
                    Some(class) => self.arguments(format!("new {class}"), &new.args),
                    None => refuse(OBJECTS),
                },
                P::Identifier(name) => match exceptions::class(&self.exceptions, name.as_str()) {
                    Some(class) => self.arguments(format!("new {class}"), &new.args),
                    None => refuse(OBJECTS),
                },
                _ => refuse(OBJECTS),
            },
            P::MethodCall(call) if call.args.is_empty() => match &call.method.kind {
                P::Identifier(name) | P::Variable(name)
                    if ["getmessage", "getcode"].contains(&&*name.as_str().to_lowercase()) =>
                {
                    ExprKind::Call(
                        format!("exception::{}", name.as_str().to_lowercase()),
                        vec![self.expr(&call.object)],
                    )
                }
                _ => refuse(OBJECTS),
            },
            P::PropertyAccess(access) => match &access.property.kind {
                P::Identifier(name) => {
                    let object = self.expr(&access.object);
                    let id = self.id();
                    let name = ExprKind::Str(name.as_str().as_bytes().to_vec());
                    let name = Expr { id, span: span.clone(), kind: name };
                    ExprKind::Call(crate::calls::PROPERTY.to_owned(), vec![object, name])
                }
                _ => refuse(OBJECTS),
            },
            P::MethodCall(_)
            | P::StaticMethodCall(_)
            | P::StaticPropertyAccess(_)
            | P::ClassConstAccess(_)
            | P::NullsafeMethodCall(_)
            | P::NullsafePropertyAccess(_) => refuse(OBJECTS),
            // A function that does nothing.
            P::Closure(c) if c.body.stmts.is_empty() => ExprKind::Function(String::new()),
            P::Closure(c) if !c.by_ref && !c.use_vars.iter().any(|v| v.by_ref) => {
                let mut names: Vec<_> = c.use_vars.iter().map(|v| v.name.or_error().to_owned()).collect();
                let params = self.params(&c.params);
                let seen = self.seen.replace(names.iter().cloned().collect());
                let body = self.block(&c.body.stmts);
                self.seen = seen;
                names.retain(|name| !self.named.contains_key(name));
                self.closure(params, names, body, c.return_type.as_ref().and_then(hint), &span)
            }
            P::ArrowFunction(f) if !f.by_ref => {
                let params = self.params(&f.params);
                let value = self.expr(&f.body);
                let mut names = BTreeSet::new();
                value.walk(&mut |e| names.extend(e.var().map(str::to_owned)));
                let names = names.into_iter().filter(|name| params.iter().all(|p| p.name != *name)).collect();
                let body = vec![Stmt { id: self.id(), span: value.span.clone(), kind: StmtKind::Return(Some(value)) }];
                self.closure(params, names, body, f.return_type.as_ref().and_then(hint), &span)
            }
            P::Closure(_) | P::ArrowFunction(_) => refuse("closures that take references"),
            P::VariableVariable(_) => refuse("variables whose name is computed"),
            P::ShellExec(_) | P::Eval(_) => refuse("commands and eval"),
            P::Throw(inner) => ExprKind::Throw(self.boxed(inner)),
            _ => refuse("this kind of expression"),
        };
        Expr { id: self.id(), span, kind }
    }

    fn call(&mut self, call: &php::FunctionCallExpr) -> ExprKind {
        let name = match &call.name.kind {
            php::ExprKind::Name(name) => name.as_str(),
            php::ExprKind::Identifier(name) => name.as_str(),
            php::ExprKind::Variable(name) => {
                let name = name.as_str().trim_start_matches('$');
                let seen = self.seen.as_ref().is_none_or(|seen| seen.contains(name));
                return match self.named.get(name) {
                    Some((_, function)) if seen => self.arguments(function.clone(), &call.args),
                    _ => ExprKind::Refused("a function that is computed".into()),
                };
            }
            _ => return ExprKind::Refused("a function that is computed".into()),
        };
        let global = self.is_global(&call.name.span);
        let name = name.trim_start_matches('\\').to_lowercase();
        if global && self.namespaced && self.declares(&name) {
            return ExprKind::Refused("a function of PHP's whose name the namespace has, too".into());
        }
        // A name that is text is looked for outside of the namespace.
        const NAMING: &[&str] =
            &["array_map", "array_filter", "array_walk", "usort", "uasort", "uksort", "function_exists", "defined"];
        let text =
            |arg: &php::Arg| matches!(&arg.kind, php::ArgKind::Value(e) if matches!(e.kind, php::ExprKind::String(_)));
        let calls = NAMING.contains(&name.as_str()) || name.starts_with("call_user") || name.starts_with("pcntl_");
        if self.namespaced && calls && call.args.iter().any(text) {
            return ExprKind::Refused("the name of a function as text, in a namespace".into());
        }
        let mut e = self.arguments(name, &call.args);
        if let ExprKind::Call(name, args) = &mut e {
            let (at, count) = match (name.as_str(), args.len()) {
                ("array_map", 2) => (0, 1),
                ("array_filter", 2) => (1, 1),
                ("usort", 2) => (1, 2),
                _ => return e,
            };
            self.wrap(&mut args[at], count);
        }
        e
    }

    /// A function of the program that is given by its name, or by a variable that is a closure: one without a name that calls it.
    fn wrap(&mut self, e: &mut Expr, count: usize) {
        let name = match &e.kind {
            ExprKind::Str(name) => String::from_utf8_lossy(name).into_owned(),
            ExprKind::Function(name) => name.clone(),
            ExprKind::Var(name) => match self.named.get(name) {
                Some((_, function)) if self.seen.as_ref().is_none_or(|seen| seen.contains(name)) => function.clone(),
                _ => return,
            },
            _ => return,
        };
        let variable = matches!(e.kind, ExprKind::Var(_));
        if !variable && !self.declares(&name.to_lowercase()) {
            return;
        }
        let span = e.span.clone();
        let names = ["a", "b"].into_iter().take(count);
        let params: Vec<_> = names
            .clone()
            .map(|name| Param { name: name.to_owned(), by_ref: false, default: None, hint: None, id: self.id() })
            .collect();
        let args = names
            .map(|name| Expr { id: self.id(), span: span.clone(), kind: ExprKind::Var(name.to_owned()) })
            .collect();
        let call = Expr { id: self.id(), span: span.clone(), kind: ExprKind::Call(name.to_lowercase(), args) };
        let body = vec![Stmt { id: self.id(), span: span.clone(), kind: StmtKind::Return(Some(call)) }];
        e.kind = self.closure(params, Vec::new(), body, None, &span);
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

    fn arguments(&mut self, name: String, list: &[php::Arg]) -> ExprKind {
        let mut args = Vec::new();
        for arg in list {
            match &arg.kind {
                php::ArgKind::Value(e) if arg.name.is_none() => args.push(self.expr(e)),
                php::ArgKind::Value(_) => return ExprKind::Refused("named arguments".into()),
                _ => return ExprKind::Refused("... in a call".into()),
            }
        }
        ExprKind::Call(name, args)
    }
}

/// Whether a statement assigns to a variable, or changes it.
fn assigns(s: &Stmt, name: &str) -> bool {
    fn base(e: &Expr) -> Option<&str> {
        match &e.kind {
            ExprKind::Index(inner, _) => base(inner),
            _ => e.var(),
        }
    }
    let mut found = match &s.kind {
        StmtKind::Foreach { key, value, .. } => key.iter().chain([value]).any(|e| base(e) == Some(name)),
        StmtKind::Unset(list) => list.iter().any(|e| base(e) == Some(name)),
        _ => false,
    };
    for e in s.parts().0 {
        e.walk(&mut |e| match &e.kind {
            ExprKind::Assign(target, _) | ExprKind::AssignOp(_, target, _) | ExprKind::Step { target, .. } => {
                found |= base(target) == Some(name);
                if let ExprKind::Array(list) = &target.kind {
                    found |= list.iter().any(|(_, e)| base(e) == Some(name));
                }
            }
            ExprKind::Call(function, args) => {
                let (assigned, changed) = crate::functions::references(function);
                let places = assigned.iter().chain(changed);
                found |= places.filter_map(|at| args.get(*at)).any(|e| base(e) == Some(name));
            }
            _ => {}
        });
    }
    found
}

/// The name of a type that is written in a declaration, in lower case, with `?` in front where null is one of it.
fn hint(hint: &php::TypeHint) -> Option<String> {
    Some(match &hint.kind {
        php::TypeHintKind::Named(name) => name.as_str().trim_start_matches('\\').to_lowercase(),
        php::TypeHintKind::Keyword(builtin, _) => match builtin {
            BuiltinType::Int => "int",
            BuiltinType::Float => "float",
            BuiltinType::String => "string",
            BuiltinType::Bool => "bool",
            BuiltinType::Void => "void",
            BuiltinType::Array => "array",
            _ => return None,
        }
        .to_owned(),
        php::TypeHintKind::Nullable(inner) => format!("?{}", self::hint(inner)?),
        _ => return None,
    })
}
