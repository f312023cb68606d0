//! Where each variable is declared: in the innermost block that has all of its uses.

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::*;
use crate::infer::Types;
use crate::shape::callee;
use crate::types::Ty;

/// A block: the statement that it belongs to, and which of its blocks it is.
pub(crate) type Key = (Id, usize);

/// The head of a `for`, where its counter may be declared.
pub(crate) const HEAD: usize = 900;

pub(crate) fn root(function: usize) -> Key {
    (usize::MAX - function, 0)
}

type Path = Vec<(Key, usize)>;

#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) block: Key,
    pub(crate) index: usize,
    /// Declared ahead of the statement that first has it, and assigned later more than once.
    pub(crate) reassigned: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Places {
    pub(crate) of: BTreeMap<usize, Place>,
    /// Names whose variables would hide each other.
    pub(crate) overlaps: BTreeSet<(usize, String)>,
}

struct Walker<'a> {
    types: &'a Types<'a>,
    uses: BTreeMap<usize, Vec<Path>>,
    defs: BTreeMap<usize, Vec<Path>>,
    order: BTreeMap<usize, Vec<(usize, Path)>>,
    count: usize,
    loops: BTreeSet<Id>,
    /// Statements whose blocks follow each other: `try`.
    tries: BTreeSet<Id>,
    /// Variables that may outlive their block with an open socket in them.
    opened: BTreeSet<usize>,
    /// Variables whose socket is closed where they are, and those that a `foreach` assigns.
    closed: BTreeSet<usize>,
    looped: BTreeSet<usize>,
    /// Whether an array lets go of a socket that nobody closes: the variable of a loop over it keeps that.
    lets_go: bool,
    function: usize,
}

pub(crate) fn places(types: &Types<'_>) -> Places {
    let mut walker = Walker {
        types,
        uses: BTreeMap::new(),
        defs: BTreeMap::new(),
        order: BTreeMap::new(),
        count: 0,
        loops: BTreeSet::new(),
        tries: BTreeSet::new(),
        opened: BTreeSet::new(),
        closed: BTreeSet::new(),
        looped: BTreeSet::new(),
        lets_go: lets_go(types),
        function: 0,
    };
    for (at, body) in types.program.functions.iter().map(|f| &f.body).chain([&types.program.main]).enumerate() {
        walker.function = at;
        walker.block(body, root(at), &Vec::new());
    }
    walker.finish()
}

