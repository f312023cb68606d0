//! Brings the usual ways of checking a call into two shapes, `Guard` and `WhileLet`, and splits `$a = $b = value`.

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::*;
use crate::functions;

pub(crate) struct Shaper<'a> {
    pub(crate) next: &'a mut Id,
    /// Statements that keep the shape they have.
    pub(crate) blocked: &'a BTreeSet<Id>,
    /// The functions of the program that return null or false instead of a value.
    pub(crate) own: BTreeMap<String, Missing>,
}

/// What a function returns that has nothing to return, and whether its values are always true.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Missing {
    null: bool,
    handle: bool,
}

/// The functions that say so in their declaration, or return false somewhere.
pub(crate) fn missing(functions: &[Function]) -> BTreeMap<String, Missing> {
    let mut found = BTreeMap::new();
    for function in functions {
        let hint = function.hint.as_deref();
        let name = function.name.to_lowercase();
        if let Some(hint) = hint.and_then(|hint| hint.strip_prefix('?')) {
            found.insert(name, Missing { null: true, handle: hint == "socket" });
        } else if hint.is_none() {
            let (mut failure, mut value) = (false, false);
            statements(&function.body, &mut |s| {
                if let StmtKind::Return(Some(e)) = &s.kind {
                    failure |= is_false(e);
                    value |= !matches!(e.kind, ExprKind::Bool(_) | ExprKind::Null);
                }
            });
            if failure && value {
                found.insert(name, Missing { null: false, handle: false });
            }
        }
    }
    found
}

