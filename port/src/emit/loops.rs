//! `while`, `do`, `for`, `break` and `continue`.

use std::collections::BTreeSet;

use super::*;
use crate::ast::*;
use crate::code::{Code, Form};
use crate::places::{HEAD, Key};
use crate::types::*;

impl<'a> Emit<'a> {
    pub(crate) fn enter(&mut self, body: &Block, switch: bool, ended: bool) -> usize {
        self.labels += 1;
        // No text of a program has this in it, so that the label can get its name at the loop's end.
        let label = format!("'{}\u{1}{}\u{1}", if switch { "switch" } else { "turns" }, self.labels);
        let inner = (ended && continues(body, 1)).then(|| format!("'turn\u{1}{}\u{1}", self.labels));
        self.frames.push(Frame { switch, label, inner, labelled: false, again: false });
        self.lines.len()
    }

    /// Ends a loop whose head is at `head`, which gets its label if it was used.
    pub(crate) fn exit_frame(&mut self, head: usize, body: &Block) {
        let Some(frame) = self.frames.pop() else { return };
        if frame.labelled {
            self.lines[head].1 = format!("{}: {}", frame.label, self.lines[head].1);
            // The one loop that is left from within others is the outer one.
            self.name_label(head, &frame.label, &["'outer", "'outermost"]);
        }
        if !frame.again && (leaves(body) || self.is_left(head)) {
            // As the PHP has it: clippy takes it for a mistake.
            self.lines.insert(head, (self.indent, "#[allow(clippy::never_loop)]".into()));
        }
    }

    /// Whether the body of the loop that begins at `head` is left in any case, as written: PHP never takes some branches.
    fn is_left(&self, head: usize) -> bool {
        let body = &self.lines[head + 1..];
        let depth = self.indent + 1;
        body.iter().enumerate().any(|(at, (indent, text))| {
            let leaves = ["fatal(", "break", "return"].iter().any(|word| text.starts_with(word));
            // An endless loop without a label is left by returns, and for loops around it.
            let endless =
                || text == "loop {" && !own_break(body[at + 1..].iter().take_while(|(indent, _)| *indent > depth));
            *indent == depth && (leaves || endless())
        })
    }

    /// Gives a label the first of the names that the lines behind `head` have not, or its number.
    pub(crate) fn name_label(&mut self, head: usize, label: &str, names: &[&str]) {
        let lines = &mut self.lines[head..];
        let numbered = label.replace('\u{1}', "");
        let free = |name: &&&str| !lines.iter().any(|(_, text)| text.contains(**name));
        let name = names.iter().find(free).map_or(numbered, |name| (*name).to_owned());
        for (_, text) in lines {
            *text = text.replace(label, &name);
        }
    }

    /// A loop's body, and what comes at its end however the body ended.
    pub(crate) fn body(&mut self, body: &Block, key: Key, end: usize) {
        match self.frames.last().and_then(|f| f.inner.clone()) {
            Some(label) => {
                self.indent += 1;
                let head = self.lines.len();
                self.line(format!("{label}: {{"));
                self.block(body, key, end);
                self.line("}");
                self.indent -= 1;
                self.name_label(head, &label, &["'turn"]);
            }
            None => self.block(body, key, end),
        }
    }

    pub(crate) fn leave(&mut self, s: &Stmt, level: usize, ends: bool) -> R<()> {
        let Some(target) = self.frames.len().checked_sub(level) else {
            return Err(Refusal { at: s.span.start, reason: "break without a loop".into() });
        };
        // `continue` means `break` for a switch.
        let ends = ends || self.frames[target].switch;
        let innermost = self.frames.iter().rposition(|f| !f.switch);
        let in_block = self.frames[target..].iter().any(|f| f.inner.is_some() || f.switch && f.labelled)
            || self.frames.iter().skip(target).any(|f| f.switch)
            || self.named.iter().any(|depth| *depth > target);
        let frame = &mut self.frames[target];
        let text = match (&frame.inner, ends) {
            (Some(label), false) => {
                frame.again = true;
                format!("break {label};")
            }
            _ => {
                frame.again |= !ends;
                let word = if ends { "break" } else { "continue" };
                if !frame.switch && innermost == Some(target) && !in_block {
                    format!("{word};")
                } else {
                    frame.labelled = true;
                    format!("{word} {};", frame.label)
                }
            }
        };
        self.line(text);
        Ok(())
    }

