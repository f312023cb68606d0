//! What type each variable has: the join of all that is assigned to it, until nothing changes any more.

mod assigned;
mod calls;
mod returned;
mod settle;
mod told_apart;
mod uses;
mod values;

pub(crate) use settle::settled;
pub(crate) use values::{constant_text, is_int_option, is_socket_constant, signal};

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::*;
use crate::exceptions;
use crate::flow::Webs;
use crate::types::*;

/// Whether the value of a constant is written out.
pub(crate) fn is_written(value: &Expr) -> bool {
    matches!(
        value.kind,
        ExprKind::Int(_) | ExprKind::Str(_) | ExprKind::Float(_) | ExprKind::Bool(_) | ExprKind::Array(_)
    )
}

pub(crate) struct Types<'a> {
    pub(crate) program: &'a Program,
    pub(crate) webs: &'a Webs,
    pub(crate) tys: Vec<Ty>,
    pub(crate) returns: Vec<Ty>,
    /// The functions out of which an exception may come.
    pub(crate) throws: Vec<bool>,
    pub(crate) consts: BTreeMap<String, Ty>,
    /// Variables whose keys count: maps.
    maps: BTreeSet<usize>,
    /// Variables that are asked whether they are false, exactly or by what counts as false.
    strict: BTreeSet<usize>,
    asked: BTreeSet<usize>,
    /// Variables that a number cannot be text in: somebody tells the two apart, or calculates.
    exact: BTreeSet<usize>,
    /// Parameters that are asked whether they are exactly false, and nothing else.
    asked_alone: BTreeSet<usize>,
    /// Choices between a number and text whose result is text, and nothing else.
    loose: BTreeSet<Id>,
    wants: BTreeMap<usize, Rep>,
    /// Assignments of a value that is true from there on, as anything else leaves.
    sure: BTreeSet<Id>,
    /// What a variable is used as, which says what a parameter is that nobody gives.
    used_as: BTreeMap<usize, Ty>,
    stepped: BTreeSet<usize>,
    lowered: BTreeSet<usize>,
    bytes: BTreeSet<usize>,
    /// Integers that have to be whole i64: they count up.
    function: usize,
    settled: bool,
    /// How often all has been looked at.
    turn: usize,
    /// Variables that may be null where PHP finds no element.
    pub(crate) nulls: BTreeSet<usize>,
    /// Variables that `socket_recv` and `socket_recvfrom` fill.
    filled: BTreeSet<usize>,
    /// Variables that are used as text, and that nothing is ever assigned to.
    pub(crate) undefined: BTreeSet<usize>,
    /// Variables that are the message of a `socket_recvmsg`.
    pub(crate) headers: BTreeSet<usize>,
}

impl<'a> Types<'a> {
    pub(crate) fn new(program: &'a Program, webs: &'a Webs) -> Self {
        let mut types = Self {
            program,
            webs,
            tys: vec![Ty::Unknown; webs.webs.len()],
            returns: vec![Ty::Unknown; program.functions.len()],
            throws: exceptions::throwing(program),
            consts: BTreeMap::new(),
            maps: BTreeSet::new(),
            strict: BTreeSet::new(),
            asked: BTreeSet::new(),
            exact: BTreeSet::new(),
            asked_alone: BTreeSet::new(),
            loose: BTreeSet::new(),
            wants: BTreeMap::new(),
            sure: BTreeSet::new(),
            used_as: BTreeMap::new(),
            stepped: BTreeSet::new(),
            lowered: BTreeSet::new(),
            bytes: BTreeSet::new(),
            function: program.functions.len(),
            settled: false,
            turn: 0,
            nulls: BTreeSet::new(),
            filled: BTreeSet::new(),
            undefined: BTreeSet::new(),
            headers: BTreeSet::new(),
        };
        types.look();
        types.tell_apart();
        for s in &program.main {
            if let StmtKind::Const(name, value) = &s.kind
                && is_written(value)
            {
                let ty = types.of(value);
                types.consts.insert(name.clone(), ty);
            }
        }
        types.fix();
        while types.guess_parameters() {
            types.fix();
        }
        types.settle();
        types
    }