impl Walker<'_> {
    fn block(&mut self, block: &Block, key: Key, path: &Path) {
        for (index, s) in block.iter().enumerate() {
            let mut path = path.clone();
            path.push((key, index + 1));
            self.stmt(s, &path, block, index);
        }
    }

    fn expr(&mut self, e: &Expr, path: &Path) {
        self.expr_in(e, path, path);
    }

    /// An expression whose assignments happen at another place than its uses: in every turn of a loop.
    fn expr_in(&mut self, e: &Expr, path: &Path, turns: &Path) {
        let types = self.types;
        e.walk(&mut |e| {
            if let Some(web) = types.web(e) {
                if types.webs.webs[web].global && self.function < types.program.functions.len() {
                    return;
                }
                self.uses.entry(web).or_default().push(path.clone());
                self.order.entry(web).or_default().push((self.count, path.clone()));
                self.count += 1;
            }
            if let ExprKind::Assign(target, _) = &e.kind {
                self.def(target, turns);
            }
            if let ExprKind::Call(name, args) = &e.kind {
                for at in crate::functions::references(name).0 {
                    if let Some(arg) = args.get(*at) {
                        self.def(arg, turns);
                    }
                }
            }
        });
    }

    fn def(&mut self, target: &Expr, path: &Path) {
        match &target.kind {
            ExprKind::Array(elements) => elements.iter().for_each(|(_, e)| self.def(e, path)),
            _ => {
                if let Some(web) = self.types.web(target) {
                    self.defs.entry(web).or_default().push(path.clone());
                }
            }
        }
    }

    fn stmt(&mut self, s: &Stmt, path: &Path, block: &Block, index: usize) {
        let (expressions, blocks) = s.parts();
        match &s.kind {
            StmtKind::Foreach { list, key, value, body } => {
                self.loops.insert(s.id);
                self.expr(list, path);
                let mut head = path.clone();
                head.push(((s.id, 0), 0));
                for target in [Some(value), key.as_ref()].into_iter().flatten() {
                    self.expr(target, &head);
                    self.def(target, &head);
                }
                if let Some(web) = self.types.web(value).filter(|web| self.types.tys[*web].is_handle()) {
                    self.looped.insert(web);
                    if self.lets_go && !self.types.webs.webs[web].global {
                        self.opened.insert(web);
                    }
                }
                self.block(body, (s.id, 0), path);
            }
            StmtKind::WhileLet { var, call, body, .. } => {
                self.loops.insert(s.id);
                self.expr(call, path);
                let mut head = path.clone();
                head.push(((s.id, 0), 0));
                self.expr(var, &head);
                self.def(var, &head);
                self.open(var, call, &[body]);
                self.block(body, (s.id, 0), path);
            }
            StmtKind::For(init, test, step, body) => {
                self.loops.insert(s.id);
                let mut head = path.clone();
                head.push(((s.id, HEAD), 0));
                let mut turns = path.clone();
                turns.push(((s.id, HEAD), 0));
                turns.push(((s.id, HEAD + 1), 0));
                init.iter().for_each(|e| self.expr(e, &head));
                for e in test.iter().chain(step) {
                    self.expr_in(e, &head, &turns);
                }
                let mut inner = path.clone();
                inner.push(((s.id, HEAD), 1));
                self.block(body, (s.id, 0), &inner);
            }
            StmtKind::DoWhile(body, test) => {
                self.loops.insert(s.id);
                let mut end = path.clone();
                if !continues(body, 1) {
                    end.push(((s.id, 0), body.len() + 1));
                }
                self.block(body, (s.id, 0), path);
                let mut turns = path.clone();
                turns.push(((s.id, HEAD), 0));
                let turns = if continues(body, 1) { turns } else { end.clone() };
                self.expr_in(test, &end, &turns);
            }
            StmtKind::Guard { var, call, .. } => {
                self.expr(call, path);
                self.block(blocks[0], (s.id, 0), path);
                self.expr(var, path);
                self.def(var, path);
                self.open(var, call, &[&block[index..]]);
            }
            StmtKind::Try { body, catches, finally } => {
                self.tries.insert(s.id);
                self.block(body, (s.id, 0), path);
                for (number, catch) in catches.iter().enumerate() {
                    if let Some(var) = &catch.var {
                        let mut head = path.clone();
                        head.push(((s.id, number + 1), 0));
                        self.expr(var, &head);
                        self.def(var, &head);
                    }
                    self.block(&catch.body, (s.id, number + 1), path);
                }
                if let Some(finally) = finally {
                    self.block(&finally.body, (s.id, catches.len() + 1), path);
                }
            }
            StmtKind::While(test, body) => {
                self.loops.insert(s.id);
                let mut turns = path.clone();
                turns.push(((s.id, HEAD), 0));
                self.expr_in(test, path, &turns);
                self.block(body, (s.id, 0), path);
            }
            _ => {
                if let StmtKind::Expr(e) = &s.kind
                    && let ExprKind::Assign(target, call) = &e.kind
                {
                    self.open(target, call, &[&block[index..]]);
                }
                if let StmtKind::If(branches, _) = &s.kind {
                    let behind: Vec<&[Stmt]> =
                        blocks.iter().map(|b| b.as_slice()).chain([&block[index + 1..]]).collect();
                    for (test, _) in branches {
                        test.walk(&mut |e| {
                            if let ExprKind::Assign(target, call) = &e.kind {
                                self.open(target, call, &behind);
                            }
                        });
                    }
                }
                expressions.into_iter().for_each(|e| self.expr(e, path));
                for (number, inner) in blocks.into_iter().enumerate() {
                    self.block(inner, (s.id, number), path);
                }
            }
        }
    }

    /// Whether the variable may hold an open connection at the end of its block: none of the blocks that come behind closes it.
    fn open(&mut self, var: &Expr, call: &Expr, behind: &[&[Stmt]]) {
        let (Some(web), Some(name)) = (self.types.web(var), callee(call)) else { return };
        let socket = match &self.types.tys[web] {
            Ty::Socket => true,
            Ty::Opt(inner) => **inner == Ty::Socket,
            _ => false,
        };
        if !socket || name == "array_shift" || name == "array_pop" {
            return;
        }
        let closes = |s: &Stmt| match &s.kind {
            StmtKind::Expr(e) => match &e.kind {
                ExprKind::Call(name, args) if name == "socket_close" => {
                    args.first().and_then(|a| self.types.web(a)) == Some(web)
                }
                _ => false,
            },
            _ => false,
        };
        if behind.iter().any(|block| block.iter().take_while(|s| !leaves_loop(s)).any(closes)) {
            self.closed.insert(web);
        } else {
            self.opened.insert(web);
        }
    }

    /// Whether nothing comes behind a statement of a function, or of the main program.
    fn is_last(&self, function: usize, index: usize) -> bool {
        let program = self.types.program;
        let body = program.functions.get(function).map_or(&program.main, |function| &function.body);
        let nothing = |s: &Stmt| matches!(s.kind, StmtKind::Function(_) | StmtKind::Class(_) | StmtKind::Nothing);
        body.iter().skip(index).all(nothing)
    }

    fn finish(self) -> Places {
        let mut places = Places::default();
        for (web, paths) in &self.uses {
            let mut depth = 0;
            loop {
                let first = &paths[0];
                if paths.iter().any(|p| p.len() == depth + 1 || p[depth] != first[depth]) {
                    break;
                }
                if paths.iter().any(|p| p[depth + 1].0 != first[depth + 1].0) {
                    break;
                }
                depth += 1;
            }
            // What PHP creates at the first `$x[] =` stays; so does a connection, as long as something comes behind its block.
            let opened = self.opened.contains(web) || matches!(self.types.tys[*web], Ty::Object(_));
            if opened || self.types.webs.webs[*web].uninit {
                depth = (0..depth).find(|d| self.loops.contains(&paths[0][d + 1].0.0)).unwrap_or(depth);
            }
            if opened && !self.is_last(self.types.webs.webs[*web].function, paths[0][0].1) {
                depth = 0;
            }
            let block = paths[0][depth].0;
            let index = paths.iter().map(|p| p[depth].1).min().unwrap_or(0);
            let defs = self.defs.get(web).cloned().unwrap_or_default();
            let in_loop = defs.iter().any(|p| p.iter().skip(depth + 1).any(|(key, _)| self.loops.contains(&key.0)));
            let sequential = defs.iter().enumerate().any(|(n, a)| {
                defs[n + 1..].iter().any(|b| {
                    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
                    match (a.get(same), b.get(same)) {
                        (Some(a), Some(b)) => a.0 == b.0 || a.0.0 == b.0.0 && self.tries.contains(&a.0.0),
                        _ => true,
                    }
                })
            });
            places.of.insert(*web, Place { block, index, reassigned: in_loop || sequential });
        }
        // A variable that is declared while an older one of the same name is still to be used would hide it.
        for (web, place) in &places.of {
            let this = &self.types.webs.webs[*web];
            let start = self.order[web].first().map_or(0, |(n, _)| *n);
            for (other, _) in places.of.iter().filter(|(other, _)| *other != web) {
                let that = &self.types.webs.webs[*other];
                if that.name != this.name || that.function != this.function {
                    continue;
                }
                let begun = self.order[other].first().map_or(0, |(n, _)| *n);
                // What is assigned within a statement is declared ahead of it, and hides what its test looks at.
                let ahead = self.defs.get(web).is_some_and(|defs| {
                    defs.first().and_then(|path| path.last()).is_some_and(|(key, _)| *key != place.block)
                });
                let hidden = begun < start
                    && self.order[other].iter().any(|(n, path)| {
                        (*n > start || ahead)
                            && path.iter().any(|(key, index)| *key == place.block && *index >= place.index)
                    });
                // A variable that is given something else lets go of its connection.
                let kept = self.opened.contains(other) || !self.closed.contains(other) && !self.looped.contains(other);
                let shut = begun < start && kept && self.types.tys[*other].holds_socket();
                if hidden || shut {
                    places.overlaps.insert((this.function, this.name.clone()));
                }
            }
        }
        places
    }
}