    /// The head of a loop that goes on as long as a test holds.
    fn head(&mut self, test: &Expr) -> R<()> {
        self.once = false;
        let code = self.truth(test)?;
        self.once = true;
        if self.pre.is_empty() {
            self.line(format!("while {} {{", code.s));
        } else {
            self.line("loop {");
            self.indent += 1;
            self.flush();
            self.line(format!("if {} {{ break; }}", negated(&code)));
            self.indent -= 1;
        }
        Ok(())
    }

    pub(crate) fn while_loop(&mut self, s: &Stmt, test: &Expr, body: &Block) -> R<()> {
        // A socket is no resource in PHP 8.
        if let ExprKind::Call(name, args) = &test.kind
            && let ("is_resource", [value]) = (&**name, args.as_slice())
            && matches!(value.kind, ExprKind::Var(_))
            && matches!(self.types.of(value), Ty::Socket | Ty::Opt(_))
            && self.types.of(value).holds_socket()
        {
            self.never(s);
            return Ok(());
        }
        let head = self.enter(body, false, false);
        if is_always(test) {
            self.counts[test.id] += 1;
            self.line("loop {");
        } else {
            self.head(test)?;
        }
        if body.is_empty() {
            self.comments_within(s.span.end);
        }
        self.body(body, (s.id, 0), s.span.end);
        self.line("}");
        self.exit_frame(head, body);
        if !is_always(test) && self.is_steady(test, head) {
            // What PHP assigns in front of a `break` is read by nobody, and has fallen away.
            self.lines.insert(head, (self.indent, "#[allow(clippy::while_immutable_condition)]".into()));
        }
        Ok(())
    }

    /// Whether a test is of variables alone, and no line behind the loop's head changes one of them.
    fn is_steady(&self, test: &Expr, head: usize) -> bool {
        let mut names = Vec::new();
        test.walk(&mut |e| names.extend(self.types.web(e).map(|web| self.name(web))));
        let changes = |text: &str, name: &str| {
            let mut words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            words.any(|word| word == name) && (text.contains('=') || text.contains("&mut ") || text.contains('('))
        };
        !names.is_empty()
            && !test.any(&|e| matches!(e.kind, ExprKind::Call(..) | ExprKind::Assign(..) | ExprKind::Step { .. }))
            && !self.lines[head + 1..].iter().any(|(_, text)| names.iter().any(|name| changes(text, name)))
    }

    pub(crate) fn while_let(&mut self, s: &Stmt, var: &Expr, call: &Expr, wanted: &Wanted, body: &Block) -> R<()> {
        let Some(web) = self.types.web(var) else { return refuse(var, "this assignment") };
        self.counts[var.id] += 1;
        self.untainted(web, var)?;
        let target = self.types.tys[web].clone();
        if let Ty::Mixed(why) = &target {
            return refuse(var, format!("several types: {why}"));
        }
        let head = self.enter(body, false, false);
        self.once = false;
        let code = self.value(call)?;
        self.once = true;
        let Ty::Opt(inner) = code.ty.clone() else { return refuse(call, "a call that never fails") };
        let in_body = self.places.of.get(&web).is_some_and(|p| p.block == (s.id, 0));
        let next = self.fresh("next");
        let pattern = if in_body && target == *inner {
            self.declared.insert(web);
            format!("{}{}", self.mutable(web), self.name(web))
        } else {
            next.clone()
        };
        let call_text = match wanted {
            Wanted::True => match *inner {
                Ty::Str(_) => format!("{}.filter(is_true)", code.s),
                Ty::Int(_) => format!("{}.filter(|number| *number != 0)", code.s),
                _ => code.s.clone(),
            },
            _ => code.s.clone(),
        };
        let at_least = match wanted {
            Wanted::AtLeast(n) if matches!(*inner, Ty::Int(_)) => format!(" @ {n}.."),
            Wanted::AtLeast(_) => return refuse(call, "a comparison of something that is no number"),
            _ => String::new(),
        };
        if self.pre.is_empty() {
            let read = self.types.webs.webs[web].reads > 0;
            let pattern = match (at_least.strip_prefix(" @ "), read || !in_body) {
                (Some(range), false) => range.to_owned(),
                (None, false) if pattern != next => format!("_{pattern}"),
                _ => format!("{pattern}{at_least}"),
            };
            self.line(format!("while let Some({pattern}) = {call_text} {{"));
        } else {
            self.line("loop {");
            self.indent += 1;
            self.flush();
            self.line(format!("let Some({pattern}{at_least}) = {call_text} else {{ break }};"));
            self.indent -= 1;
        }
        if pattern == next {
            let value = Code { s: next, ty: *inner, form: Form::Owned, p: 20 };
            let value = self.coerce(value, &target, var)?;
            self.indent += 1;
            let bound = self.bind(web, ((s.id, 0), 0));
            self.line(format!("{bound} = {};", value.s));
            self.indent -= 1;
        }
        self.body(body, (s.id, 0), s.span.end);
        self.line("}");
        self.exit_frame(head, body);
        Ok(())
    }