    fn fix(&mut self) {
        for _ in 0..40 {
            let before = (self.tys.clone(), self.returns.clone(), self.consts.clone());
            self.pass();
            self.turn += 1;
            if self.turn > 3 && before == (self.tys.clone(), self.returns.clone(), self.consts.clone()) {
                break;
            }
        }
    }

    /// A parameter of a function that nobody calls is what it is used as.
    fn guess_parameters(&mut self) -> bool {
        let mut guessed = false;
        for at in 0..self.tys.len() {
            if self.webs.webs[at].param.is_none() || self.tys[at] != Ty::Unknown {
                continue;
            }
            let number = self.wants.get(&at).map(|_| Ty::Int(Rep::Literal));
            let handed_on = || self.handed_on(at);
            if let Some(ty) = self.used_as.get(&at).cloned().or(number).or_else(handed_on) {
                self.tys[at] = ty;
                guessed = true;
            }
        }
        if !guessed {
            guessed = self.guess_json();
        }
        guessed
    }

    /// A parameter that is read, and of which nobody says what it is, is a value of any type.
    fn guess_json(&mut self) -> bool {
        let at = (0..self.tys.len()).find(|at| {
            let web = &self.webs.webs[*at];
            let hint =
                self.program.functions.get(web.function).zip(web.param).map(|(f, number)| &f.params[number].hint);
            let open = hint.is_some_and(|hint| hint.as_deref().is_none_or(|hint| hint == "array"));
            let closure = self.program.functions.get(web.function).is_some_and(|f| f.closure);
            let empty = self.tys[*at] == Ty::List(Box::new(Ty::Unknown)) && !self.is_called(web.function);
            open && !closure && web.reads > 0 && (empty || self.tys[*at] == Ty::Unknown)
        });
        if let Some(at) = at {
            self.tys[at] = Ty::Json;
        }
        at.is_some()
    }

    fn is_called(&self, function: usize) -> bool {
        self.webs.calls.iter().any(|calls| calls.contains(&function))
            || self.program.main.iter().any(|s| {
                let mut found = false;
                s.walk(&mut |e| {
                    found |= matches!(&e.kind, ExprKind::Call(name, _) if self.own(name) == Some(function));
                });
                found
            })
    }

    /// What a function of the program takes that a variable is given to.
    fn handed_on(&self, web: usize) -> Option<Ty> {
        let mut found = None;
        for s in self.bodies().flat_map(|(_, body)| body) {
            s.walk(&mut |e| {
                let ExprKind::Call(name, args) = &e.kind else { return };
                let Some(own) = self.own(name) else { return };
                for (param, arg) in self.program.functions[own].params.iter().zip(args) {
                    if self.web(arg) == Some(web)
                        && let Some(ty) = self.webs.of.get(&param.id).map(|taker| &self.tys[*taker])
                        && *ty != Ty::Unknown
                    {
                        found = Some(ty.clone());
                    }
                }
            });
        }
        found
    }