/// Whether the statement may leave the block that it is in, other than by ending the program.
fn leaves_loop(s: &Stmt) -> bool {
    match &s.kind {
        StmtKind::Break(_) | StmtKind::Continue(_) | StmtKind::Return(_) => true,
        _ => s.parts().1.into_iter().flatten().any(leaves_loop),
    }
}

/// Whether an array that the program keeps sockets in lets go of one that is not closed there.
fn lets_go(types: &Types<'_>) -> bool {
    let sockets = |e: &Expr| matches!(types.of(e), Ty::List(inner) | Ty::Map(_, inner) if *inner == Ty::Socket);
    let mut selected = BTreeSet::new();
    let bodies: Vec<&Block> = types.bodies().map(|(_, body)| body).collect();
    for s in bodies.iter().copied().flatten() {
        s.walk(&mut |e| {
            if let ExprKind::Call(name, args) = &e.kind
                && name == "socket_select"
            {
                selected.extend(args.iter().filter_map(|arg| types.web(arg)));
            }
        });
    }
    let closes = |s: &Stmt| matches!(&s.kind, StmtKind::Expr(e) if callee(e) == Some("socket_close"));
    let own = |e: &Expr| types.base(e).is_some_and(|web| !selected.contains(&web));
    let loses = |s: &Stmt| match &s.kind {
        StmtKind::Unset(list) => {
            list.iter().any(|e| matches!(&e.kind, ExprKind::Index(base, _) if sockets(base) && own(base)))
        }
        StmtKind::Expr(Expr { kind: ExprKind::Assign(target, value), .. }) => {
            matches!(&value.kind, ExprKind::Array(list) if list.is_empty()) && sockets(target) && own(target)
        }
        _ => false,
    };
    let mut found = false;
    for body in bodies {
        let mut look = |block: &[Stmt], top: bool| {
            let closed = block.iter().any(closes);
            // What is made once is empty before.
            let once = |s: &Stmt| match &s.kind {
                StmtKind::Expr(Expr { kind: ExprKind::Assign(target, _), .. }) => {
                    top && types.web(target).is_some_and(|web| types.webs.webs[web].defs <= 1)
                }
                _ => false,
            };
            found |= !closed && block.iter().any(|s| loses(s) && !once(s));
        };
        look(body, true);
        statements(body, &mut |s| s.parts().1.into_iter().for_each(|block| look(block, false)));
    }
    found
}