impl Shaper<'_> {
    fn id(&mut self) -> Id {
        *self.next += 1;
        *self.next - 1
    }

    pub(crate) fn block(&mut self, block: &mut Block) {
        let mut shaped = Block::new();
        let mut rest = std::mem::take(block).into_iter().peekable();
        while let Some(statement) = rest.next() {
            let Stmt { id, span, kind } = statement;
            match kind {
                // `$a = $b = value;`
                StmtKind::Expr(Expr { kind: ExprKind::Assign(target, value), id: assign, span: inner })
                    if matches!(value.kind, ExprKind::Assign(..)) =>
                {
                    self.chain(*target, *value, (id, span, assign, inner), &mut shaped);
                }
                // `call or die(…);`
                StmtKind::Expr(Expr { kind: ExprKind::Binary(BinOp::Or, left, right), .. }) if right.ends() => {
                    let exit = Stmt { id: self.id(), span: right.span.clone(), kind: StmtKind::Expr(*right) };
                    let test = Expr { id: self.id(), span: left.span.clone(), kind: ExprKind::Not(left) };
                    let statement = Stmt { id, span, kind: StmtKind::If(vec![(test, vec![exit])], None) };
                    self.check(statement, &mut shaped);
                }
                // `$x = call;` and `if ($x === false) { … }` behind it.
                StmtKind::Expr(Expr { kind: ExprKind::Assign(target, call), id: assign, span: inner }) => {
                    let guarded = rest.peek().is_some_and(|next| match &next.kind {
                        StmtKind::If(branches, _) => {
                            !self.blocked.contains(&id)
                                && branches.len() == 1
                                && target.var().is_some_and(|x| {
                                    self.is_failure(&branches[0].0, &call, &|e| e.var() == Some(x))
                                        && leaves(&branches[0].1)
                                        && is_free_of(&branches[0].1, x)
                                })
                        }
                        _ => false,
                    });
                    if guarded && let Some(Stmt { kind: StmtKind::If(mut branches, then), span: end, .. }) = rest.next()
                    {
                        let (_, mut otherwise) = branches.remove(0);
                        self.block(&mut otherwise);
                        otherwise.iter_mut().for_each(|s| false_in(s, target.var().unwrap_or_default()));
                        let last = otherwise.last().map_or(end.end, |s| s.span.end);
                        let end = if then.is_some() { last } else { end.end };
                        let kind = StmtKind::Guard { var: *target, call: *call, otherwise };
                        shaped.push(Stmt { id, span: span.start..end, kind });
                        if let Some(mut then) = then {
                            self.block(&mut then);
                            shaped.extend(then);
                        }
                    } else {
                        let e = Expr { id: assign, span: inner, kind: ExprKind::Assign(target, call) };
                        shaped.push(Stmt { id, span, kind: StmtKind::Expr(e) });
                    }
                }
                // `if (!($a = x) || !($b = y)) leave;` is two tests.
                StmtKind::If(branches, None) if is_two_tests(&branches) => {
                    let mut branches = branches;
                    let (test, body) = branches.remove(0);
                    let ExprKind::Binary(_, left, right) = test.kind else { continue };
                    let mut again = body.clone();
                    again.iter_mut().for_each(|s| self.renumber(s));
                    let kind = StmtKind::If(vec![(*left, body)], None);
                    let first = Stmt { id, span: span.clone(), kind };
                    let kind = StmtKind::If(vec![(*right, again)], None);
                    let second = Stmt { id: self.id(), span, kind };
                    let mut two = vec![first, second];
                    self.block(&mut two);
                    shaped.extend(two);
                }
                StmtKind::If(..) => self.check(Stmt { id, span, kind }, &mut shaped),
                StmtKind::While(test, mut body) => {
                    self.block(&mut body);
                    let kind =
                        if self.blocked.contains(&id) { StmtKind::While(test, body) } else { while_let(test, body) };
                    shaped.push(Stmt { id, span, kind });
                }
                StmtKind::DoWhile(mut body, test) => {
                    self.block(&mut body);
                    shaped.push(Stmt { id, span, kind: StmtKind::DoWhile(body, test) });
                }
                StmtKind::For(a, b, c, mut body) => {
                    self.block(&mut body);
                    shaped.push(Stmt { id, span, kind: StmtKind::For(a, b, c, body) });
                }
                StmtKind::Foreach { list, key, value, mut body } => {
                    self.block(&mut body);
                    shaped.push(Stmt { id, span, kind: StmtKind::Foreach { list, key, value, body } });
                }
                StmtKind::Switch(subject, mut cases) => {
                    cases.iter_mut().for_each(|(_, body)| self.block(body));
                    shaped.push(Stmt { id, span, kind: StmtKind::Switch(subject, cases) });
                }
                StmtKind::Try { mut body, mut catches, mut finally } => {
                    self.block(&mut body);
                    catches.iter_mut().for_each(|c| self.block(&mut c.body));
                    finally.iter_mut().for_each(|f| self.block(&mut f.body));
                    shaped.push(Stmt { id, span, kind: StmtKind::Try { body, catches, finally } });
                }
                StmtKind::Block(mut inner) => {
                    self.block(&mut inner);
                    shaped.push(Stmt { id, span, kind: StmtKind::Block(inner) });
                }
                kind => shaped.push(Stmt { id, span, kind }),
            }
        }
        *block = shaped;
    }

    /// Gives a copy of a statement that ends the program numbers of its own.
    fn renumber(&mut self, s: &mut Stmt) {
        s.id = self.id();
        if let StmtKind::Expr(e) = &mut s.kind {
            self.renumber_expr(e);
        }
    }

    fn renumber_expr(&mut self, e: &mut Expr) {
        e.id = self.id();
        match &mut e.kind {
            ExprKind::Exit(Some(inner)) => self.renumber_expr(inner),
            ExprKind::Binary(_, a, b) => {
                self.renumber_expr(a);
                self.renumber_expr(b);
            }
            _ => {}
        }
    }

    fn chain(
        &mut self,
        target: Expr,
        value: Expr,
        at: (Id, std::ops::Range<usize>, Id, std::ops::Range<usize>),
        shaped: &mut Block,
    ) {
        let ExprKind::Assign(inner, source) = value.kind else { return };
        // `[]` and `null` can be written twice; anything else is read from the inner variable.
        let again = match (&inner.kind, &source.kind) {
            (_, ExprKind::Null) => Some(ExprKind::Null),
            (_, ExprKind::Int(n)) => Some(ExprKind::Int(*n)),
            (_, ExprKind::Array(list)) if list.is_empty() => Some(ExprKind::Array(Vec::new())),
            (ExprKind::Var(name), _) => Some(ExprKind::Var(name.clone())),
            _ => None,
        };
        let span = source.span.clone();
        let inner_at = (self.id(), at.1.clone(), value.id, value.span.clone());
        let Some(again) = again else {
            let e = Expr { id: value.id, span, kind: ExprKind::Refused("an assignment in an assignment".into()) };
            shaped.push(Stmt { id: at.0, span: at.1, kind: StmtKind::Expr(e) });
            return;
        };
        if matches!(source.kind, ExprKind::Assign(..)) {
            self.chain(*inner, *source, inner_at, shaped);
        } else {
            let e = Expr { id: value.id, span: value.span, kind: ExprKind::Assign(inner, source) };
            shaped.push(Stmt { id: inner_at.0, span: at.1.clone(), kind: StmtKind::Expr(e) });
        }
        let again = Expr { id: self.id(), span: at.3.clone(), kind: again };
        let e = Expr { id: at.2, span: at.3, kind: ExprKind::Assign(Box::new(target), Box::new(again)) };
        shaped.push(Stmt { id: at.0, span: at.1, kind: StmtKind::Expr(e) });
    }

    /// `if (($x = call) === false) { … }`, with an `else` or without.
    fn check(&mut self, statement: Stmt, shaped: &mut Block) {
        let Stmt { id, span, kind } = statement;
        let StmtKind::If(mut branches, mut otherwise) = kind else { return };
        branches.iter_mut().for_each(|(_, body)| self.block(body));
        otherwise.iter_mut().for_each(|body| self.block(body));
        let assignment = branches[0].0.clone();
        let found = if branches.len() == 1 && leaves(&branches[0].1) && !self.blocked.contains(&id) {
            assigned(&assignment).filter(|(x, call)| {
                let same = |e: &Expr| matches!(&e.kind, ExprKind::Assign(..));
                let name = x.var().unwrap_or_default();
                self.is_failure(&assignment, call, &same) && is_free_of(&branches[0].1, name)
            })
        } else {
            None
        };
        let Some((var, call)) = found else {
            shaped.push(Stmt { id, span, kind: StmtKind::If(branches, otherwise) });
            return;
        };
        let name = var.var().unwrap_or_default().to_owned();
        let mut body = branches.remove(0).1;
        body.iter_mut().for_each(|s| false_in(s, &name));
        let end = body.last().map_or(span.end, |s| s.span.end);
        let kind = StmtKind::Guard { var: var.clone(), call: call.clone(), otherwise: body };
        let end = if otherwise.is_some() { end } else { span.end };
        shaped.push(Stmt { id, span: span.start..end, kind });
        shaped.extend(otherwise.into_iter().flatten());
    }

    /// Whether `test` is true exactly when the call that `is` finds has returned false, or null.
    fn is_failure(&self, test: &Expr, call: &Expr, is: &dyn Fn(&Expr) -> bool) -> bool {
        let Some(name) = callee(call) else { return false };
        let own = self.own.get(name).copied();
        let handle = own.map_or_else(|| functions::returns_handle(name), |own| own.handle);
        let or_false = handle && own.is_none() || functions::returns_or_false(name) || own.is_some_and(|own| !own.null);
        let null = own.is_some_and(|own| own.null);
        let nothing = |e: &Expr| if null { matches!(e.kind, ExprKind::Null) } else { is_false(e) };
        match &test.kind {
            ExprKind::Binary(BinOp::Identical, a, b) => {
                (or_false || null) && (is(a) && nothing(b) || nothing(a) && is(b))
            }
            ExprKind::Binary(BinOp::Equal, a, b) => handle && (is(a) && nothing(b) || nothing(a) && is(b)),
            ExprKind::Call(f, args) if f == "is_null" => null && args.first().is_some_and(is),
            ExprKind::Not(a) => handle && is(a),
            _ => false,
        }
    }
}