    pub(crate) fn bodies(&self) -> impl Iterator<Item = (usize, &'a Block)> + use<'a> {
        let functions: &'a [Function] = &self.program.functions;
        functions.iter().map(|f| &f.body).chain([&self.program.main]).enumerate()
    }

    pub(crate) fn web(&self, e: &Expr) -> Option<usize> {
        e.var().and_then(|_| self.webs.of.get(&e.id).copied())
    }

    /// The variable at the bottom of `$a[1][2]`.
    pub(crate) fn base(&self, e: &Expr) -> Option<usize> {
        match &e.kind {
            ExprKind::Index(base, _) => self.base(base),
            _ => self.web(e),
        }
    }

    pub(crate) fn own(&self, name: &str) -> Option<usize> {
        self.program.functions.iter().position(|f| f.name.eq_ignore_ascii_case(name))
    }

    pub(crate) fn pass(&mut self) {
        for (at, body) in self.bodies().collect::<Vec<_>>() {
            self.function = at;
            if let Some(function) = self.program.functions.get(at) {
                for param in &function.params {
                    if let (Some(class), "this", Some(web)) =
                        (function.class, param.name.as_str(), self.webs.of.get(&param.id))
                    {
                        self.put(*web, Ty::Object(self.program.classes[class].name.clone()));
                        continue;
                    }
                    if let Some(web) = self.webs.of.get(&param.id) {
                        if let Some(default) = &param.default
                            && self.tys[*web] != Ty::Json
                        {
                            let ty = self.of(default);
                            self.put(*web, ty);
                        }
                        let hinted = match param.hint.as_deref() {
                            Some("int") => INT,
                            Some("float") => Ty::Float,
                            Some("bool") => Ty::Bool,
                            Some("string") => Ty::Str(Text::Literal),
                            Some("socket") => Ty::Socket,
                            Some("?int") => INT.maybe(),
                            Some("?float") => Ty::Float.maybe(),
                            Some("?bool") => Ty::Bool.maybe(),
                            Some("?string") => STRING.maybe(),
                            Some("?socket") => Ty::Socket.maybe(),
                            _ => Ty::Unknown,
                        };
                        self.put(*web, hinted);
                    }
                }
            }
            statements(body, &mut |s| self.stmt(s));
            // What comes to its end returns null.
            if at < self.program.functions.len()
                && !always_returns(body)
                && self.program.functions[at].hint.is_none()
                && !matches!(self.returns[at], Ty::Unknown | Ty::Void)
            {
                self.returns[at] = self.returns[at].join(&Ty::Null);
            }
        }
        self.function = self.program.functions.len();
        self.begin_with_null();
        self.properties();
    }

    /// What the properties of the classes begin as.
    fn properties(&mut self) {
        for class in &self.program.classes {
            for property in &class.properties {
                let name = property_name(&class.name, &property.name);
                let Some(web) = self.webs.webs.iter().position(|web| web.global && web.name == name) else { continue };
                // What nobody looks at before it is set begins as something empty, if there is such a thing.
                let handle = self.tys[web].is_kept() || matches!(self.tys[web], Ty::Opt(_) | Ty::Maybe(_) | Ty::Json);
                let ty = match (&property.default, property.hint.as_deref()) {
                    (Some(Expr { kind: ExprKind::Null, .. }), _) if !property.exposed && !handle => Ty::Unknown,
                    (Some(default), _) => self.of(default),
                    // A declared type has no null at first, and PHP ends where it is looked at too early.
                    (None, None) if !property.set_first && (property.exposed || handle) => Ty::Null,
                    _ => Ty::Unknown,
                };
                self.put(web, ty);
            }
        }
    }

    /// Whether a variable that may be used before anything is assigned to it may begin as 0 or as an empty text: nobody sees that
    /// it is null there.
    pub(crate) fn begins_empty(&self, web: usize) -> bool {
        let info = &self.webs.webs[web];
        let asked = self.strict.contains(&web) || self.asked.contains(&web);
        match self.tys[web] {
            Ty::Str(_) => !info.read_unset || !asked,
            Ty::Int(_) | Ty::Float => !info.read_unset,
            _ => false,
        }
    }

    /// What may be read before anything is assigned to it is null there.
    fn begin_with_null(&mut self) {
        for at in 0..self.tys.len() {
            let info = &self.webs.webs[at];
            let simple = matches!(
                self.tys[at],
                Ty::Int(_) | Ty::Str(_) | Ty::Float | Ty::Bool | Ty::False | Ty::Socket | Ty::File | Ty::Input
            );
            let own = info.param.is_none() && !info.global && !self.filled.contains(&at);
            if info.read_unset && info.defs > 0 && own && simple && !self.begins_empty(at) {
                self.tys[at] = self.tys[at].clone().maybe();
            }
        }
    }
}
