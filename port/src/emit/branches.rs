//! `if`, the check of a call, and `switch`.

use super::*;
use crate::ast::*;
use crate::code::{Code, Form};
use crate::places::Key;
use crate::types::*;

impl<'a> Emit<'a> {
    /// A statement that PHP never comes to stays as a comment: Rust would complain about it.
    pub(crate) fn never(&mut self, s: &Stmt) {
        self.consume_statement(s);
        s.walk(&mut |e| {
            if let ExprKind::Var(_) = e.kind {
                self.unseen.insert(e.id);
            }
        });
        for line in self.source[s.span.clone()].lines() {
            self.line(format!("// PHP never comes here: {}", line.trim()));
        }
        while self.types.program.comments.get(self.next_comment).is_some_and(|c| c.span.start < s.span.end) {
            self.next_comment += 1;
        }
        self.trailing(s.span.end);
    }

    /// Whether a test asks for something below 0 that never is, in PHP 8: a socket, a bool, a count or false.
    pub(crate) fn never_below(&self, test: &Expr) -> bool {
        let ExprKind::Binary(op, left, right) = &test.kind else { return false };
        let what = match &left.kind {
            ExprKind::Assign(..) | ExprKind::Var(_) | ExprKind::Call(..) | ExprKind::Silence(_) => self.types.of(left),
            _ => return false,
        };
        let below = match (op, &right.kind) {
            (BinOp::Less, ExprKind::Int(0)) => true,
            // true == -1
            (BinOp::Equal, ExprKind::Int(-1)) => what != Ty::Bool,
            (BinOp::Identical, ExprKind::Int(-1)) => true,
            _ => false,
        };
        below
            && match what {
                Ty::Socket | Ty::Bool => true,
                Ty::Opt(inner) => matches!(*inner, Ty::Socket | Ty::Int(Rep::Usize)),
                _ => false,
            }
    }

    /// What is left of a test that never holds: what it calls.
    fn never_holds(&mut self, test: &Expr) -> R<()> {
        let ExprKind::Binary(_, left, right) = &test.kind else { return refuse(test, "this test") };
        self.counts[test.id] += 1;
        self.consume(right);
        match &left.kind {
            ExprKind::Var(_) => {
                self.unseen.insert(left.id);
                self.consume(left);
            }
            _ => self.expression(left, self.at, None)?,
        }
        Ok(())
    }

    fn never_all(&mut self, block: &Block) {
        for s in block {
            self.comments(s.span.start);
            self.never(s);
        }
    }

    pub(crate) fn branches(&mut self, s: &Stmt, branches: &[(Expr, Block)], otherwise: Option<&Block>) -> R<()> {
        if let ([(test, body)], Some((web, there))) = (branches, self.presence(branches, otherwise)) {
            self.consume(test);
            return self.present(s, web, there, body, otherwise);
        }
        // The `if` that is written, as there may be branches in front that PHP never takes.
        let mut open = false;
        for (number, (test, body)) in branches.iter().enumerate() {
            if !open && self.never_below(test) {
                self.never_holds(test)?;
                self.never_all(body);
                continue;
            }
            self.once = !open;
            let mut code = self.truth(test)?;
            // Whether anything was received needs none of it.
            for end in [".is_none()", ".is_some()"] {
                let call =
                    code.s.strip_prefix("received(").and_then(|rest| rest.strip_suffix(end)?.strip_suffix(").0"));
                if let Some(call) = call.filter(|call| crate::code::balanced(call)) {
                    code.s = format!("{call}{end}");
                    break;
                }
            }
            if open && !self.pre.is_empty() {
                return refuse(test, "an assignment in elseif");
            }
            self.once = true;
            if branches.len() == 1 && otherwise.is_none() && self.is_let_else(&code, test, body) {
                self.block(body, (s.id, number), s.span.end);
                self.line("};");
                return Ok(());
            }
            if !open && code.s == "false" {
                self.flush();
                self.never_all(body);
                continue;
            }
            if !open && code.s == "true" {
                self.flush();
                self.statements(body, (s.id, number));
                for (test, body) in &branches[number + 1..] {
                    self.consume(test);
                    self.never_all(body);
                }
                if let Some(body) = otherwise {
                    self.never_all(body);
                }
                return Ok(());
            }
            if open {
                self.line(format!("}} else if {} {{", code.s));
            } else {
                self.flush();
                self.line(format!("if {} {{", code.s));
                open = true;
            }
            let end = branches.get(number + 1).map(|(e, _)| e.span.start);
            let end = end.or_else(|| otherwise.and_then(|b| b.first()).map(|s| s.span.start)).unwrap_or(s.span.end);
            let end = body.last().map_or(end, |last| {
                // What stands before the brace belongs to the block.
                self.source[last.span.end..s.span.end].find('}').map_or(last.span.end, |at| last.span.end + at)
            });
            let failed = self.failed_in(test, body).filter(|web| self.failed.insert(*web));
            self.block(body, (s.id, number), end);
            if let Some(web) = failed {
                self.failed.remove(&web);
            }
        }
        match otherwise {
            Some(body) if open => {
                self.line("} else {");
                self.block(body, (s.id, branches.len()), s.span.end);
            }
            Some(body) => self.statements(body, (s.id, branches.len())),
            None => {}
        }
        if open {
            self.line("}");
        }
        Ok(())
    }