    pub(crate) fn do_while(&mut self, s: &Stmt, body: &Block, test: &Expr) -> R<()> {
        let always = is_always(test);
        let head = self.enter(body, false, !always);
        self.line("loop {");
        self.body(body, (s.id, 0), s.span.end.min(test.span.start));
        if always {
            self.counts[test.id] += 1;
        } else if !leaves(body) || self.frames.last().is_some_and(|f| f.inner.is_some()) {
            self.indent += 1;
            leading(test, &mut self.leading);
            self.at = ((s.id, 0), body.len() + 1);
            let due = self.due(self.at);
            self.once = true;
            let code = self.not_true(test)?;
            let _ = due;
            self.flush();
            self.line(format!("if {} {{", code.s));
            self.indent += 1;
            self.line("break;");
            self.indent -= 1;
            self.line("}");
            self.indent -= 1;
        } else {
            self.consume(test);
        }
        self.line("}");
        self.exit_frame(head, body);
        Ok(())
    }

    pub(crate) fn for_loop(&mut self, s: &Stmt, init: &[Expr], test: &[Expr], step: &[Expr], body: &Block) -> R<()> {
        if let Some(text) = self.range(s, init, test, step, body)? {
            let head = self.enter(body, false, false);
            self.line(text);
            self.body(body, (s.id, 0), s.span.end);
            self.line("}");
            self.exit_frame(head, body);
            return Ok(());
        }
        // A counter that is used behind the loop is declared in front of it.
        let front = self.at;
        let at = ((s.id, HEAD), 0);
        for (web, place) in self.due(at) {
            if !init.iter().any(|e| self.assigns_first(e, web)) {
                self.hoist(web, &place)?;
            }
        }
        for e in init {
            let outer = match &e.kind {
                ExprKind::Assign(target, _) => self.types.web(target).filter(|web| !self.declared.contains(web)),
                _ => None,
            };
            let place = outer.and_then(|web| self.places.of.get(&web));
            let at = if place.is_some_and(|p| (p.block, p.index) == front) { front } else { at };
            self.at = at;
            self.once = true;
            self.expression(e, at, None)?;
        }
        let (last, first) = match test.split_last() {
            Some((last, first)) => (Some(last), first),
            None => (None, test),
        };
        if let Some(e) = first.first() {
            return refuse(e, "several conditions");
        }
        let head = self.enter(body, false, !step.is_empty());
        match last {
            None => self.line("loop {"),
            Some(test) => {
                self.head(test)?;
            }
        }
        self.body(body, (s.id, 0), s.span.end);
        self.indent += 1;
        let reached = !leaves(body) || self.frames.last().is_some_and(|f| f.inner.is_some());
        for e in step {
            leading(e, &mut self.leading);
            self.once = false;
            if reached {
                self.expression(e, at, None)?;
            } else {
                self.consume(e);
            }
            self.once = true;
        }
        self.indent -= 1;
        self.line("}");
        self.exit_frame(head, body);
        Ok(())
    }

