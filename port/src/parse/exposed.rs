//! The properties that may be looked at before anything is assigned to them, in the order in which the program calls its methods.

use std::collections::BTreeSet;

use crate::ast::*;
use crate::functions::references;

/// The properties that are surely assigned to; none where PHP does not come.
type State = Option<BTreeSet<String>>;

struct Walk<'a> {
    functions: &'a [Function],
    exposed: BTreeSet<String>,
    /// The functions at hand, of which none is looked into twice.
    inside: Vec<usize>,
    /// What is assigned where each of them returns.
    returns: Vec<State>,
    steps: usize,
}

/// Says of each property whether its null may be seen; of a class that nobody makes an object of, of all.
pub(super) fn find(classes: &mut [Class], functions: &[Function], main: &[Stmt]) {
    let mut walk = Walk { functions, exposed: BTreeSet::new(), inside: Vec::new(), returns: Vec::new(), steps: 0 };
    let mut state = Some(BTreeSet::new());
    walk.block(main, &mut state);
    for class in classes {
        let constructor = format!("{}::{CONSTRUCTOR}", class.name);
        let made = functions.iter().map(|f| f.body.as_slice()).chain([main]).flatten().any(|s| {
            let mut found = false;
            s.walk(&mut |e| found |= matches!(&e.kind, ExprKind::Call(name, _) if *name == constructor));
            found
        });
        for property in &mut class.properties {
            let name = property_name(&class.name, &property.name);
            property.exposed = !made || walk.steps > LIMIT || walk.exposed.contains(&name);
        }
    }
}

const LIMIT: usize = 20_000;

/// What is assigned on both ways.
fn both(a: State, b: State) -> State {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.intersection(&b).cloned().collect()),
        (one, other) => one.or(other),
    }
}

impl Walk<'_> {
    fn block(&mut self, block: &[Stmt], state: &mut State) {
        for s in block {
            self.steps += 1;
            if state.is_none() || self.steps > LIMIT {
                return;
            }
            self.stmt(s, state);
        }
    }

    fn stmt(&mut self, s: &Stmt, state: &mut State) {
        match &s.kind {
            StmtKind::If(branches, otherwise) => {
                let mut after = None;
                for (test, body) in branches {
                    self.expr(test, state);
                    let mut inner = state.clone();
                    self.block(body, &mut inner);
                    after = both(after, inner);
                }
                if let Some(body) = otherwise {
                    self.block(body, state);
                }
                *state = both(after, state.take());
            }
            StmtKind::Guard { var, call, otherwise } => {
                self.expr(call, state);
                self.block(otherwise, &mut state.clone());
                self.assign(var, state);
            }
            StmtKind::DoWhile(body, test) => {
                let before = state.clone();
                self.block(body, state);
                self.expr(test, state);
                if state.is_none() || continues(body, 1) || breaks(body, 1) {
                    *state = before;
                }
            }
            StmtKind::Block(body) => self.block(body, state),
            StmtKind::Return(value) => {
                value.iter().for_each(|e| self.expr(e, state));
                let left = state.take();
                if let Some(returned) = self.returns.last_mut() {
                    *returned = both(returned.take(), left);
                }
            }
            StmtKind::Break(_) | StmtKind::Continue(_) => *state = None,
            StmtKind::Unset(list) => list.iter().for_each(|e| self.look(e, state)),
            StmtKind::While(test, body) => {
                self.expr(test, state);
                self.block(body, &mut state.clone());
            }
            StmtKind::For(init, test, step, body) => {
                init.iter().chain(test).for_each(|e| self.expr(e, state));
                let mut inner = state.clone();
                self.block(body, &mut inner);
                step.iter().for_each(|e| self.expr(e, &mut inner));
            }
            StmtKind::Expr(e) => {
                self.expr(e, state);
                if e.ends() {
                    *state = None;
                }
            }
            _ => {
                let (expressions, blocks) = s.parts();
                expressions.into_iter().for_each(|e| self.expr(e, state));
                for block in blocks {
                    self.block(block, &mut state.clone());
                }
            }
        }
    }

    fn assign(&mut self, target: &Expr, state: &mut State) {
        match (target.var(), state.as_mut()) {
            (Some(name), Some(assigned)) => {
                assigned.insert(name.to_owned());
            }
            _ => self.expr(target, state),
        }
    }

    /// The variable is looked at, whatever it is.
    fn look(&mut self, e: &Expr, state: &State) {
        if let (Some(name), Some(assigned)) = (e.var(), state)
            && !assigned.contains(name)
        {
            self.exposed.insert(name.to_owned());
        }
    }

    fn expr(&mut self, e: &Expr, state: &mut State) {
        self.steps += 1;
        if state.is_none() || self.steps > LIMIT {
            return;
        }
        match &e.kind {
            ExprKind::Var(_) => self.look(e, state),
            ExprKind::Assign(target, value) => {
                self.expr(value, state);
                self.assign(target, state);
            }
            ExprKind::Binary(BinOp::And | BinOp::Or, a, b) | ExprKind::Coalesce(a, b) => {
                self.expr(a, state);
                self.expr(b, &mut state.clone());
            }
            ExprKind::Ternary(test, then, otherwise) => {
                self.expr(test, state);
                then.iter().for_each(|e| self.expr(e, &mut state.clone()));
                self.expr(otherwise, &mut state.clone());
            }
            ExprKind::Match(subject, arms) => {
                self.expr(subject, state);
                for (conditions, body) in arms {
                    conditions.iter().flatten().for_each(|e| self.expr(e, &mut state.clone()));
                    self.expr(body, &mut state.clone());
                }
            }
            ExprKind::Call(name, args) => {
                let out = references(name).0;
                for (at, arg) in args.iter().enumerate() {
                    if !out.contains(&at) {
                        self.expr(arg, state);
                    }
                }
                out.iter().filter_map(|at| args.get(*at)).for_each(|arg| self.assign(arg, state));
                let own = self.functions.iter().position(|f| f.name.eq_ignore_ascii_case(name));
                if let Some(own) = own.filter(|own| !self.inside.contains(own)) {
                    self.inside.push(own);
                    self.returns.push(None);
                    let functions = self.functions;
                    let mut inner = state.clone();
                    self.block(&functions[own].body, &mut inner);
                    self.inside.pop();
                    *state = both(inner, self.returns.pop().flatten());
                }
            }
            _ => {
                let mut parts = Vec::new();
                e.each(&mut |part| parts.push(part));
                parts.into_iter().for_each(|part| self.expr(part, state));
            }
        }
    }
}
