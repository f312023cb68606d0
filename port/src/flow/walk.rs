//! What reaches each use of a variable, through every kind of expression and statement.

use super::*;
use crate::functions;

impl Flow<'_> {
    fn assign(&mut self, target: &Expr, state: &mut State) {
        match &target.kind {
            ExprKind::Var(name) => {
                let def = self.def(1, target.id, name, What::Assigned);
                self.of.insert(target.id, def);
                state.defs.insert(name.clone(), [def].into());
            }
            ExprKind::Array(elements) => {
                for (key, value) in elements {
                    if let Some(key) = key {
                        self.expr(key, state);
                    }
                    self.assign(value, state);
                }
            }
            _ => self.change(target, state),
        }
    }

    /// A variable that is changed where it is.
    fn change(&mut self, target: &Expr, state: &mut State) {
        match &target.kind {
            ExprKind::Var(_) => {
                self.changed.insert(target.id);
                self.expr(target, state);
            }
            ExprKind::Index(base, index) => {
                if let Some(index) = index {
                    self.expr(index, state);
                }
                self.change(base, state);
            }
            _ => self.expr(target, state),
        }
    }

    /// A variable that has been counted up is no longer nothing.
    fn begin(&mut self, target: &Expr, state: &mut State) {
        let ExprKind::Var(name) = &target.kind else { return };
        let Some(defs) = state.defs.get(name).cloned() else { return };
        let nothing = |def: &Def| self.kinds[*def].what == What::Nothing;
        if !defs.iter().any(nothing) {
            return;
        }
        let mut left: BTreeSet<Def> = defs.iter().copied().filter(|def| !nothing(def)).collect();
        let begun = self.def(6, target.id, name, What::Begun);
        defs.into_iter().for_each(|def| self.union(begun, def));
        left.insert(begun);
        state.defs.insert(name.clone(), left);
    }

    fn expr(&mut self, e: &Expr, state: &mut State) {
        match &e.kind {
            ExprKind::Var(name) => {
                let nothing = self.def(2, 0, name, What::Nothing);
                let defs = state.defs.entry(name.clone()).or_insert_with(|| [nothing].into()).clone();
                if state.reached {
                    self.uses.entry(e.id).or_default().extend(&defs);
                } else {
                    self.uses.entry(e.id).or_default();
                }
                let mut defs = defs.into_iter();
                if let Some(first) = defs.next() {
                    // A block that is come to in two ways is looked at twice.
                    if let Some(before) = self.of.insert(e.id, first)
                        && state.reached
                    {
                        self.union(before, first);
                    }
                    for other in defs {
                        self.union(first, other);
                    }
                }
            }
            ExprKind::Assign(target, value) => {
                self.expr(value, state);
                self.assign(target, state);
            }
            ExprKind::AssignOp(_, target, value) => {
                self.change(target, state);
                self.expr(value, state);
                self.begin(target, state);
            }
            ExprKind::Step { target, .. } => {
                self.change(target, state);
                self.begin(target, state);
            }
            ExprKind::Binary(BinOp::And | BinOp::Or, left, right) => {
                self.expr(left, state);
                let mut other = state.clone();
                self.expr(right, &mut other);
                state.join(&other);
            }
            ExprKind::Ternary(test, then, otherwise) => {
                self.expr(test, state);
                let mut first = state.clone();
                if let Some(then) = then {
                    self.expr(then, &mut first);
                }
                self.expr(otherwise, state);
                state.join(&first);
            }
            ExprKind::Coalesce(left, right) => {
                self.expr(left, state);
                let mut other = state.clone();
                self.expr(right, &mut other);
                state.join(&other);
            }
            ExprKind::Match(subject, arms) => {
                self.expr(subject, state);
                let mut after = State::default();
                for (conditions, body) in arms {
                    for condition in conditions.iter().flatten() {
                        self.expr(condition, state);
                    }
                    let mut arm = state.clone();
                    self.expr(body, &mut arm);
                    after.join(&arm);
                }
                *state = after;
            }
            ExprKind::Call(name, args) => {
                let (assigned, changed) = self.references(name);
                let own = self.program.functions.iter().find(|f| f.name.eq_ignore_ascii_case(name));
                for (at, arg) in args.iter().enumerate() {
                    if own.is_some_and(|f| f.params.get(at).is_some_and(|p| p.by_ref)) || changed.contains(&at) {
                        self.change(arg, state);
                    } else if !assigned.contains(&at) {
                        self.expr(arg, state);
                    }
                }
                if self.may_throw(e, name) {
                    self.thrown(state);
                }
                for at in assigned {
                    if let Some(arg) = args.get(*at) {
                        self.assign(arg, state);
                    }
                }
                // A new object has all that its class declares.
                if let Some(class) = own.filter(|f| f.is_constructor()).and_then(|f| f.class) {
                    for property in &self.program.classes[class].properties {
                        let name = property_name(&self.program.classes[class].name, &property.name);
                        let def = self.def(7, e.id, &name, What::Assigned);
                        state.defs.insert(name, [def].into());
                    }
                }
            }
            ExprKind::Throw(inner) => {
                self.expr(inner, state);
                self.thrown(state);
                state.reached = false;
            }
            ExprKind::Exit(inner) => {
                if let Some(inner) = inner {
                    self.expr(inner, state);
                }
                state.reached = false;
            }
            _ => {
                let mut parts = Vec::new();
                e.each(&mut |part| parts.push(part));
                parts.into_iter().for_each(|part| self.expr(part, state));
            }
        }
    }

    /// Whether an exception may come out of a call.
    fn may_throw(&self, e: &Expr, name: &str) -> bool {
        let own = self.program.functions.iter().any(|f| f.name.eq_ignore_ascii_case(name));
        own || self.program.errors != Errors::Unseen && crate::exceptions::is_checked(e)
    }

    /// What is there where an exception comes from is there where it is caught.
    fn thrown(&mut self, state: &State) {
        self.tries.iter_mut().for_each(|thrown| thrown.join(state));
    }

    /// The arguments that a function assigns to, and those that it changes: where `socket_recvfrom` is expected to fail, its
    /// data stays what it was.
    fn references(&self, name: &str) -> (&'static [usize], &'static [usize]) {
        match name {
            "socket_recvfrom" if self.program.keeps_data => (&[4, 5], &[1]),
            _ => functions::references(name),
        }
    }

    fn exprs(&mut self, list: &[Expr], state: &mut State) {
        list.iter().for_each(|e| self.expr(e, state));
    }

    pub(super) fn block(&mut self, block: &Block, state: &mut State) {
        block.iter().for_each(|s| self.stmt(s, state));
    }

    /// Runs a loop's body until nothing new reaches its head; returns what reaches its end.
    fn looped(&mut self, state: &mut State, turn: &mut dyn FnMut(&mut Self, &mut State) -> State) {
        let mut head = state.clone();
        let mut after = State::default();
        for _ in 0..24 {
            self.frames.push((State::default(), State::default()));
            let mut body = head.clone();
            let leave = turn(self, &mut body);
            let (breaks, _) = self.frames.pop().unwrap_or_default();
            after = leave;
            after.join(&breaks);
            let before = head.clone();
            head.join(&body);
            if head == before {
                break;
            }
        }
        *state = after;
    }

    /// `continue` meets the end of the body here.
    fn continued(&mut self, state: &mut State) {
        if let Some((_, continues)) = self.frames.last_mut() {
            let continues = std::mem::take(continues);
            state.join(&continues);
        }
    }

    fn stmt(&mut self, s: &Stmt, state: &mut State) {
        match &s.kind {
            StmtKind::Expr(e) | StmtKind::Const(_, e) => self.expr(e, state),
            StmtKind::Echo(list) => self.exprs(list, state),
            StmtKind::Return(e) => {
                if let Some(e) = e {
                    self.expr(e, state);
                }
                self.returned.iter_mut().for_each(|left| left.join(state));
                state.reached = false;
            }
            StmtKind::Block(block) => self.block(block, state),
            StmtKind::If(branches, otherwise) => {
                let mut after = State::default();
                for (test, body) in branches {
                    self.expr(test, state);
                    let mut inner = state.clone();
                    self.block(body, &mut inner);
                    after.join(&inner);
                }
                if let Some(body) = otherwise {
                    self.block(body, state);
                }
                after.join(state);
                *state = after;
            }
            StmtKind::While(test, body) => self.looped(state, &mut |this, state| {
                this.expr(test, state);
                let leave = if is_always(test) { State::default() } else { state.clone() };
                this.block(body, state);
                this.continued(state);
                leave
            }),
            StmtKind::WhileLet { var, call, body, .. } => self.looped(state, &mut |this, state| {
                this.expr(call, state);
                let mut leave = state.clone();
                let name = var.var().unwrap_or_default();
                let ended = this.def(3, var.id, name, What::Ended(s.id));
                leave.defs.insert(name.to_owned(), [ended].into());
                this.assign(var, state);
                this.block(body, state);
                this.continued(state);
                leave
            }),
            StmtKind::DoWhile(body, test) => self.looped(state, &mut |this, state| {
                this.block(body, state);
                this.continued(state);
                this.expr(test, state);
                if is_always(test) { State::default() } else { state.clone() }
            }),
            StmtKind::For(init, test, step, body) => {
                self.exprs(init, state);
                self.looped(state, &mut |this, state| {
                    this.exprs(test, state);
                    let leave = if test.last().is_none_or(is_always) { State::default() } else { state.clone() };
                    this.block(body, state);
                    this.continued(state);
                    this.exprs(step, state);
                    leave
                });
            }
            StmtKind::Foreach { list, key, value, body } => {
                self.expr(list, state);
                self.looped(state, &mut |this, state| {
                    let leave = state.clone();
                    this.assign(value, state);
                    if let Some(key) = key {
                        this.assign(key, state);
                    }
                    this.block(body, state);
                    this.continued(state);
                    leave
                });
            }
            StmtKind::Break(level) | StmtKind::Continue(level) => {
                if let Some(at) = self.frames.len().checked_sub(*level) {
                    let (breaks, continues) = &mut self.frames[at];
                    if matches!(s.kind, StmtKind::Break(_)) { breaks.join(state) } else { continues.join(state) }
                }
                state.reached = false;
            }
            StmtKind::Switch(subject, cases) => {
                self.expr(subject, state);
                self.frames.push((State::default(), State::default()));
                let entry = state.clone();
                let mut through = State::default();
                for (test, body) in cases {
                    let mut inner = entry.clone();
                    if let Some(test) = test {
                        self.expr(test, &mut inner);
                    }
                    inner.join(&through);
                    self.block(body, &mut inner);
                    through = inner;
                }
                let (breaks, continues) = self.frames.pop().unwrap_or_default();
                *state = through;
                state.join(&breaks);
                state.join(&continues);
                if cases.iter().all(|(test, _)| test.is_some()) {
                    state.join(&entry);
                }
            }
            StmtKind::Unset(list) => {
                for e in list {
                    match &e.kind {
                        ExprKind::Var(name) => {
                            self.expr(e, state);
                            let nothing = self.def(4, e.id, name, What::Nothing);
                            state.defs.insert(name.clone(), [nothing].into());
                        }
                        ExprKind::Index(base, index) => {
                            if let Some(index) = index {
                                self.expr(index, state);
                            }
                            self.change(base, state);
                        }
                        _ => self.expr(e, state),
                    }
                }
            }
            StmtKind::Try { body, catches, finally: Some(finally) } => {
                self.tries.push(State::default());
                self.returned.push(State::default());
                self.try_catch(body, catches, state);
                // It is come to by what is thrown and returned, too, but what follows it is not.
                let mut left = self.returned.pop().unwrap_or_default();
                left.join(&self.tries.pop().unwrap_or_default());
                self.block(&finally.body, &mut left);
                self.block(&finally.body, state);
            }
            StmtKind::Try { body, catches, finally: None } => self.try_catch(body, catches, state),
            StmtKind::Guard { var, call, otherwise } => {
                self.expr(call, state);
                let mut inner = state.clone();
                self.block(otherwise, &mut inner);
                self.assign(var, state);
            }
            StmtKind::Global(_)
            | StmtKind::Function(_)
            | StmtKind::Class(_)
            | StmtKind::Html(_)
            | StmtKind::Nothing
            | StmtKind::Refused(_) => {}
        }
    }

    fn try_catch(&mut self, body: &Block, catches: &[Catch], state: &mut State) {
        self.tries.push(State::default());
        self.block(body, state);
        let thrown = self.tries.pop().unwrap_or_default();
        let mut after = state.clone();
        for catch in catches {
            let mut inner = thrown.clone();
            if let Some(var) = &catch.var {
                self.assign(var, &mut inner);
            }
            self.block(&catch.body, &mut inner);
            after.join(&inner);
        }
        *state = after;
    }
}
