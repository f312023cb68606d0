//! Where a variable is declared, and how.

use super::*;
use crate::ast::*;
use crate::code::Form;
use crate::places::{Key, Place};
use crate::types::*;

impl<'a> Emit<'a> {
    /// The variables that are to be declared at this statement.
    pub(crate) fn due(&self, at: (Key, usize)) -> Vec<(usize, Place)> {
        let here = |place: &Place| place.block == at.0 && place.index == at.1;
        self.places
            .of
            .iter()
            .filter(|(web, place)| {
                here(place) && !self.declared.contains(web) && self.types.webs.webs[**web].param.is_none()
            })
            .map(|(web, place)| (*web, place.clone()))
            .collect()
    }

    /// Declares a variable ahead of its first statement.
    pub(crate) fn hoist(&mut self, web: usize, place: &Place) -> R<()> {
        let info = &self.types.webs.webs[web];
        let ty = self.types.tys[web].clone();
        let nothing = ty == Ty::Null || self.types.undefined.contains(&web) || info.defs == 0 && !info.uninit;
        if nothing || self.tainted.contains(&web) {
            return Ok(());
        }
        if self.ignored(web) && !self.is_data(web) || self.is_dropped(web) || self.is_nowhere(web) {
            return Ok(());
        }
        self.declared.insert(web);
        let name = self.name(web);
        // Who has sent it is not said where nothing has been received.
        let sender = !info.uninit && self.is_argument(web, 4..6);
        if info.uninit || sender || self.is_data(web) {
            let value = match &ty {
                Ty::Str(_) if sender => "String::new()",
                Ty::Int(_) if sender => "0",
                Ty::List(_) | Ty::Str(Text::Bytes) => "Vec::new()",
                Ty::Map(..) => "Array::default()",
                Ty::Maybe(_) => "None",
                Ty::Int(_) if self.types.begins_empty(web) => "0",
                Ty::Float if self.types.begins_empty(web) => "0.0",
                Ty::Str(Text::String) if self.types.begins_empty(web) => "String::new()",
                Ty::Str(Text::Literal) if self.types.begins_empty(web) => "\"\"",
                _ => {
                    return Err(Refusal {
                        at: 0,
                        reason: format!("${} may be read before anything is assigned to it", info.name),
                    });
                }
            };
            let typed = if (ty.element() == Ty::Unknown || ty.element().is_array()) && ty.is_array() {
                format!(": {}", ty.rust())
            } else if ty == INT && value == "0" {
                ": i64".to_owned()
            } else {
                String::new()
            };
            self.line(format!("let mut {name}{typed} = {value};"));
            return Ok(());
        }
        let mutable = if info.changed || place.reassigned { "mut " } else { "" };
        let typed = if matches!(ty, Ty::Int(Rep::I64)) { ": i64" } else { "" };
        self.line(format!("let {mutable}{name}{typed};"));
        Ok(())
    }

    /// Whether a variable is filled by `socket_recv`.
    pub(crate) fn is_data(&self, web: usize) -> bool {
        self.is_argument(web, 1..2)
    }

    /// Whether a variable is one of the arguments that `socket_recv` and `socket_recvfrom` fill.
    fn is_argument(&self, web: usize, places: std::ops::Range<usize>) -> bool {
        let mut found = false;
        let bodies = self.types.program.functions.iter().map(|f| &f.body).chain([&self.types.program.main]);
        for s in bodies.flatten() {
            s.walk(&mut |e| {
                if let ExprKind::Call(name, args) = &e.kind
                    && matches!(&**name, "socket_recv" | "socket_recvfrom")
                {
                    let mut filled = args.iter().enumerate().filter(|(at, _)| places.contains(at));
                    found |= filled.any(|(_, a)| self.types.web(a) == Some(web));
                }
            });
        }
        found
    }

