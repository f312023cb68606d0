//! Which assignment a variable's use sees. A PHP name becomes as many Rust variables as it has lives that never meet, each
//! with a type and a place of its own.

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::*;
use crate::functions;

type Def = usize;

#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    reached: bool,
    defs: BTreeMap<String, BTreeSet<Def>>,
}

impl State {
    fn join(&mut self, other: &Self) {
        if !other.reached {
            return;
        }
        if !self.reached {
            *self = other.clone();
            return;
        }
        for (name, defs) in &other.defs {
            self.defs.entry(name.clone()).or_default().extend(defs);
        }
    }
}

/// What a variable's life looks like.
#[derive(Clone, Debug)]
pub(crate) struct Web {
    pub(crate) name: String,
    /// The function whose variable it is; the number of functions for the main program.
    pub(crate) function: usize,
    /// A use may come before any assignment.
    pub(crate) uninit: bool,
    pub(crate) param: Option<usize>,
    pub(crate) global: bool,
    /// How often it is assigned to as a whole.
    pub(crate) defs: usize,
    /// Changed without being assigned to: `$x++`, `$x[] = 1`, `sort($x)`.
    pub(crate) changed: bool,
    pub(crate) reads: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Webs {
    pub(crate) webs: Vec<Web>,
    /// The web of each expression that is a variable, and of each parameter.
    pub(crate) of: BTreeMap<Id, usize>,
    /// The globals that each function uses, itself or through others.
    pub(crate) globals: Vec<BTreeSet<String>>,
    /// Loops whose variable is read after them.
    pub(crate) blocked: BTreeSet<Id>,
    /// Which functions each function calls.
    pub(crate) calls: Vec<BTreeSet<usize>>,
    /// Variables that no line of Rust reads: PHP never comes there, or they are known to be false.
    pub(crate) unseen: BTreeSet<Id>,
}

struct Flow<'a> {
    program: &'a Program,
    parent: Vec<Def>,
    kinds: Vec<Kind>,
    of: BTreeMap<Id, Def>,
    frames: Vec<(State, State)>,
    /// What is there where an exception is caught, for each `try` around.
    tries: Vec<State>,
    /// What is there where a function returns, for each `try` around that has a `finally`.
    returned: Vec<State>,
    uses: BTreeMap<Id, BTreeSet<Def>>,
    changed: BTreeSet<Id>,
    /// Definitions of this function by their key.
    keys: BTreeMap<(u8, Id, String), Def>,
    function: usize,
    merged: &'a BTreeSet<(usize, String)>,
}

#[derive(Clone, Debug, PartialEq)]
struct Kind {
    name: String,
    function: usize,
    what: What,
}

#[derive(Clone, Debug, PartialEq)]
enum What {
    Nothing,
    Param(usize),
    Assigned,
    /// A global at the start of a function.
    Shared,
    /// What a `WhileLet` leaves behind.
    Ended(Id),
}

pub(crate) fn webs(program: &Program, merged: &BTreeSet<(usize, String)>, unseen: &BTreeSet<Id>) -> Webs {
    let count = program.functions.len();
    let index = |name: &str| program.functions.iter().position(|f| f.name.eq_ignore_ascii_case(name));
    let mut result = Webs { unseen: unseen.clone(), ..Webs::default() };
    for function in &program.functions {
        let (mut globals, mut calls) = (BTreeSet::new(), BTreeSet::new());
        statements(&function.body, &mut |s| {
            if let StmtKind::Global(names) = &s.kind {
                globals.extend(names.iter().cloned());
            }
        });
        function.body.iter().for_each(|s| {
            s.walk(&mut |e| {
                if let ExprKind::Call(name, _) = &e.kind {
                    calls.extend(index(name));
                }
            });
        });
        let waits = program.async_signals || calls_dispatch(&function.body);
        if waits && !program.handlers.iter().any(|(_, name)| name.eq_ignore_ascii_case(&function.name)) {
            calls.extend(program.handlers.iter().filter_map(|(_, name)| index(name)));
        }
        result.globals.push(globals);
        result.calls.push(calls);
    }
    loop {
        let mut grown = false;
        for at in 0..count {
            for called in result.calls[at].clone() {
                let more = result.globals[called].clone();
                let before = result.globals[at].len();
                result.globals[at].extend(more);
                grown |= result.globals[at].len() > before;
            }
        }
        if !grown {
            break;
        }
    }
    let mut flow = Flow {
        program,
        parent: Vec::new(),
        kinds: Vec::new(),
        of: BTreeMap::new(),
        frames: Vec::new(),
        tries: Vec::new(),
        returned: Vec::new(),
        uses: BTreeMap::new(),
        changed: BTreeSet::new(),
        keys: BTreeMap::new(),
        function: count,
        merged,
    };
    for at in 0..=count {
        flow.function = at;
        flow.keys.clear();
        flow.frames.clear();
        let mut state = State { reached: true, ..State::default() };
        let body = if at == count {
            &program.main
        } else {
            let function = &program.functions[at];
            for (number, param) in function.params.iter().enumerate() {
                let def = flow.def(0, param.id, &param.name, What::Param(number));
                flow.of.insert(param.id, def);
                state.defs.insert(param.name.clone(), [def].into());
            }
            &function.body
        };
        // Before it is assigned, a variable is nothing.
        let mut names = BTreeSet::new();
        body.iter().for_each(|s| s.walk(&mut |e| names.extend(e.var().map(str::to_owned))));
        for name in names {
            let nothing = flow.def(2, 0, &name, What::Nothing);
            state.defs.entry(name).or_insert_with(|| [nothing].into());
        }
        // A function's global is the main program's variable.
        if at < count {
            for (number, name) in declared(body).into_iter().enumerate() {
                let def = flow.def(5, number, &name, What::Shared);
                state.defs.insert(name, [def].into());
            }
        }
        flow.block(body, &mut state);
    }
    flow.finish(result)
}