/// Whether a test is two, of which the second assigns, before a block that ends the program with a text and nothing else.
fn is_two_tests(branches: &[(Expr, Block)]) -> bool {
    let assigns = |e: &Expr| matches!(&e.kind, ExprKind::Not(inner) if matches!(inner.kind, ExprKind::Assign(..)));
    let plain = |e: &Expr| {
        !e.any(&|e| match &e.kind {
            ExprKind::Exit(_) | ExprKind::Str(_) | ExprKind::Const(_) | ExprKind::Int(_) => false,
            ExprKind::Binary(op, ..) => *op != BinOp::Concat,
            _ => true,
        })
    };
    match branches {
        [(Expr { kind: ExprKind::Binary(BinOp::Or, left, right), .. }, body)] => {
            let ends = matches!(body.as_slice(), [Stmt { kind: StmtKind::Expr(e), .. }] if e.ends() && plain(e));
            assigns(left) && assigns(right) && ends
        }
        _ => false,
    }
}

/// Whether a failed call's variable has no use in the block, or uses that come to nothing.
fn is_free_of(block: &Block, name: &str) -> bool {
    let free = |s: &Stmt| !s.mentions(name) || throws(s, name);
    block.iter().all(free) || only_error_number(block, name)
}

/// Whether all that a statement does is to throw, as the variable is false: it looks at `socket_last_error($x)`.
fn throws(s: &Stmt, name: &str) -> bool {
    let e = match &s.kind {
        StmtKind::Expr(Expr { kind: ExprKind::Exit(Some(e)), .. }) => e,
        StmtKind::Echo(list) if list.len() == 1 => &list[0],
        _ => return false,
    };
    let is = |e: &Expr| e.var() == Some(name);
    let harmless = |e: &Expr| match &e.kind {
        ExprKind::Call(f, args) => f == "socket_strerror" || f == "socket_last_error" && args.iter().all(is),
        ExprKind::Binary(op, ..) => *op == BinOp::Concat,
        ExprKind::Str(_) | ExprKind::Const(_) | ExprKind::Interpolated(_) => true,
        _ => is(e),
    };
    let (mut uses, mut errors) = (0, 0);
    e.walk(&mut |e| match &e.kind {
        ExprKind::Var(_) => uses += 1,
        ExprKind::Call(f, args) => errors += usize::from(f == "socket_last_error" && args.len() == 1),
        _ => {}
    });
    uses > 0 && uses == errors && !e.any(&|e| !harmless(e))
}

