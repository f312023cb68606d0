//! `try`, `catch` and `throw`: a block that is left with the exception, and what follows it.

use super::*;
use crate::ast::*;
use crate::code::Form;
use crate::exceptions::{self, Taken};
use crate::types::*;

/// A `try` around the statement at hand.
#[derive(Debug)]
pub(crate) struct Try {
    pub(super) label: String,
    /// What its block ends with, if it has a `finally`.
    pub(super) left: Option<Left>,
}

/// How a `try` with a `finally` may be left: by an exception, by a `return`, at its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left {
    pub(super) thrown: bool,
    pub(super) returned: bool,
    pub(super) falls: bool,
}

impl Left {
    /// What keeps an exception, if anything.
    pub(super) fn keeps_thrown(self) -> &'static str {
        match (self.returned, self.falls) {
            (true, _) => "Err",
            (false, true) => "Some",
            (false, false) => "",
        }
    }

    pub(super) fn kept_return(self, value: &str) -> String {
        let value = if self.falls { format!("Some({value})") } else { value.to_owned() };
        if self.thrown { format!("Ok({value})") } else { value }
    }
}

impl Emit<'_> {
    pub(crate) fn try_catch(&mut self, s: &Stmt, body: &Block, catches: &[Catch], last: usize) -> R<()> {
        self.watched += 1;
        let result = self.caught(s, body, catches, last);
        self.watched -= 1;
        result
    }

    fn caught(&mut self, s: &Stmt, body: &Block, catches: &[Catch], last: usize) -> R<()> {
        let program = self.types.program;
        let end = catches.first().map_or(last, |c| c.span.start);
        let none = catches.iter().all(|c| exceptions::taken(program, &c.classes) == Taken::None);
        if none || !exceptions::escapes(program, &self.types.throws, body) {
            // Nothing throws here, or nothing that is caught.
            self.statements(body, (s.id, 0));
            self.comments_within(end);
            for catch in catches {
                if let Some(var) = &catch.var {
                    self.counts[var.id] += 1;
                }
                for s in &catch.body {
                    self.comments(s.span.start);
                    self.never(s);
                }
            }
            return Ok(());
        }
        self.labels += 1;
        let (done, label) = (format!("'done{}", self.labels), format!("'thrown{}", self.labels));
        let ends = leaves(body);
        if !ends {
            self.line(format!("{done}: {{"));
            self.indent += 1;
            self.named.push(self.frames.len());
        }
        let all: Vec<Taken> = catches.iter().map(|c| exceptions::taken(program, &c.classes)).collect();
        // One name for all, if that is what PHP has.
        let names: BTreeSet<_> = catches.iter().enumerate().map(|(at, c)| self.caught_by(s, c, at + 1)).collect();
        let thrown = match names.into_iter().collect::<Vec<_>>().as_slice() {
            [Some(name)] => name.clone(),
            _ => self.fresh("thrown"),
        };
        let used = catches.iter().any(|c| c.var.is_some()) || all != [Taken::All];
        self.line(format!("let {}: Exception = {label}: {{", if used { &thrown } else { "_" }));
        self.tries.push(Try { label, left: None });
        self.named.push(self.frames.len());
        self.block(body, (s.id, 0), end);
        self.tries.pop();
        self.named.pop();
        if !ends {
            self.indent += 1;
            self.line(format!("break {done};"));
            self.indent -= 1;
        }
        self.line("};");
        self.catches(s, catches, &all, &thrown, last)?;
        if !ends {
            self.named.pop();
            self.indent -= 1;
            self.line("}");
        }
        Ok(())
    }

    fn catches(&mut self, s: &Stmt, catches: &[Catch], all: &[Taken], thrown: &str, last: usize) -> R<()> {
        let (mut open, mut closed) = (false, false);
        for (number, (catch, taken)) in catches.iter().zip(all).enumerate() {
            let end = catches.get(number + 1).map_or(last, |next| next.span.start);
            if closed || *taken == Taken::None {
                if let Some(var) = &catch.var {
                    self.counts[var.id] += 1;
                }
                for s in &catch.body {
                    self.comments(s.span.start);
                    self.never(s);
                }
                continue;
            }
            if let Taken::Some(classes) = taken {
                let classes: Vec<_> = classes.iter().map(|class| format!("\"{class}\"")).collect();
                let test = match classes.as_slice() {
                    [class] => format!("{thrown}.class == {class}"),
                    _ => format!("matches!({thrown}.class, {})", classes.join(" | ")),
                };
                self.line(format!("{}if {test} {{", if open { "} else " } else { "" }));
                open = true;
            } else {
                if open {
                    self.line("} else {");
                }
                closed = true;
            }
            self.indent += usize::from(open);
            self.bind_caught(s, catch, number + 1, thrown)?;
            self.statements(&catch.body, (s.id, number + 1));
            self.comments_within(end);
            self.indent -= usize::from(open);
        }
        if !closed {
            self.line("} else {");
            self.indent += 1;
            let text = self.throw(thrown);
            self.line(text);
            self.indent -= 1;
        }
        if open {
            self.line("}");
        }
        Ok(())
    }

    /// The variable of a `catch`, if that is where it is declared.
    fn caught_by(&self, s: &Stmt, catch: &Catch, number: usize) -> Option<String> {
        let web = self.types.web(catch.var.as_ref()?)?;
        let here = self.places.of.get(&web).is_some_and(|place| place.block == (s.id, number));
        (here && self.types.tys[web] == Ty::Exception && self.mutable(web).is_empty()).then(|| self.name(web))
    }

    fn bind_caught(&mut self, s: &Stmt, catch: &Catch, number: usize, thrown: &str) -> R<()> {
        let Some(var) = &catch.var else { return Ok(()) };
        self.counts[var.id] += 1;
        let Some(web) = self.types.web(var) else { return refuse(var, "this catch") };
        if self.types.tys[web] != Ty::Exception || self.tainted.contains(&web) {
            return refuse(var, "a variable of several types");
        }
        if self.caught_by(s, catch, number).is_some_and(|name| name == thrown) {
            self.declared.insert(web);
            return Ok(());
        }
        if self.types.webs.webs[web].reads == 0 {
            self.declared.insert(web);
            return Ok(());
        }
        self.once = true;
        let bound = self.bind(web, ((s.id, number), 0));
        self.line(format!("{bound} = {thrown}.clone();"));
        Ok(())
    }

    /// Whether what is thrown here and not caught leaves the function.
    pub(crate) fn throws_here(&self) -> bool {
        self.types.throws.get(self.function) == Some(&true)
    }

    /// What the line that throws says; `thrown` is a variable, or a new exception.
    pub(crate) fn throw(&self, thrown: &str) -> String {
        match self.tries.last().map(|around| (&around.label, around.left.map_or("", Left::keeps_thrown))) {
            Some((label, "")) => format!("break {label} {thrown};"),
            Some((label, kept)) => format!("break {label} {kept}({thrown});"),
            None if self.throws_here() => format!("return Err({thrown});"),
            None => format!("uncaught(&{thrown});"),
        }
    }

    /// The line of a `throw`.
    pub(crate) fn throw_line(&mut self, e: &Expr) -> R<String> {
        let ExprKind::Throw(inner) = &e.kind else { return refuse(e, "this throw") };
        self.counts[e.id] += 1;
        if self.types.of(inner) != Ty::Exception {
            return refuse(inner, "a throw of something else than PHP's exceptions");
        }
        let code = self.value(inner)?;
        let code = if code.form == Form::Temp { code } else { self.owned(code) };
        Ok(self.throw(&code.s))
    }

    /// A call that may throw, where it is.
    pub(crate) fn may_throw(&self, call: String) -> String {
        match self.tries.last().map(|around| (&around.label, around.left.map_or("", Left::keeps_thrown))) {
            Some((label, "")) => format!("caught!({label}, {call})"),
            Some((label, kept)) => format!("caught!({label}, {kept}, {call})"),
            None if self.throws_here() => format!("{call}?"),
            None => format!("or_end({call})"),
        }
    }
}
