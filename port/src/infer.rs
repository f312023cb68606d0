//! What type each variable has: the join of all that is assigned to it, until nothing changes any more.

mod calls;
mod uses;
mod values;

pub(crate) use values::{constant_text, is_int_option, is_socket_constant, signal};

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::*;
use crate::exceptions;
use crate::flow::Webs;
use crate::types::*;

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
    wants: BTreeMap<usize, Rep>,
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
            wants: BTreeMap::new(),
            used_as: BTreeMap::new(),
            stepped: BTreeSet::new(),
            lowered: BTreeSet::new(),
            bytes: BTreeSet::new(),
            function: program.functions.len(),
            settled: false,
            turn: 0,
            nulls: BTreeSet::new(),
            headers: BTreeSet::new(),
        };
        types.look();
        for (_, body) in types.bodies() {
            statements(body, &mut |s| {
                if let StmtKind::Const(name, value) = &s.kind {
                    let ty = types.of(value);
                    types.consts.insert(name.clone(), ty);
                }
            });
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
            if before == (self.tys.clone(), self.returns.clone(), self.consts.clone()) {
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
        guessed
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
                    if let Some(web) = self.webs.of.get(&param.id) {
                        if let Some(default) = &param.default {
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
    }

    /// The type of what is returned where false is converted.
    fn without_false(&self, e: &Expr) -> Ty {
        match (&e.kind, self.of(e)) {
            (ExprKind::Ternary(_, Some(then), otherwise), _) => {
                self.without_false(then).join(&self.without_false(otherwise))
            }
            (_, Ty::Opt(inner)) => *inner,
            (_, ty) => ty,
        }
    }

    /// Whether a function has a `return` with a value.
    fn returns_values(&self, function: usize) -> bool {
        let mut found = false;
        if let Some(function) = self.program.functions.get(function) {
            statements(&function.body, &mut |s| found |= matches!(s.kind, StmtKind::Return(Some(_))));
        }
        found
    }

    /// What a function returns: what its declaration says, as PHP converts to that.
    pub(crate) fn returned(&self, function: usize) -> Ty {
        let found = self.returns[function].clone();
        let text = |found: &Ty| match found {
            Ty::Str(kind) => Ty::Str(*kind),
            _ => BYTES,
        };
        match (self.program.functions[function].hint.as_deref(), &found) {
            (_, Ty::Mixed(_)) => found,
            (Some("int"), _) => INT,
            (Some("float"), _) => Ty::Float,
            (Some("bool"), _) => Ty::Bool,
            (Some("string"), _) => text(&found),
            (Some("socket"), _) => Ty::Socket,
            (Some("void"), _) => Ty::Void,
            (Some("?int"), _) => INT.maybe(),
            (Some("?float"), _) => Ty::Float.maybe(),
            (Some("?bool"), _) => Ty::Bool.maybe(),
            (Some("?string"), Ty::Maybe(inner)) => text(inner).maybe(),
            (Some("?string"), _) => text(&found).maybe(),
            (Some("?socket"), _) => Ty::Socket.maybe(),
            (Some("array" | "?array"), Ty::Opt(_)) => Ty::Mixed("an array and false".into()),
            (Some("array" | "?array"), Ty::Json) => Ty::Mixed("a value of JSON where an array is declared".into()),
            (Some("array"), Ty::Maybe(_)) => Ty::Mixed("an array and null".into()),
            _ => found,
        }
    }

    pub(crate) fn put(&mut self, web: usize, ty: Ty) {
        // What messages are received into is a struct of the crate's.
        let ty = if self.headers.contains(&web) && matches!(ty, Ty::Map(..) | Ty::Record(_)) { Ty::Header } else { ty };
        // Where nobody asks whether a handle is null or false, both are `None`.
        let handle = |ty: &Ty| match ty {
            Ty::Opt(inner) | Ty::Maybe(inner) => {
                matches!(**inner, Ty::Socket | Ty::File | Ty::Input).then(|| (**inner).clone())
            }
            _ => None,
        };
        if !self.strict.contains(&web) {
            match (&self.tys[web], &ty) {
                (Ty::Opt(_), Ty::Null) if handle(&self.tys[web]).is_some() => return,
                (Ty::Null | Ty::Maybe(_), Ty::Opt(inner))
                    if handle(&ty).is_some()
                        && (self.tys[web] == Ty::Null || handle(&self.tys[web]) == handle(&ty)) =>
                {
                    self.tys[web] = if self.asked.contains(&web) { ty } else { (**inner).clone().maybe() };
                    return;
                }
                _ => {}
            }
        }
        let ty = match ty {
            Ty::Opt(inner) if matches!(*inner, Ty::Socket | Ty::File | Ty::Input) && !self.asked.contains(&web) => {
                *inner
            }
            Ty::Opt(inner) if matches!(*inner, Ty::Str(_)) && !self.strict.contains(&web) && !self.program.strict => {
                *inner
            }
            Ty::Void => Ty::Mixed("the result of a function that has none".into()),
            // What is lent to a function may be shorter lived than the program.
            Ty::Str(Text::Literal) if self.webs.webs[web].param.is_some() => STRING,
            Ty::Tuple(list) if list.is_empty() => Ty::List(Box::new(Ty::Unknown)),
            other => other,
        };
        let ty = match ty {
            Ty::List(inner) if self.maps.contains(&web) => {
                let key = if *inner == Ty::Unknown { Ty::Unknown } else { INT };
                Ty::Map(Box::new(key), inner)
            }
            other => other,
        };
        self.tys[web] = self.tys[web].join(&ty);
    }

    /// What an element becomes in an array: false has no place there where it can be told.
    pub(crate) fn as_element(ty: Ty) -> Ty {
        match ty {
            Ty::Opt(inner) if matches!(*inner, Ty::Socket | Ty::Str(_)) => *inner,
            Ty::Null | Ty::Maybe(_) => Ty::Mixed("null in an array".into()),
            other => other,
        }
    }

    pub(crate) fn key(ty: Ty) -> Ty {
        match ty {
            Ty::Int(_) => INT,
            Ty::Str(_) => BYTES,
            Ty::Opt(inner) => Self::key(*inner),
            other => other,
        }
    }

    pub(crate) fn put_target(&mut self, target: &Expr, ty: Ty) {
        match &target.kind {
            ExprKind::Var(_) => {
                if let Some(web) = self.web(target) {
                    self.put(web, ty);
                }
            }
            ExprKind::Index(base, index) => {
                let base_ty = self.of(base);
                // A record is filled later than what is put into it.
                if base_ty == Ty::Unknown
                    && self.turn < 3
                    && index.as_ref().is_some_and(|e| matches!(e.kind, ExprKind::Str(_)))
                {
                    return;
                }
                if let (Ty::Record(fields), Some(index)) = (&base_ty, index)
                    && let (Some(_), ExprKind::Str(key)) = (base_ty.field(index), &index.kind)
                {
                    let one = |(name, _): &(String, Ty)| {
                        let ty = if name.as_bytes() == key { ty.clone() } else { Ty::Unknown };
                        (name.clone(), ty)
                    };
                    let record = Ty::Record(fields.iter().map(one).collect());
                    self.put_target(base, record);
                    return;
                }
                let element = Self::as_element(ty);
                let array = match index {
                    None => Ty::List(Box::new(element)),
                    Some(index) => {
                        let key = Self::key(self.of(index));
                        Ty::Map(Box::new(key), Box::new(element))
                    }
                };
                self.put_target(base, array);
            }
            ExprKind::Array(elements) => {
                for (at, (_, part)) in elements.iter().enumerate() {
                    let ty = match &ty {
                        Ty::Tuple(list) => list.get(at).cloned().unwrap_or(Ty::Unknown),
                        other => other.element(),
                    };
                    self.put_target(part, ty);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn stmt(&mut self, s: &'a Stmt) {
        match &s.kind {
            StmtKind::Return(value) => {
                let nothing = || if self.returns_values(self.function) { Ty::Null } else { Ty::Void };
                let ty = value.as_ref().map_or_else(nothing, |e| self.of(e));
                // What a declaration names is what it is converted to.
                let hint = self.program.functions.get(self.function).and_then(|f| f.hint.as_deref());
                let ty = match (hint, value) {
                    (Some("?string" | "?socket" | "?int" | "?float"), Some(e)) => self.without_false(e),
                    _ => ty,
                };
                if let Some(slot) = self.returns.get(self.function) {
                    self.returns[self.function] = slot.join(&ty);
                }
            }
            StmtKind::Const(name, value) => {
                let ty = self.of(value);
                self.consts.insert(name.clone(), ty);
            }
            StmtKind::Guard { var, call, .. } => {
                let ty = self.of(call);
                let ty = if let Ty::Opt(inner) | Ty::Maybe(inner) = ty { *inner } else { ty };
                self.put_target(var, ty);
            }
            StmtKind::Try { catches, .. } => {
                catches.iter().filter_map(|c| c.var.as_ref()).for_each(|var| self.put_target(var, Ty::Exception));
            }
            StmtKind::WhileLet { var, call, .. } => {
                let ty = self.of(call);
                let ty = if let Ty::Opt(inner) = ty { *inner } else { ty };
                self.put_target(var, ty);
            }
            StmtKind::Foreach { list, key, value, .. } => {
                let ty = self.of(list);
                if let Some(key) = key {
                    let ty = match &ty {
                        Ty::Map(key, _) => (**key).clone(),
                        Ty::Json => Ty::Json,
                        Ty::Record(_) => BYTES,
                        Ty::List(_) | Ty::Tuple(_) => Ty::Int(Rep::Usize),
                        _ => Ty::Unknown,
                    };
                    self.put_target(key, ty);
                }
                let ty = match ty {
                    Ty::Tuple(list) => list.iter().fold(Ty::Unknown, |all, ty| all.join(ty)),
                    other => other.element(),
                };
                self.put_target(value, ty);
            }
            _ => {}
        }
        s.parts().0.into_iter().for_each(|e| e.walk(&mut |e| self.expr(e)));
    }

    pub(crate) fn expr(&mut self, e: &'a Expr) {
        match &e.kind {
            ExprKind::Assign(target, value) => {
                let ty = match self.of(value) {
                    // An array that nobody asks whether it is false has to be one.
                    Ty::Opt(inner)
                        if inner.is_array()
                            && matches!(&value.kind, ExprKind::Call(name, _) if name == "unpack")
                            && self.web(target).is_some_and(|web| !self.asked.contains(&web)) =>
                    {
                        *inner
                    }
                    other => other,
                };
                self.put_target(target, ty);
            }
            ExprKind::AssignOp(op, target, value) => {
                let ty = match op {
                    BinOp::Concat => match self.of(value) {
                        Ty::Str(Text::Literal | Text::String) | Ty::Int(_) => STRING,
                        _ => BYTES,
                    },
                    _ => match (self.of(target), self.of(value)) {
                        (Ty::Float, _) | (_, Ty::Float) => Ty::Float,
                        (_, Ty::Int(Rep::Literal)) => Ty::Int(Rep::Literal),
                        (_, Ty::Int(rep)) if *op == BinOp::Add => Ty::Int(if rep == Rep::I32 { Rep::I64 } else { rep }),
                        (_, Ty::Opt(inner)) if *inner == Ty::Int(Rep::Usize) && *op == BinOp::Add => {
                            Ty::Int(Rep::Usize)
                        }
                        _ => INT,
                    },
                };
                self.put_target(target, ty);
            }
            ExprKind::Closure(at, captured) => {
                for (param, outer) in self.program.functions[*at].params.iter().zip(captured) {
                    if let Some(web) = self.webs.of.get(&param.id).copied() {
                        let ty = self.of(outer);
                        self.put(web, ty);
                    }
                }
            }
            ExprKind::Call(name, args) => self.call(name, args),
            _ => {}
        }
    }

    pub(crate) fn call(&mut self, name: &str, args: &'a [Expr]) {
        if let Some(own) = self.own(name) {
            for (param, arg) in self.program.functions[own].params.iter().zip(args) {
                let Some(web) = self.webs.of.get(&param.id).copied() else { continue };
                let ty = match (param.hint.as_deref(), self.of(arg)) {
                    (Some("string"), Ty::Json) => BYTES,
                    (Some("int"), Ty::Json) => INT,
                    (Some(hint), Ty::Json) if hint != "array" => {
                        Ty::Mixed("a value of JSON where a type is declared".into())
                    }
                    (_, ty) => ty,
                };
                self.put(web, ty.clone());
                if param.by_ref {
                    let ty = self.tys[web].clone();
                    self.put_target(arg, ty);
                }
            }
            return;
        }
        // A closure is given the elements of the array beside it.
        if let ("array_map" | "array_filter" | "usort", [a, b]) = (name, args) {
            for (f, list) in [(a, b), (b, a)] {
                if let ExprKind::Closure(at, captured) = &f.kind {
                    let element = self.of(list).element();
                    for param in self.program.functions[*at].params.iter().skip(captured.len()) {
                        if let Some(web) = self.webs.of.get(&param.id).copied() {
                            self.put(web, element.clone());
                        }
                    }
                }
            }
        }
        match (name, args) {
            ("pcntl_signal", [_, handler]) => {
                if let ExprKind::Str(name) = &handler.kind
                    && let Some(own) = self.own(&String::from_utf8_lossy(name))
                    && let Some(param) = self.program.functions[own].params.first()
                    && let Some(web) = self.webs.of.get(&param.id).copied()
                {
                    self.put(web, INT);
                }
            }
            ("socket_getsockname" | "socket_getpeername", [_, rest @ ..]) => {
                self.put_outs(rest);
            }
            ("socket_recv", [_, data, ..]) => self.put_target(data, BYTES),
            ("socket_recvfrom", [_, data, _, _, rest @ ..]) => {
                self.put_target(data, BYTES);
                self.put_outs(rest);
            }
            ("socket_create_pair", [_, _, _, pair]) => self.put_target(pair, Ty::List(Box::new(Ty::Socket))),
            ("array_push" | "array_unshift", [list, rest @ ..]) => {
                for value in rest {
                    let ty = Self::as_element(self.of(value));
                    self.put_target(list, Ty::List(Box::new(ty)));
                }
            }
            _ => {}
        }
    }

    /// An address and a port that a call assigns.
    pub(crate) fn put_outs(&mut self, out: &[Expr]) {
        for (arg, ty) in out.iter().zip([STRING, Ty::Int(Rep::I32)]) {
            // A port in a variable that was text before is text: it is used and printed alike.
            if self.web(arg).is_some_and(|web| matches!(self.tys[web], Ty::Str(_))) {
                let web = self.web(arg).unwrap_or_default();
                let ty = if self.strict.contains(&web) && !matches!(ty, Ty::Str(_)) { ty } else { BYTES };
                let ty = if self.tys[web] == BYTES || !matches!(ty, Ty::Str(_)) { ty } else { STRING };
                self.put(web, ty);
            } else {
                self.put_target(arg, ty);
            }
        }
    }

    /// Numbers that are only ever written out take the type that their uses want.
    pub(crate) fn settle(&mut self) {
        for at in 0..self.tys.len() {
            if self.webs.webs[at].defs == 0 && self.webs.webs[at].param.is_none() && self.tys[at] == Ty::Unknown {
                self.tys[at] = Ty::Null;
            }
            let want = self.wants.get(&at).copied();
            let (stepped, lowered) = (self.stepped.contains(&at), self.lowered.contains(&at));
            self.tys[at] = match std::mem::replace(&mut self.tys[at], Ty::Unknown) {
                Ty::Int(Rep::Literal) => Ty::Int(match want {
                    Some(Rep::I32) if !stepped && !lowered => Rep::I32,
                    Some(Rep::Usize) if !lowered => Rep::Usize,
                    _ => Rep::I64,
                }),
                Ty::Int(_) if lowered => INT,
                Ty::Int(Rep::I32) if stepped => INT,
                other => settled(other),
            };
            if self.bytes.contains(&at) {
                self.tys[at] = BYTES;
            }
        }
        for at in 0..self.returns.len() {
            if self.returns[at] == Ty::Unknown && self.returns_values(at) {
                self.returns[at] = Ty::Mixed("what is not known".into());
            }
            self.returns[at] = match self.returned(at) {
                Ty::Int(_) => INT,
                Ty::Str(Text::Literal) => STRING,
                Ty::Unknown => Ty::Void,
                other => settled(other),
            };
        }
        for ty in self.consts.values_mut() {
            if ty.is_array() || matches!(ty, Ty::Record(_)) {
                *ty = settled(std::mem::replace(ty, Ty::Unknown));
            }
        }
        self.settled = true;
        // What a closure takes with it, and what it is given, it sees as it is.
        for (_, body) in self.bodies().collect::<Vec<_>>() {
            let mut same = Vec::new();
            body.iter().for_each(|s| {
                s.walk(&mut |e| match &e.kind {
                    ExprKind::Closure(at, captured) => {
                        for (param, outer) in self.program.functions[*at].params.iter().zip(captured) {
                            same.extend(
                                self.webs
                                    .of
                                    .get(&param.id)
                                    .copied()
                                    .zip(self.web(outer).map(|web| self.tys[web].clone())),
                            );
                        }
                    }
                    ExprKind::Call(_, args) => {
                        let [a, b] = args.as_slice() else { return };
                        for (f, list) in [(a, b), (b, a)] {
                            if let ExprKind::Closure(at, captured) = &f.kind {
                                let element = self.of(list).element();
                                for param in self.program.functions[*at].params.iter().skip(captured.len()) {
                                    same.extend(self.webs.of.get(&param.id).copied().map(|web| (web, element.clone())));
                                }
                            }
                        }
                    }
                    _ => {}
                });
            });
            same.into_iter().for_each(|(web, ty)| self.tys[web] = ty);
        }
    }
}

/// A value that is made in one of two ways is owned.
pub(crate) fn loosen(ty: Ty) -> Ty {
    ty
}

pub(crate) fn settled(ty: Ty) -> Ty {
    match ty {
        Ty::Int(Rep::Literal) => INT,
        Ty::List(inner) => Ty::List(Box::new(settled(*inner))),
        Ty::Map(key, inner) => {
            let key = if *key == Ty::Unknown { INT } else { settled(*key) };
            Ty::Map(Box::new(key), Box::new(settled(*inner)))
        }
        // A record whose fields are all alike is an array like others.
        Ty::Record(fields) => {
            let own = |ty: Ty| match settled(ty) {
                Ty::Str(Text::Literal) => STRING,
                Ty::Int(_) => INT,
                other => other,
            };
            let alike = fields.iter().fold(Ty::Unknown, |all, (_, ty)| all.join(ty));
            let record = Ty::Record(fields.into_iter().map(|(key, ty)| (key, own(ty))).collect());
            match alike {
                Ty::Mixed(_) | Ty::Maybe(_) | Ty::Opt(_) | Ty::Null => record,
                Ty::Str(Text::Literal) => Ty::Map(Box::new(BYTES), Box::new(alike)),
                _ => settled(record.loose()),
            }
        }
        Ty::Opt(inner) => Ty::Opt(Box::new(settled(*inner))),
        Ty::Maybe(inner) => Ty::Maybe(Box::new(match settled(*inner) {
            Ty::Int(_) => INT,
            Ty::Str(Text::Literal) => STRING,
            other => other,
        })),
        Ty::Tuple(list) => Ty::Tuple(list.into_iter().map(settled).collect()),
        other => other,
    }
}