    /// `if (!socket_getpeername($s, $address, $port)) { … }` as a `let … else`, if the branch leaves and does not look at them.
    fn is_let_else(&mut self, code: &Code, test: &Expr, body: &Block) -> bool {
        let [found, names] = self.pre.as_slice() else { return false };
        let Some((name, call)) = found.strip_prefix("let ").and_then(|rest| rest.split_once(" = ")) else {
            return false;
        };
        let end = format!(" = {name}.clone().unwrap_or_default();");
        let Some(names) = names.strip_prefix("let ").and_then(|rest| rest.strip_suffix(&end)) else { return false };
        let mut looked = false;
        test.walk(&mut |e| looked |= e.var().is_some_and(|x| body.iter().any(|s| s.mentions(x)) && self.is_out(e)));
        if looked || !leaves(body) || code.s != format!("{name}.is_none()") {
            return false;
        }
        let head = format!("let Some({names}) = {} else {{", call.trim_end_matches(';'));
        self.pre.clear();
        self.line(head);
        true
    }

    /// Whether a variable is no socket, so that a call that has it assigns to it.
    fn is_out(&self, e: &Expr) -> bool {
        !matches!(self.types.of(e), Ty::Socket | Ty::Opt(_))
    }

    /// The variable whose connection a test asks for, and whether it asks that it is there.
    fn presence(&self, branches: &[(Expr, Block)], otherwise: Option<&Block>) -> Option<(usize, bool)> {
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

    /// The variable that is false in a branch, as its test is `!$x`, `!($x = call)` or `$x === false`.
    fn failed_in(&self, test: &Expr, body: &Block) -> Option<usize> {
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
        let kept = !self.types.webs.webs[web].global && !self.is_changed_in(body, web);
        (kept && self.types.tys[web] == Ty::Bool).then_some(web)
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
    fn present(&mut self, s: &Stmt, web: usize, there: bool, body: &Block, otherwise: Option<&Block>) -> R<()> {
        let name = self.name(web);
        let lent = if self.forms.contains_key(&web) { name.clone() } else { format!("&{name}") };
        let form = self.forms.get(&web).copied();
        let ends = |this: &Self, block: &Block, from: usize| {
            block.last().map_or(from, |last| {
                this.source[last.span.end..s.span.end].find('}').map_or(last.span.end, |at| last.span.end + at)
            })
        };
        let arm = |this: &mut Self, some: bool, block: &Block, number: usize, end: usize| {
            if some {
                this.there.insert(web);
                this.forms.remove(&web);
            }
            this.block(block, (s.id, number), end);
            this.there.remove(&web);
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

    pub(crate) fn switch(&mut self, s: &Stmt, subject: &Expr, cases: &[(Option<Expr>, Block)]) -> R<()> {
        let ty = self.types.of(subject);
        let mut arms: Vec<(Vec<String>, &Block, usize)> = Vec::new();
        let mut patterns = Vec::new();
        let mut default = None;
        let mut texts = Vec::new();
        let int = matches!(ty, Ty::Int(_));
        let json = ty == Ty::Json;
        if json {
            self.seen_errors(subject)?;
        }
        if !json && !int && !matches!(ty, Ty::Str(_)) && !matches!(&ty, Ty::Opt(inner) if matches!(**inner, Ty::Str(_)))
        {
            return refuse(subject, format!("switch over {}", ty.name()));
        }
        let code = self.value(subject)?;
        self.flush();
        let text = matches!(ty, Ty::Str(Text::Literal | Text::String));
        for (number, (test, body)) in cases.iter().enumerate() {
            match test {
                None => patterns.push("_".to_owned()),
                Some(test) => {
                    self.counts[test.id] += 1;
                    patterns.push(match &test.kind {
                        ExprKind::Str(t) if json && std::str::from_utf8(t).is_ok() => {
                            texts.push(crate::code::literal(t));
                            format!("Some({})", crate::code::literal(t))
                        }
                        _ if json => return refuse(test, "a case of a value of JSON that is no text"),
                        ExprKind::Int(n) if int => n.to_string(),
                        ExprKind::Const(name) if int && crate::infer::is_socket_constant(name) => name.clone(),
                        ExprKind::Str(t)
                            if !int && !crate::code::is_numeric(t) && (!t.is_empty() || matches!(ty, Ty::Str(_))) =>
                        {
                            if text {
                                crate::code::literal(t)
                            } else {
                                crate::code::byte_literal(t)
                            }
                        }
                        _ => return refuse(test, "a case whose value is computed, or compared as a number"),
                    });
                }
            }
            // What falls through with nothing in between is one arm.
            if body.is_empty() && number + 1 < cases.len() {
                continue;
            }
            let ends = leaves(body) || number + 1 == cases.len();
            if !ends {
                return Err(Refusal {
                    at: body.last().map_or(s.span.start, |s| s.span.end),
                    reason: "a case that goes on into the next one".into(),
                });
            }
            let mut all = std::mem::take(&mut patterns);
            if all.iter().any(|p| p == "_") {
                default = Some(arms.len());
                all = vec!["_".into()];
            }
            arms.push((all, body, number));
        }
        // `_` comes last: no other case is equal to what it takes.
        if let Some(at) = default
            && at + 1 != arms.len()
        {
            let arm = arms.remove(at);
            arms.push(arm);
            if self.types.program.comments.iter().any(|c| s.span.contains(&c.span.start)) {
                return Err(Refusal { at: s.span.start, reason: "default before other cases, with comments".into() });
            }
        }
        let subject_text = if json {
            format!("{}.case(&[{}])", code.wrap(15), texts.join(", "))
        } else if int {
            match ty {
                Ty::Int(_) => code.s.clone(),
                _ => code.s.clone(),
            }
        } else if text {
            if code.form == Form::Ref || matches!(ty, Ty::Str(Text::Literal)) {
                code.s.clone()
            } else {
                format!("&*{}", code.wrap(14))
            }
        } else if matches!(ty, Ty::Opt(_)) {
            format!("&*{}.unwrap_or_default()", code.wrap(15))
        } else if code.form == Form::Ref {
            format!("&**{}", code.wrap(14)).replacen("&**", if self.is_slice(subject) { "" } else { "&**" }, 1)
        } else {
            format!("&*{}", code.wrap(14))
        };
        self.labels += 1;
        self.frames.push(Frame {
            switch: true,
            label: format!("'switch\u{1}{}\u{1}", self.labels),
            inner: None,
            labelled: false,
        });
        let head = self.lines.len();
        self.line(format!("match {subject_text} {{"));
        self.indent += 1;
        let has_default = default.is_some();
        for (patterns, body, number) in arms {
            // The `break` at the end is what every arm of a match does.
            let (mut rest, mut last) = (body.clone(), None);
            if matches!(rest.last().map(|s| &s.kind), Some(StmtKind::Break(1) | StmtKind::Continue(1))) {
                last = rest.pop();
            }
            let end = last.as_ref().map_or_else(|| body.last().map_or(s.span.start, |s| s.span.end), |s| s.span.end);
            if let Some(first) = body.first() {
                self.comments(
                    cases[number].0.as_ref().map_or(first.span.start, |e| e.span.start).min(first.span.start),
                );
            }
            self.line(format!("{} => {{", patterns.join(" | ")));
            self.block(&rest, (s.id, number), end);
            if rest.is_empty() {
                let (_, text) = self.lines.pop().unwrap_or_default();
                self.line(format!("{}}}", text));
            } else {
                self.line("}");
            }
        }
        if !has_default {
            self.line("_ => {}");
        }
        self.indent -= 1;
        self.line("}");
        if let Some(frame) = self.frames.pop()
            && frame.labelled
        {
            self.lines[head].1 = format!("{}: {{ {}", frame.label, self.lines[head].1);
            self.line("}");
            self.name_label(head, &frame.label, &["'switch"]);
        }
        Ok(())
    }
}
