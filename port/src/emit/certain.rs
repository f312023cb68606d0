//! A socket that may be false, and of which the first use makes sure: PHP throws there.

use super::*;
use crate::ast::*;
use crate::places::Key;
use crate::types::*;

impl<'a> Emit<'a> {
    /// Binds such a socket once, in front of the statement that first needs it, if all that comes then needs one, too.
    pub(crate) fn make_certain(&mut self, s: &Stmt, block: Key) {
        let Some((web, start)) = first(s).and_then(|e| self.first_needed(e)).map(|web| (web, s.span.start)) else {
            return;
        };
        let info = &self.types.webs.webs[web];
        let here = self.places.of.get(&web).is_some_and(|place| place.block == block);
        let plain = !info.global && !info.uninit && (self.declared.contains(&web) || info.param.is_some());
        let new = !self.tainted.contains(&web) && !self.there.contains(&web) && !self.certain.contains(&web);
        if !plain || !new || self.pending.contains(&web) {
            return;
        }
        let program = self.types.program;
        let body = program.functions.get(self.function).map_or(&program.main, |function| &function.body);
        let (mut uses, mut needs) = (0, 0);
        let is = |e: &Expr| self.types.web(e) == Some(web);
        for s in body {
            s.walk(&mut |e| match &e.kind {
                _ if e.span.start < start || e.span.start >= self.block_end => {}
                ExprKind::Var(_) if is(e) => uses += 1,
                ExprKind::Call(name, args) => needs += usize::from(takes_socket(name) && args.first().is_some_and(is)),
                ExprKind::Array(list) => needs += list.iter().filter(|(_, value)| is(value)).count(),
                ExprKind::Assign(target, value) if matches!(target.kind, ExprKind::Index(..)) => {
                    needs += usize::from(is(value));
                }
                _ => {}
            });
        }
        // A call has its name in front, so that it begins before what it takes.
        if uses == needs && uses > 1 {
            let name = self.name(web);
            // What belongs to a block around this one is borrowed.
            let own = here && info.param.is_none() && !self.forms.contains_key(&web);
            let value = if own { name.clone() } else { format!("{name}.as_ref()") };
            let function = taker(s, &is);
            let value = self.need(function, "false", &value);
            self.line(format!("let {name} = {value};"));
            if own {
                self.lent.remove(&web);
            } else {
                self.lent.insert(web);
            }
            self.certain.insert(web);
        }
    }

    /// Refuses a call whose socket may be false where PHP would first do what its other arguments do.
    pub(crate) fn check_order(&self, name: &str, args: &[Expr]) -> R<()> {
        let [socket, rest @ ..] = args else { return Ok(()) };
        let sure = self.types.web(socket).is_some_and(|web| self.certain.contains(&web) || self.there.contains(&web));
        let open = matches!(self.types.of(socket), Ty::Opt(inner) | Ty::Maybe(inner) if *inner == Ty::Socket);
        match rest.iter().find(|e| !self.is_still(e)) {
            Some(e) if open && !sure && takes_socket(name) => {
                refuse(e, "a call beside a socket that may be false: PHP makes it before it throws")
            }
            _ => Ok(()),
        }
    }

    /// Whether all that an expression does is to look, and to assign to variables of its own function.
    pub(crate) fn is_local(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Assign(target, value) | ExprKind::AssignOp(_, target, value) => {
                self.is_still(target) && self.is_local(value)
            }
            ExprKind::Step { target, .. } => self.is_still(target),
            _ => self.is_still(e),
        }
    }

    /// Whether nobody sees that an expression is evaluated.
    pub(super) fn is_still(&self, e: &Expr) -> bool {
        let quiet = |e: &Expr| match &e.kind {
            ExprKind::Call(name, _) => crate::functions::is_pure(name),
            ExprKind::Assign(..) | ExprKind::AssignOp(..) | ExprKind::Step { .. } => false,
            ExprKind::Print(_) | ExprKind::Exit(_) | ExprKind::Throw(_) => false,
            _ => true,
        };
        // A function of the program that only computes is one of them.
        let local = |e: &Expr| matches!(e.kind, ExprKind::Assign(..) | ExprKind::AssignOp(..) | ExprKind::Step { .. });
        let own = |at: usize| {
            let function = &self.types.program.functions[at];
            let mut shows = function.params.iter().any(|param| param.by_ref) || !self.types.webs.globals[at].is_empty();
            statements(&function.body, &mut |s| {
                shows |= matches!(s.kind, StmtKind::Echo(_) | StmtKind::Html(_) | StmtKind::Refused(_));
                s.parts().0.iter().for_each(|e| shows |= e.any(&|e| !quiet(e) && !local(e)));
            });
            !shows
        };
        let still = |e: &Expr| match &e.kind {
            ExprKind::Call(name, _) => self.types.own(name).map_or_else(|| quiet(e), own),
            _ => quiet(e),
        };
        !e.any(&|e| !still(e))
    }

    /// The variable that may be false, where the first thing that an expression does is to take it for a socket.
    fn first_needed(&self, e: &Expr) -> Option<usize> {
        let mut ids = BTreeSet::new();
        leading(e, &mut ids);
        let mut found = None;
        e.walk(&mut |e| {
            if let ExprKind::Call(name, args) = &e.kind
                && let [socket, rest @ ..] = args.as_slice()
                && takes_socket(name)
                && ids.contains(&socket.id)
                && rest.iter().all(|e| self.is_still(e))
                && let Some(web) = self.types.web(socket)
                && matches!(&self.types.tys[web], Ty::Opt(inner) if **inner == Ty::Socket)
            {
                found = Some(web);
            }
        });
        found
    }
}

/// What a statement evaluates first, and in any case.
pub(super) fn first(s: &Stmt) -> Option<&Expr> {
    match &s.kind {
        StmtKind::Expr(e) | StmtKind::Return(Some(e)) | StmtKind::While(e, _) | StmtKind::Switch(e, _) => Some(e),
        StmtKind::Guard { call, .. } | StmtKind::WhileLet { call, .. } => Some(call),
        StmtKind::Echo(list) => list.first(),
        StmtKind::If(branches, _) => branches.first().map(|(test, _)| test),
        _ => None,
    }
}

/// Whether a function of ext/sockets throws where its first argument is no socket.
pub(super) fn takes_socket(name: &str) -> bool {
    const OTHERS: &[&str] = &["socket_strerror", "socket_select", "socket_import_stream", "socket_cmsg_space"];
    name.starts_with("socket_")
        && !name.starts_with("socket_create")
        && !name.starts_with("socket_addrinfo")
        && !name.starts_with("socket_wsaprotocol")
        && !OTHERS.contains(&name)
}
