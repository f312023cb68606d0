//! `if`, the check of a call, and `switch`.

use super::*;
use crate::ast::*;
use crate::code::Code;
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
        if let [(test, body)] = branches
            && let Some((assignment, web)) = self.assigned_handle(test, body, otherwise)
        {
            self.value(assignment)?;
            self.flush();
            if let ExprKind::Binary(_, _, constant) = &test.kind {
                self.counts[test.id] += 1;
                self.consume(constant);
            }
            return self.present(s, web, true, body, otherwise);
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
                let failed = match branches {
                    [(test, _)] => self.failed_behind(test, body).filter(|web| self.failed.insert(*web)),
                    _ => None,
                };
                self.block(body, (s.id, branches.len()), s.span.end);
                if let Some(web) = failed {
                    self.failed.remove(&web);
                }
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
}