/// Whether the block uses the variable only as `socket_strerror($x)`: false is 0 there.
fn only_error_number(block: &[Stmt], name: &str) -> bool {
    let (mut uses, mut harmless) = (0, 0);
    for statement in block {
        statement.walk(&mut |e| match &e.kind {
            ExprKind::Var(x) if x == name => uses += 1,
            ExprKind::Call(f, args) if f == "socket_strerror" => {
                harmless += usize::from(args.iter().any(|a| a.var() == Some(name)));
            }
            _ => {}
        });
    }
    uses == harmless
}

fn false_in(statement: &mut Stmt, name: &str) {
    fn expr(e: &mut Expr, name: &str) {
        match &mut e.kind {
            ExprKind::Call(f, args) if f == "socket_strerror" && args.iter().any(|a| a.var() == Some(name)) => {
                args[0].kind = ExprKind::Int(0);
            }
            ExprKind::Call(f, args) if f == "socket_last_error" && args.iter().any(|a| a.var() == Some(name)) => {
                args[0].kind = ExprKind::Bool(false);
            }
            ExprKind::Binary(_, a, b) => {
                expr(a, name);
                expr(b, name);
            }
            ExprKind::Exit(Some(a)) | ExprKind::Print(a) => expr(a, name),
            ExprKind::Interpolated(list) | ExprKind::Call(_, list) => list.iter_mut().for_each(|e| expr(e, name)),
            _ => {}
        }
    }
    // Nothing comes behind what throws.
    if throws(statement, name)
        && let StmtKind::Echo(list) = &mut statement.kind
        && let Some(e) = list.pop()
    {
        let exit = Expr { id: statement.id, span: e.span.clone(), kind: ExprKind::Exit(Some(Box::new(e))) };
        statement.kind = StmtKind::Expr(exit);
    }
    match &mut statement.kind {
        StmtKind::Expr(e) => expr(e, name),
        StmtKind::Echo(list) => list.iter_mut().for_each(|e| expr(e, name)),
        _ => {}
    }
}

/// The assignment of a call to a variable in a test.
fn assigned(test: &Expr) -> Option<(&Expr, &Expr)> {
    match &test.kind {
        ExprKind::Assign(target, call) if target.var().is_some() => Some((target, call)),
        ExprKind::Not(e) => assigned(e),
        ExprKind::Binary(_, a, b) => assigned(a).or_else(|| assigned(b)),
        _ => None,
    }
}

/// The name of the function that is called, with `@` or without.
pub(crate) fn callee(e: &Expr) -> Option<&str> {
    match &e.kind {
        ExprKind::Call(name, _) => Some(name),
        ExprKind::Silence(inner) => callee(inner),
        _ => None,
    }
}

pub(crate) fn is_false(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Bool(false))
}

fn while_let(test: Expr, body: Block) -> StmtKind {
    let wanted = assigned(&test).and_then(|(_, call)| {
        let name = callee(call)?;
        let (handle, or_false) = (functions::returns_handle(name), functions::returns_or_false(name));
        let is = |e: &Expr| matches!(e.kind, ExprKind::Assign(..));
        match &test.kind {
            ExprKind::Assign(..) if handle => Some(Wanted::NotFalse),
            ExprKind::Assign(..) if or_false => Some(Wanted::True),
            ExprKind::Binary(BinOp::NotIdentical, a, b) if handle || or_false => {
                (is(a) && is_false(b) || is_false(a) && is(b)).then_some(Wanted::NotFalse)
            }
            ExprKind::Binary(BinOp::NotEqual, a, b) if handle => {
                (is(a) && is_false(b) || is_false(a) && is(b)).then_some(Wanted::NotFalse)
            }
            ExprKind::Binary(op @ (BinOp::Greater | BinOp::GreaterOrEqual), a, b) if is(a) && or_false => {
                match b.kind {
                    ExprKind::Int(n @ 0..1_000_000) if *op == BinOp::Greater => Some(Wanted::AtLeast(n + 1)),
                    ExprKind::Int(n @ 1..1_000_000) if *op == BinOp::GreaterOrEqual => Some(Wanted::AtLeast(n)),
                    _ => None,
                }
            }
            _ => None,
        }
    });
    match (wanted, assigned(&test)) {
        (Some(test_kind), Some((var, call))) => {
            StmtKind::WhileLet { var: var.clone(), call: call.clone(), test: test_kind, body }
        }
        _ => StmtKind::While(test, body),
    }
}
