//! A statement, of which nothing stays if it cannot be ported.

use super::*;

impl Emit<'_> {
    pub(crate) fn consume_statement(&mut self, s: &Stmt) {
        let mut all = Vec::new();
        s.walk(&mut |e| all.push(e));
        self.consume_all(&all);
    }

    pub(crate) fn consume(&mut self, e: &Expr) {
        let mut all = Vec::new();
        e.walk(&mut |e| all.push(e));
        self.consume_all(&all);
    }

    /// What a closure says goes with the line that it is in.
    fn consume_all(&mut self, all: &[&Expr]) {
        let program = self.types.program;
        for e in all {
            self.counts[e.id] += 1;
            if let ExprKind::Closure(at, _) = e.kind {
                program.functions[at].body.iter().for_each(|s| self.consume_statement(s));
            }
        }
    }

    pub(crate) fn statement(&mut self, s: &Stmt, at: (Key, usize), next: Option<&Stmt>) {
        let before =
            (self.lines.len(), self.counts.clone(), self.declared.clone(), self.next_comment, self.frames.len());
        let (indent, refused, pending) = (self.indent, self.refused.len(), self.pending.clone());
        let watched = self.watched;
        let (tries, named, certain) = (self.tries.len(), self.named.len(), self.certain.clone());
        self.at = at;
        self.pre.clear();
        self.post.clear();
        self.discard = None;
        self.once = true;
        let result = self
            .try_statement(s, at, next)
            .and_then(|()| self.check_errors(s, before.0))
            .and_then(|()| self.check_signals(s, before.0));
        let Err(mut refusal) = result else { return };
        if refusal.at == 0 {
            refusal.at = s.span.start;
        }
        let mut refusal = self.reasons.entry(s.id).or_insert(refusal).clone();
        // What was refused first, in it, says more than what was missing for that.
        let follows = |refusal: &Refusal| refusal.reason.contains("refused line");
        if follows(&refusal) {
            statements(std::slice::from_ref(s), &mut |inner| {
                if let Some(first) = self.reasons.get(&inner.id).filter(|first| !follows(first))
                    && follows(&refusal)
                {
                    refusal = first.clone();
                }
            });
        }
        // Nothing of it stays, and what it assigns is not there.
        self.lines.truncate(before.0);
        self.counts = before.1;
        self.declared = before.2;
        self.next_comment = before.3;
        self.frames.truncate(before.4);
        self.tries.truncate(tries);
        self.watched = watched;
        self.named.truncate(named);
        self.refused.truncate(refused);
        self.pending = pending;
        self.certain = certain;
        self.indent = indent;
        self.pre.clear();
        self.consume_statement(s);
        s.walk(&mut |e| match &e.kind {
            ExprKind::Assign(target, _) | ExprKind::AssignOp(_, target, _) | ExprKind::Step { target, .. } => {
                target.walk(&mut |e| self.lost.extend(self.types.web(e)));
            }
            ExprKind::Call(name, args) => {
                let (assigned, changed) = crate::functions::references(name);
                for at in assigned.iter().chain(changed) {
                    if let Some(arg) = args.get(*at) {
                        arg.walk(&mut |e| self.lost.extend(self.types.web(e)));
                    }
                }
            }
            _ => {}
        });
        statements(std::slice::from_ref(s), &mut |s| match &s.kind {
            StmtKind::Foreach { key, value, .. } => {
                for e in key.iter().chain([value]) {
                    e.walk(&mut |e| self.lost.extend(self.types.web(e)));
                }
            }
            StmtKind::Guard { var, .. } | StmtKind::WhileLet { var, .. } => self.lost.extend(self.types.web(var)),
            StmtKind::Try { catches, .. } => {
                self.lost.extend(catches.iter().filter_map(|c| c.var.as_ref()).filter_map(|e| self.types.web(e)));
            }
            StmtKind::Unset(list) => {
                list.iter().for_each(|e| e.walk(&mut |e| self.lost.extend(self.types.web(e))));
            }
            _ => {}
        });
        self.line(format!("// refused: {}", refusal.reason));
        for line in self.source[s.span.clone()].lines() {
            self.line(format!("// PHP: {}", line.trim_end()));
        }
        while self.types.program.comments.get(self.next_comment).is_some_and(|c| c.span.start < s.span.end) {
            self.next_comment += 1;
        }
        self.refused.push(refusal);
    }

    /// Refuses what needs a variable that a refused line sets.
    pub(crate) fn untainted(&self, web: usize, e: &Expr) -> R<()> {
        let object = self.object_of(web).is_some_and(|object| self.tainted.contains(&object));
        if object || self.tainted.contains(&web) { refuse(e, "a variable that a refused line sets") } else { Ok(()) }
    }
}
