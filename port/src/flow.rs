//! Which assignment a variable's use sees. A PHP name becomes as many Rust variables as it has lives that never meet, each
//! with a type and a place of its own.

mod lives;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::*;

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
    /// And such a use reads it, and does not just count it up or put something behind it.
    pub(crate) read_unset: bool,
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
    /// What counting up, or putting something behind it, leaves of what was nothing.
    Begun,
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
        let waits = crate::signals::are_handled_in(program, &function.body);
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
}
