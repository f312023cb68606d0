//! What a test says about the variable that it asks: whether a connection is there, or a call has failed.

use super::*;
use crate::types::*;

impl Emit<'_> {
    /// The variable whose connection a test asks for, and whether it asks that it is there.
    pub(super) fn presence(&self, branches: &[(Expr, Block)], otherwise: Option<&Block>) -> Option<(usize, bool)> {
        let [(test, body)] = branches else { return None };
        let (variable, there) = match &test.kind {
            ExprKind::Var(_) => (test, true),
            ExprKind::Not(inner) => (&**inner, false),
            ExprKind::Binary(op @ (BinOp::Identical | BinOp::NotIdentical), a, b)
                if matches!(b.kind, ExprKind::Bool(false) | ExprKind::Null) =>
            {
                (&**a, *op == BinOp::NotIdentical)
            }
            _ => return None,
        };
        let web = self.types.web(variable)?;
        let (inner, null) = match &self.types.tys[web] {
            Ty::Opt(inner) => (inner, false),
            Ty::Maybe(inner) => (inner, true),
            _ => return None,
        };
        if let ExprKind::Binary(_, _, b) = &test.kind
            && null != matches!(b.kind, ExprKind::Null)
        {
            return None;
        }
        let info = &self.types.webs.webs[web];
        let declared = self.declared.contains(&web) || info.param.is_some();
        let held = if there { Some(body) } else { otherwise };
        let free = !info.global && declared && !self.tainted.contains(&web) && !self.there.contains(&web);
        let used = held.is_some_and(|block| block.iter().any(|s| s.mentions(&info.name)));
        let kept = !info.uninit && held.is_some_and(|block| !self.is_changed_in(block, web));
        (matches!(**inner, Ty::Socket | Ty::File | Ty::Input) && !self.pending.contains(&web) && free && used && kept)
            .then_some((web, there))
    }

    /// The assignment of a handle that a test is, or that it compares with false: what is done where it is there.
    pub(super) fn assigned_handle<'e>(
        &self,
        test: &'e Expr,
        body: &Block,
        otherwise: Option<&Block>,
    ) -> Option<(&'e Expr, usize)> {
        let assignment = match &test.kind {
            ExprKind::Binary(BinOp::NotIdentical | BinOp::NotEqual, a, b) if crate::shape::is_false(b) => a,
            _ => test,
        };
        let ExprKind::Assign(target, value) = &assignment.kind else { return None };
        let web = self.types.web(target)?;
        let info = &self.types.webs.webs[web];
        let handle = matches!(&self.types.tys[web], Ty::Opt(inner) if **inner == Ty::Socket);
        let call = matches!(crate::shape::callee(value), Some(name) if crate::functions::returns_handle(name));
        let free = !info.global && !info.uninit && !self.tainted.contains(&web) && !self.there.contains(&web);
        let used = body.iter().any(|s| s.mentions(&info.name));
        let kept = !self.is_changed_in(body, web) && otherwise.is_none_or(|block| !self.is_changed_in(block, web));
        (handle && call && free && used && kept).then_some((assignment, web))
    }

    /// The variable that is false behind `else`, as the test is `$x` or `$x !== false`.
    pub(super) fn failed_behind(&self, test: &Expr, body: &Block) -> Option<usize> {
        let variable = match &test.kind {
            ExprKind::Binary(BinOp::NotIdentical | BinOp::NotEqual, a, b) if crate::shape::is_false(b) => a,
            _ => test,
        };
        let web = self.types.web(variable)?;
        self.may_fail(web, body).then_some(web)
    }

    /// Whether a variable may be false, and a block leaves it as it is.
    fn may_fail(&self, web: usize, body: &Block) -> bool {
        let failing = match &self.types.tys[web] {
            Ty::Opt(inner) => matches!(**inner, Ty::Socket | Ty::File | Ty::Input),
            ty => *ty == Ty::Bool,
        };
        failing && !self.types.webs.webs[web].global && !self.is_changed_in(body, web)
    }

    /// The variable that is false in a branch, as its test is `!$x`, `!($x = call)` or `$x === false`.
    pub(super) fn failed_in(&self, test: &Expr, body: &Block) -> Option<usize> {
        let variable = match &test.kind {
            ExprKind::Not(inner) => inner,
            ExprKind::Binary(BinOp::Identical | BinOp::Equal, a, b) if crate::shape::is_false(b) => a,
            ExprKind::Binary(BinOp::Identical | BinOp::Equal, a, b) if crate::shape::is_false(a) => b,
            _ => return None,
        };
        let variable = match &variable.kind {
            ExprKind::Assign(target, call) if matches!(call.kind, ExprKind::Call(..)) => target,
            _ => variable,
        };
        let web = self.types.web(variable)?;
        self.may_fail(web, body).then_some(web)
    }

    /// Whether a block assigns to a variable, or takes it away.
    pub(crate) fn is_changed_in(&self, block: &Block, web: usize) -> bool {
        let mut changes = false;
        let mut is = |e: &Expr| match &e.kind {
            ExprKind::Array(list) => list.iter().for_each(|(_, e)| changes |= self.types.base(e) == Some(web)),
            _ => changes |= self.types.base(e) == Some(web),
        };
        statements(block, &mut |s| {
            match &s.kind {
                StmtKind::Unset(list) => list.iter().for_each(&mut is),
                StmtKind::Guard { var, .. } | StmtKind::WhileLet { var, .. } => is(var),
                StmtKind::Foreach { key, value, .. } => key.iter().chain([value]).for_each(&mut is),
                _ => {}
            }
            s.parts().0.into_iter().for_each(|e| {
                e.walk(&mut |e| match &e.kind {
                    ExprKind::Assign(target, _) | ExprKind::AssignOp(_, target, _) | ExprKind::Step { target, .. } => {
                        is(target);
                    }
                    ExprKind::Call(name, args) => {
                        let (assigned, changed) = crate::functions::references(name);
                        let own = self.types.own(name).map(|own| &self.types.program.functions[own]);
                        for (at, arg) in args.iter().enumerate() {
                            let by_ref = own.is_some_and(|f| f.params.get(at).is_some_and(|p| p.by_ref));
                            if by_ref || assigned.contains(&at) || changed.contains(&at) {
                                is(arg);
                            }
                        }
                    }
                    _ => {}
                });
            });
        });
        changes
    }

    /// `if ($x) { … } else { … }` where a connection is there, or is not.
    pub(super) fn present(
        &mut self,
        s: &Stmt,
        web: usize,
        there: bool,
        body: &Block,
        otherwise: Option<&Block>,
    ) -> R<()> {
        let name = self.name(web);
        let lent = if self.forms.contains_key(&web) { name.clone() } else { format!("&{name}") };
        let form = self.forms.get(&web).copied();
        let ends = |this: &Self, block: &Block, from: usize| {
            block.last().map_or(from, |last| {
                this.source[last.span.end..s.span.end].find('}').map_or(last.span.end, |at| last.span.end + at)
            })
        };
        let arm = |this: &mut Self, some: bool, block: &Block, number: usize, end: usize| {
            let failed = !some && !this.is_changed_in(block, web) && this.failed.insert(web);
            if some {
                this.there.insert(web);
                this.forms.remove(&web);
            }
            this.block(block, (s.id, number), end);
            this.there.remove(&web);
            if failed {
                this.failed.remove(&web);
            }
            if let Some(form) = form {
                this.forms.insert(web, form);
            }
        };
        if there {
            self.line(format!("if let Some({name}) = {lent} {{"));
            let end = ends(self, body, s.span.end);
            arm(self, true, body, 0, end);
            if let Some(otherwise) = otherwise {
                self.line("} else {");
                arm(self, false, otherwise, 1, s.span.end);
            }
            self.line("}");
            return Ok(());
        }
        self.line(format!("match {lent} {{"));
        self.indent += 1;
        self.line("None => {");
        let end = ends(self, body, s.span.end);
        arm(self, false, body, 0, end);
        self.line("}");
        self.line(format!("Some({name}) => {{"));
        if let Some(otherwise) = otherwise {
            arm(self, true, otherwise, 1, s.span.end);
        }
        self.line("}");
        self.indent -= 1;
        self.line("}");
        Ok(())
    }
}
