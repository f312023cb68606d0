//! `finally`: what a `try` is left with is a value until it is done.

use super::exceptions::{Left, Try};
use super::*;
use crate::exceptions;
use crate::types::*;

impl Emit<'_> {
    /// A `try` whose `finally` is done however it is left: what it is left with is a value until then.
    pub(crate) fn try_finally(&mut self, s: &Stmt, body: &Block, catches: &[Catch], finally: &Finally) -> R<()> {
        let program = self.types.program;
        let blocks = || [body].into_iter().chain(catches.iter().map(|c| &c.body));
        let mut returned = false;
        blocks().for_each(|b| statements(b, &mut |s| returned |= matches!(s.kind, StmtKind::Return(_))));
        let left = Left {
            thrown: exceptions::escapes_try(program, &self.types.throws, body, catches),
            returned,
            falls: !blocks().all(|b| leaves(b)),
        };
        let mut again = false;
        statements(&finally.body, &mut |s| again |= matches!(s.kind, StmtKind::Return(_)));
        let out = |block: &Block| breaks(block, 1) || continues(block, 1);
        if again || blocks().chain([&finally.body]).any(out) {
            let reason = "a return in a finally, or a break or continue that leaves its try";
            return Err(Refusal { at: finally.start, reason: reason.into() });
        }
        self.watched += 1;
        let result = self.finally(s, body, catches, finally, left);
        self.watched -= 1;
        result
    }

    fn finally(&mut self, s: &Stmt, body: &Block, catches: &[Catch], finally: &Finally, left: Left) -> R<()> {
        let key = (s.id, catches.len() + 1);
        if !left.thrown && !left.returned {
            self.try_catch(s, body, catches, finally.start)?;
            self.comments(finally.start);
            if left.falls {
                self.statements(&finally.body, key);
            } else {
                finally.body.iter().for_each(|s| self.never(s));
            }
            self.comments_within(s.span.end);
            return Ok(());
        }
        self.labels += 1;
        let label = format!("'finally{}", self.labels);
        let value = match self.types.returns.get(self.function) {
            Some(Ty::Mixed(_) | Ty::Unknown) | None => "()".to_owned(),
            Some(ty) => ty.rust(),
        };
        let value = if left.falls { format!("Option<{value}>") } else { value };
        let ty = match (left.thrown, left.returned, left.falls) {
            (true, true, _) => format!("Result<{value}, Exception>"),
            (false, _, _) => value,
            (true, false, true) => "Option<Exception>".to_owned(),
            (true, false, false) => "Exception".to_owned(),
        };
        let name = self.fresh("left");
        self.line(format!("let {name}: {ty} = {label}: {{"));
        self.indent += 1;
        self.tries.push(Try { label, left: Some(left) });
        self.named.push(self.frames.len());
        let result = self.try_catch(s, body, catches, finally.start);
        self.named.pop();
        self.tries.pop();
        result?;
        if left.falls {
            self.line(if left.thrown && left.returned { "Ok(None)" } else { "None" });
        }
        self.indent -= 1;
        self.line("};");
        self.comments(finally.start);
        self.statements(&finally.body, key);
        self.comments_within(s.span.end);
        let (back, out) = (self.return_line("value"), self.throw("thrown"));
        let (back, out) = (back.trim_end_matches(';'), out.trim_end_matches(';'));
        match (left.thrown, left.returned, left.falls) {
            (true, true, falls) => {
                self.line(format!("match {name} {{"));
                self.indent += 1;
                if falls {
                    self.line("Ok(None) => {}");
                }
                self.line(format!("Ok({}) => {back},", if falls { "Some(value)" } else { "value" }));
                self.line(format!("Err(thrown) => {out},"));
                self.indent -= 1;
                self.line("}");
            }
            (true, false, true) => self.line(format!("if let Some(thrown) = {name} {{ {out}; }}")),
            (true, false, false) => {
                let line = self.throw(&name);
                self.line(line);
            }
            (false, _, true) => self.line(format!("if let Some(value) = {name} {{ {back}; }}")),
            (false, _, false) => {
                let line = self.return_line(&name);
                self.line(line);
            }
        }
        Ok(())
    }

    /// The line that returns a value, or keeps it until a `finally` is done.
    pub(crate) fn return_line(&self, value: &str) -> String {
        if let Some((label, left)) = self.tries.iter().rev().find_map(|t| Some((&t.label, t.left?))) {
            return format!("break {label} {};", left.kept_return(value));
        }
        match self.types.returns.get(self.function) {
            None => "std::process::exit(0);".to_owned(),
            Some(_) if self.throws_here() => format!("return Ok({value});"),
            Some(Ty::Void) => "return;".to_owned(),
            Some(_) => format!("return {value};"),
        }
    }
}
