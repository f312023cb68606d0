//! `try`, `catch` and `throw`: a block that is left with the exception, and what follows it.

use super::*;
use crate::ast::*;
use crate::code::Form;
use crate::exceptions::{self, Taken};
use crate::types::*;

/// A `try` around the statement at hand.
#[derive(Debug)]
pub(crate) struct Try {
    label: String,
    /// What its block ends with, if it has a `finally`.
    left: Option<Left>,
}

/// How a `try` with a `finally` may be left: by an exception, by a `return`, at its end.
#[derive(Clone, Copy, Debug)]
struct Left {
    thrown: bool,
    returned: bool,
    falls: bool,
}

impl Left {
    /// What keeps an exception, if anything.
    fn keeps_thrown(self) -> &'static str {
        match (self.returned, self.falls) {
            (true, _) => "Err",
            (false, true) => "Some",
            (false, false) => "",
        }
    }

    fn kept_return(self, value: &str) -> String {
        let value = if self.falls { format!("Some({value})") } else { value.to_owned() };
        if self.thrown { format!("Ok({value})") } else { value }
    }
}

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

    /// Makes exceptions of what PHP throws in the lines of a statement, where something catches it or has a `finally`.
    pub(crate) fn check_errors(&mut self, s: &Stmt, from: usize) -> R<()> {
        let errors = self.types.program.errors;
        let inside = self.function < self.types.program.functions.len();
        if errors == Errors::Unseen || self.watched == 0 && !inside {
            return Ok(());
        }
        const WHY: &str =
            "what may throw an Error that is no exception here, where the program has a finally or catches Errors";
        if let Some(e) = s.parts().0.into_iter().find(|e| e.any(&exceptions::may_be_error)) {
            return refuse(e, WHY);
        }
        for at in from..self.lines.len() {
            let mut text = std::mem::take(&mut self.lines[at].1);
            if !text.trim_start().starts_with("//") {
                let outside = self.tries.is_empty() && !self.throws_here();
                for name in ["warn", "quiet", "must", "need", "need_by"].into_iter().filter(|_| !outside) {
                    while let Some(range) = call_of(&text, name) {
                        let call = self.may_throw(format!("try_{}", &text[range.clone()]));
                        text.replace_range(range, &call);
                    }
                }
                let implied = ["number", "not_null", "take_sockets", "try_must", "try_need", "must", "need"];
                let implied = if errors == Errors::Caught { &implied[..] } else { &implied[..3] };
                if implied.iter().any(|name| call_of(&text, name).is_some()) {
                    return Err(Refusal { at: s.span.start, reason: WHY.into() });
                }
            }
            self.lines[at].1 = text;
        }
        Ok(())
    }

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

/// Where a text calls a function, outside of what is in quotes: from its name to the parenthesis that ends the call.
pub(crate) fn call_of(text: &str, name: &str) -> Option<std::ops::Range<usize>> {
    let bytes = text.as_bytes();
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'.';
    let (mut quoted, mut skip, mut start, mut depth) = (false, false, None, 0_usize);
    for (at, b) in text.bytes().enumerate() {
        if skip {
            skip = false;
        } else if quoted {
            skip = b == b'\\';
            quoted = b != b'"';
        } else if b == b'"' {
            quoted = true;
        } else if let Some(from) = start {
            depth = match b {
                b'(' => depth + 1,
                b')' => depth - 1,
                _ => depth,
            };
            if b == b')' && depth == 0 {
                return Some(from..at + 1);
            }
        } else if bytes[at..].starts_with(name.as_bytes())
            && bytes.get(at + name.len()) == Some(&b'(')
            && (at == 0 || !word(bytes[at - 1]))
        {
            start = Some(at);
        }
    }
    None
}