fn calls_dispatch(body: &Block) -> bool {
    let mut found = false;
    body.iter().for_each(|s| {
        s.walk(&mut |e| found |= matches!(&e.kind, ExprKind::Call(name, _) if name == "pcntl_signal_dispatch"));
    });
    found
}

fn declared(body: &Block) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    statements(body, &mut |s| {
        if let StmtKind::Global(list) = &s.kind {
            names.extend(list.iter().cloned());
        }
    });
    names
}

impl Flow<'_> {
    fn find(&mut self, def: Def) -> Def {
        let up = self.parent[def];
        if up == def {
            return def;
        }
        let root = self.find(up);
        self.parent[def] = root;
        root
    }

    fn union(&mut self, a: Def, b: Def) {
        let (a, b) = (self.find(a), self.find(b));
        self.parent[b.max(a)] = a.min(b);
    }

    fn def(&mut self, place: u8, id: Id, name: &str, what: What) -> Def {
        let key = (place, id, name.to_owned());
        if let Some(def) = self.keys.get(&key) {
            return *def;
        }
        let def = self.parent.len();
        self.parent.push(def);
        self.kinds.push(Kind { name: name.to_owned(), function: self.function, what });
        self.keys.insert(key, def);
        def
    }

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
            ExprKind::Index(base, index) => {
                if let Some(index) = index {
                    self.expr(index, state);
                }
                self.change(base, state);
            }
            _ => self.expr(target, state),
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
                    self.of.insert(e.id, first);
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
            }
            ExprKind::Step { target, .. } => self.change(target, state),
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

    fn block(&mut self, block: &Block, state: &mut State) {
        block.iter().for_each(|s| self.stmt(s, state));
    }

    fn always(test: &Expr) -> bool {
        match &test.kind {
            ExprKind::Bool(value) => *value,
            ExprKind::Int(n) => *n != 0,
            _ => false,
        }
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
                let leave = if Self::always(test) { State::default() } else { state.clone() };
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
                if Self::always(test) { State::default() } else { state.clone() }
            }),
            StmtKind::For(init, test, step, body) => {
                self.exprs(init, state);
                self.looped(state, &mut |this, state| {
                    this.exprs(test, state);
                    let leave = if test.last().is_none_or(Self::always) { State::default() } else { state.clone() };
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

    fn finish(mut self, mut result: Webs) -> Webs {
        let count = self.program.functions.len();
        // One variable for a global in all functions, and for what was found to overlap.
        let mut whole: BTreeMap<(usize, String), Def> = BTreeMap::new();
        let globals = |function: usize, name: &str| {
            if function == count {
                result.globals.iter().any(|g| g.contains(name))
            } else {
                declared(&self.program.functions[function].body).contains(name)
            }
        };
        let mut unions = Vec::new();
        for (def, kind) in self.kinds.iter().enumerate() {
            let key = if globals(kind.function, &kind.name) {
                (count, kind.name.clone())
            } else if self.merged.contains(&(kind.function, kind.name.clone()))
                || self.program.functions.get(kind.function).is_some_and(|function| {
                    // A parameter by reference is the same variable as long as the function runs.
                    function.params.iter().any(|param| param.by_ref && param.name == kind.name)
                })
            {
                (kind.function, kind.name.clone())
            } else {
                continue;
            };
            match whole.get(&key) {
                Some(first) => unions.push((*first, def)),
                None => {
                    whole.insert(key, def);
                }
            }
        }
        for (a, b) in unions {
            self.union(a, b);
        }
        let mut numbers: BTreeMap<Def, usize> = BTreeMap::new();
        for def in 0..self.kinds.len() {
            let root = self.find(def);
            let kind = self.kinds[def].clone();
            let number = *numbers.entry(root).or_insert_with(|| {
                result.webs.push(Web {
                    name: kind.name.clone(),
                    function: kind.function,
                    uninit: false,
                    param: None,
                    global: false,
                    defs: 0,
                    changed: false,
                    reads: 0,
                });
                result.webs.len() - 1
            });
            let web = &mut result.webs[number];
            match kind.what {
                What::Param(at) => web.param = Some(at),
                What::Assigned => web.defs += 1,
                What::Nothing | What::Shared | What::Ended(_) => {}
            }
            if kind.function == count {
                web.function = count;
            }
        }
        for ((_, name), def) in whole.iter().filter(|((function, _), _)| *function == count) {
            let root = self.find(*def);
            if let Some(number) = numbers.get(&root)
                && result.globals.iter().any(|g| g.contains(name))
            {
                result.webs[*number].global = true;
                result.webs[*number].function = count;
            }
        }
        let of: Vec<(Id, Def)> = self.of.iter().map(|(id, def)| (*id, *def)).collect();
        for (id, def) in of {
            let root = self.find(def);
            result.of.insert(id, numbers[&root]);
        }
        for (id, defs) in &self.uses {
            let Some(number) = result.of.get(id).copied() else { continue };
            result.webs[number].reads += usize::from(!result.unseen.contains(id));
            if self.changed.contains(id) {
                result.webs[number].changed = true;
            }
            for def in defs {
                match self.kinds[*def].what {
                    What::Nothing => result.webs[number].uninit = true,
                    What::Ended(statement) => {
                        result.blocked.insert(statement);
                    }
                    _ => {}
                }
            }
        }
        result
    }
}
