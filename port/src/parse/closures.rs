//! Closures of the main program that become functions: those that are a variable, and those that are for a signal.

use php_ast::ast::AssignOp;

use super::functions::hint;
use super::*;

impl Lower<'_> {
    /// Finds the variables that are a closure from the one statement at the top level on that assigns to them, and that are
    /// only called from then on, or given to a function.
    pub(super) fn name_closures(&mut self, list: &[php::Stmt], comments: &[php::Comment]) {
        for statement in list {
            let php::StmtKind::Expression(e) = &statement.kind else { continue };
            let php::ExprKind::Assign(assign) = &e.kind else { continue };
            let php::ExprKind::Variable(name) = &assign.target.kind else { continue };
            let name = name.as_str().trim_start_matches('$').to_owned();
            let start = statement.span.start as usize;
            if !is_closure(&assign.value)
                || assign.by_ref
                || assign.op != AssignOp::Assign
                || self.named.contains_key(&name)
            {
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
    pub(super) fn handler<'e>(&self, e: &'e php::Expr) -> Option<&'e php::Expr> {
        let php::ExprKind::FunctionCall(call) = &e.kind else { return None };
        let named = called(call).is_some_and(|name| name.eq_ignore_ascii_case("pcntl_signal"));
        let [_, given, ..] = call.args.as_ref() else { return None };
        let php::ArgKind::Value(given) = &given.kind else { return None };
        (named && self.top && is_closure(given)).then_some(given)
    }

    /// `pcntl_signal(SIGINT, function …)`: the closure is a function.
    pub(super) fn signal(&mut self, e: &php::Expr, span: &php_ast::Span, block: &mut Block) -> Expr {
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
    pub(super) fn named_closure(&mut self, e: &php::Expr, span: &php_ast::Span) -> Result<String, String> {
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
        self.functions.push(Function { name, params, body: whole, closure: false, hint, span, class: None });
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

/// A closure that does something.
fn is_closure(e: &php::Expr) -> bool {
    match &e.kind {
        php::ExprKind::Closure(closure) => !closure.body.stmts.is_empty(),
        php::ExprKind::ArrowFunction(_) => true,
        _ => false,
    }
}
