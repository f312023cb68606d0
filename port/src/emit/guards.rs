//! A call and a block that leaves where it has failed: `let … else`.

use super::*;
use crate::code::{Code, Form};
use crate::types::*;

impl Emit<'_> {
    /// Whether a call's failure leaves without a look at what the call assigns; and whether it leaves the function.
    pub(crate) fn is_checked(&self, s: &Stmt) -> Option<bool> {
        let StmtKind::Guard { call, otherwise, .. } = &s.kind else { return None };
        let call = if let ExprKind::Silence(inner) = &call.kind { inner } else { call };
        let ExprKind::Call(name, args) = &call.kind else { return None };
        let assigned = crate::functions::references(name).0;
        let webs: Vec<_> = assigned.iter().filter_map(|at| args.get(*at)).filter_map(|a| self.types.web(a)).collect();
        let mut looked = false;
        otherwise.iter().for_each(|s| {
            s.walk(&mut |e| looked |= self.types.web(e).is_some_and(|web| webs.contains(&web)));
        });
        let local = |web: &usize| {
            let info = &self.types.webs.webs[*web];
            !info.global && info.param.is_none()
        };
        (!looked).then(|| always_returns(otherwise) && webs.iter().all(local))
    }

    pub(crate) fn guard(&mut self, s: &Stmt, var: &Expr, call: &Expr, otherwise: &Block, at: (Key, usize)) -> R<()> {
        let Some(web) = self.types.web(var) else { return refuse(var, "this assignment") };
        self.counts[var.id] += 1;
        self.untainted(web, var)?;
        let target = self.types.tys[web].clone();
        if let Ty::Mixed(why) = &target {
            return refuse(var, format!("${} has several types: {why}", self.types.webs.webs[web].name));
        }
        self.checked = self.is_checked(s);
        let code = self.value(call);
        self.checked = None;
        let code = code?;
        self.flush();
        let (Ty::Opt(inner) | Ty::Maybe(inner)) = &code.ty else {
            self.unshaped.insert(s.id);
            return refuse(call, "a call that never fails");
        };
        let bound = self.bind(web, at);
        let name = self.name(web);
        let (head, after) = match bound.strip_prefix("let ") {
            Some(pattern) if target == **inner => (format!("let Some({pattern}) = {} else {{", code.s), None),
            _ => {
                let next = self.fresh("next");
                let value = Code { s: next.clone(), ty: (**inner).clone(), form: Form::Temp, p: 20 };
                let value = self.coerce(value, &target, var)?;
                (format!("let Some({next}) = {} else {{", code.s), Some(format!("{bound} = {};", value.s)))
            }
        };
        let _ = name;
        self.line(head);
        let end = s.span.end;
        let (line, comment) = (self.lines.len(), self.next_comment);
        self.block(otherwise, (s.id, 0), end);
        // One line of PHP is one line here.
        let one = self.lines.len() == line + 1 && self.next_comment == comment;
        let head = self.lines[line - 1].1.clone();
        if one
            && self.same_line(s.span.start, s.span.end)
            && head.len() + self.lines[line].1.len() + self.indent * 4 < 110
        {
            let body = self.lines.pop().map(|(_, text)| text).unwrap_or_default();
            self.lines.pop();
            self.line(format!("{head} {} }};", body.trim_end_matches(';')));
        } else {
            self.line("};");
        }
        if let Some(after) = after {
            self.line(after);
        }
        Ok(())
    }
}