    /// `for i in a..b`, if the counter only counts.
    pub(crate) fn range(
        &mut self,
        s: &Stmt,
        init: &[Expr],
        test: &[Expr],
        step: &[Expr],
        body: &Block,
    ) -> R<Option<String>> {
        let ([init], [test], [step]) = (init, test, step) else { return Ok(None) };
        let (ExprKind::Assign(var, from), ExprKind::Binary(op, left, to), ExprKind::Step { up: true, target, .. }) =
            (&init.kind, &test.kind, &step.kind)
        else {
            return Ok(None);
        };
        let Some(web) = self.types.web(var) else { return Ok(None) };
        let inclusive = match op {
            BinOp::Less => "..",
            BinOp::LessOrEqual => "..=",
            _ => return Ok(None),
        };
        let only_here = self.places.of.get(&web).is_some_and(|p| p.block == (s.id, HEAD));
        let mut fixed = true;
        let mut changed = BTreeSet::new();
        for s in body {
            s.walk(&mut |e| match &e.kind {
                ExprKind::Assign(target, _) | ExprKind::AssignOp(_, target, _) | ExprKind::Step { target, .. } => {
                    changed.extend(self.types.base(target));
                }
                ExprKind::Call(name, args) => {
                    let (assigned, other) = crate::functions::references(name);
                    changed.extend(
                        assigned.iter().chain(other).filter_map(|at| args.get(*at)).filter_map(|a| self.types.base(a)),
                    );
                    fixed &= self.types.own(name).is_none_or(|own| {
                        self.types.webs.globals[own].is_empty()
                            && self.types.program.functions[own].params.iter().all(|p| !p.by_ref)
                    });
                }
                _ => {}
            });
            statements(std::slice::from_ref(s), &mut |s| match &s.kind {
                StmtKind::Unset(list) => changed.extend(list.iter().filter_map(|e| self.types.base(e))),
                StmtKind::Guard { var, .. } | StmtKind::WhileLet { var, .. } => changed.extend(self.types.web(var)),
                StmtKind::Foreach { value, key, .. } => {
                    for e in key.iter().chain([value]) {
                        e.walk(&mut |e| changed.extend(self.types.web(e)));
                    }
                }
                _ => {}
            });
        }
        let pure = |e: &Expr| {
            let mut pure = true;
            e.walk(&mut |e| match &e.kind {
                ExprKind::Var(_) => pure &= self.types.web(e).is_some_and(|web| !changed.contains(&web)),
                ExprKind::Int(_) | ExprKind::Const(_) => {}
                ExprKind::Call(name, _) => pure &= matches!(&**name, "count" | "strlen" | "sizeof"),
                ExprKind::Binary(BinOp::Add | BinOp::Sub | BinOp::Mul, ..) => {}
                _ => pure = false,
            });
            pure
        };
        let simple = only_here
            && (fixed || !to.any(&|e| matches!(e.kind, ExprKind::Var(_))))
            && self.types.web(left) == Some(web)
            && self.types.web(target) == Some(web)
            && !changed.contains(&web)
            && self.types.webs.webs[web].defs == 1
            && pure(to)
            && !to.any(&|e| self.types.web(e) == Some(web));
        let Ty::Int(rep) = self.types.tys[web] else { return Ok(None) };
        if !simple || !matches!(self.types.of(to), Ty::Int(_)) {
            return Ok(None);
        }
        let (from, to) = (self.number_as(from, rep)?, self.number_as(to, rep)?);
        for e in [init, test, step, &**var, &**left, &**target] {
            self.counts[e.id] += 1;
        }
        self.flush();
        self.declared.insert(web);
        let used = {
            let mut used = false;
            body.iter().for_each(|s| s.walk(&mut |e| used |= self.types.web(e) == Some(web)));
            used
        };
        let name = if used { self.name(web) } else { "_".into() };
        let digits = |code: &Code| code.s.bytes().all(|b| b.is_ascii_digit() || b == b'_');
        let to = if used && rep == Rep::I64 && digits(&from) && digits(&to) {
            Code { s: format!("{}_i64", to.s), ..to }
        } else {
            to
        };
        Ok(Some(format!("for {name} in {}{inclusive}{} {{", from.wrap(7), to.wrap(7))))
    }
}

/// Whether some of the lines have a `break` without a label.
fn own_break<'l>(mut lines: impl Iterator<Item = &'l (usize, String)>) -> bool {
    lines.any(|(_, text)| text.contains("break;") || text.contains("break }"))
}