    pub(crate) fn mutable(&self, web: usize) -> &'static str {
        let info = &self.types.webs.webs[web];
        let by_global = info.global && self.types.webs.globals.iter().any(|g| g.contains(&info.name));
        let changes = info.changed || info.defs > 1 || by_global && self.global_changes(web);
        if changes || self.is_changed_object(web) { "mut " } else { "" }
    }

    pub(crate) fn global_changes(&self, web: usize) -> bool {
        let info = &self.types.webs.webs[web];
        info.changed || info.defs > 1 || self.types.program.functions.iter().any(|f| self.assigns(&f.body, web))
    }

    /// Whether a variable is assigned to as a whole.
    fn assigns(&self, block: &Block, web: usize) -> bool {
        let is = |e: &Expr| match &e.kind {
            ExprKind::Assign(target, _) => self.types.web(target) == Some(web),
            _ => false,
        };
        block.iter().any(|s| {
            let mut found = false;
            s.walk(&mut |e| found |= is(e));
            found
        })
    }

    /// Whether nothing but elements of a variable is read.
    pub(crate) fn is_indexed(&self, web: usize) -> bool {
        let info = &self.types.webs.webs[web];
        let mut indexed = 0;
        for (_, body) in self.types.bodies() {
            for s in body {
                s.walk(&mut |e| {
                    if let ExprKind::Index(base, Some(_)) = &e.kind {
                        indexed += usize::from(self.types.web(base) == Some(web));
                    }
                });
                statements(std::slice::from_ref(s), &mut |s| {
                    if let StmtKind::Foreach { list, .. } = &s.kind {
                        indexed += usize::from(self.types.web(list) == Some(web));
                    }
                });
            }
        }
        !info.changed && !info.global && info.param.is_none() && indexed == info.reads
    }

    /// Whether PHP never comes to where a variable is.
    fn is_nowhere(&self, web: usize) -> bool {
        let webs = &self.types.webs;
        let mut places = webs.of.iter().filter(|(_, of)| **of == web).map(|(id, _)| id).peekable();
        places.peek().is_some() && places.all(|id| webs.unseen.contains(id))
    }

    /// Whether a variable stands where no line of Rust reads it.
    pub(crate) fn is_unseen(&self, web: usize) -> bool {
        self.types.webs.unseen.iter().any(|id| self.types.webs.of.get(id) == Some(&web))
    }

    /// Whether a variable is assigned to, and nobody reads it: what is assigned is evaluated, and it has no place in Rust.
    pub(crate) fn is_dropped(&self, web: usize) -> bool {
        let info = &self.types.webs.webs[web];
        let ty = &self.types.tys[web];
        if info.reads > 0 || info.changed || info.global || info.uninit || info.param.is_some() || ty.holds_socket() {
            return false;
        }
        if matches!(ty, Ty::Mixed(_) | Ty::Null | Ty::Unknown) || matches!(ty, Ty::File | Ty::Exception) {
            return false;
        }
        let (mut uses, mut assigned) = (0, 0);
        for (_, body) in self.types.bodies() {
            for s in body {
                s.walk(&mut |e| match &e.kind {
                    _ if self.types.webs.unseen.contains(&e.id) => {}
                    ExprKind::Var(_) => uses += usize::from(self.types.web(e) == Some(web)),
                    ExprKind::Assign(target, value)
                        if self.types.web(target) == Some(web) && !self.types.webs.unseen.contains(&target.id) =>
                    {
                        assigned += usize::from(is_droppable(value));
                    }
                    _ => {}
                });
            }
        }
        uses == assigned
    }

    /// Whether nothing but calls assign to a variable, which nobody reads: it has no place in Rust.
    fn ignored(&self, web: usize) -> bool {
        let info = &self.types.webs.webs[web];
        let mut by_calls = 0;
        for (_, body) in self.types.bodies() {
            for s in body {
                s.walk(&mut |e| {
                    if let ExprKind::Call(name, args) = &e.kind {
                        let assigned = crate::functions::references(name).0;
                        let this = |at: &&usize| args.get(**at).is_some_and(|a| self.types.web(a) == Some(web));
                        by_calls += assigned.iter().filter(this).count();
                    }
                });
            }
        }
        info.reads == 0 && !info.global && by_calls == info.defs
    }

    /// `let x = …` or `x = …`.
    pub(crate) fn bind(&mut self, web: usize, at: (Key, usize)) -> String {
        if let Some(first) = self.first_of_property(web) {
            return first;
        }
        let place = self.places.of.get(&web);
        let name = self.name(web);
        let here = place.is_some_and(|p| p.block == at.0 && p.index == at.1);
        if here && self.once && !self.declared.contains(&web) && self.types.webs.webs[web].param.is_none() {
            self.declared.insert(web);
            return format!("let {}{name}", self.mutable(web));
        }
        match self.forms.get(&web) {
            Some(Form::Mut) => format!("*{name}"),
            _ => name,
        }
    }

    /// Whether a statement declares the variable itself, as `let`.
    pub(crate) fn declares(&self, s: &Stmt, web: usize) -> bool {
        let is = |e: &Expr| self.types.web(e) == Some(web);
        match &s.kind {
            StmtKind::Expr(e) => self.assigns_first(e, web),
            StmtKind::Guard { var, call, .. } => {
                is(var) || self.is_checked(s).is_some() && self.assigns_first(call, web)
            }
            StmtKind::If(branches, _) => self.assigns_first(&branches[0].0, web),
            StmtKind::For(init, ..) => matches!(
                init.first().map(|e| &e.kind),
                Some(ExprKind::Assign(target, value)) if self.types.web(target) == Some(web) && !value.any(&|e| self.types.web(e) == Some(web))
            ),
            StmtKind::Switch(e, _) | StmtKind::Return(Some(e)) => self.assigns_first(e, web),
            StmtKind::Echo(list) => list.first().is_some_and(|e| self.assigns_first(e, web)),
            _ => false,
        }
    }

    /// Whether the first thing that happens to the variable is its assignment, before anything may have been skipped.
    pub(crate) fn assigns_first(&self, e: &Expr, web: usize) -> bool {
        match &e.kind {
            ExprKind::Assign(target, value) => {
                let target = match &target.kind {
                    ExprKind::Array(list) => list.iter().any(|(_, e)| self.types.web(e) == Some(web)),
                    _ => self.types.web(target) == Some(web),
                };
                target || self.assigns_first(value, web)
            }
            ExprKind::Binary(BinOp::And | BinOp::Or, a, _) => self.assigns_first(a, web),
            ExprKind::Binary(_, a, b) => self.assigns_first(a, web) || self.assigns_first(b, web),
            ExprKind::Not(a) | ExprKind::Silence(a) | ExprKind::Cast(_, a) | ExprKind::Empty(a) => {
                self.assigns_first(a, web)
            }
            ExprKind::Call(name, args) => {
                let out = crate::functions::references(name).0;
                let data = matches!(&**name, "socket_recv" | "socket_recvfrom");
                out.iter()
                    .any(|at| !(data && *at == 1) && args.get(*at).is_some_and(|a| self.types.web(a) == Some(web)))
                    || args.iter().any(|a| self.assigns_first(a, web))
            }
            _ => false,
        }
    }

    pub(crate) fn reads(&self, target: &Expr) -> bool {
        let webs: Vec<_> = {
            let mut webs = Vec::new();
            target.walk(&mut |e| webs.extend(self.types.web(e)));
            webs
        };
        webs.iter().any(|web| self.types.webs.webs[*web].reads > 0)
    }

    pub(crate) fn is_slice(&self, e: &Expr) -> bool {
        self.types.web(e).is_some_and(|web| self.types.webs.webs[web].param.is_some() && self.forms.contains_key(&web))
    }
}

/// Whether a value can be evaluated without a name for it: a call, or what needs no line.
fn is_droppable(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Call(name, _) => !crate::functions::is_pure(name),
        ExprKind::Silence(inner) => matches!(inner.kind, ExprKind::Call(..)) && is_droppable(inner),
        // `$x = call() === false`
        ExprKind::Binary(BinOp::Identical | BinOp::NotIdentical, call, constant) => {
            matches!(call.kind, ExprKind::Call(..)) && is_droppable(call) && crate::shape::is_false(constant)
        }
        _ => is_constant(value),
    }
}

/// Whether a value is written out.
fn is_constant(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Str(_) | ExprKind::Bool(_) => true,
        ExprKind::Array(list) => list.iter().all(|(key, value)| {
            key.as_ref().is_none_or(|key| matches!(key.kind, ExprKind::Int(_) | ExprKind::Str(_))) && is_constant(value)
        }),
        _ => false,
    }
}
