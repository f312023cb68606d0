//! `switch`.

use super::*;
use crate::code::Form;
use crate::types::*;

impl Emit<'_> {
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
            again: false,
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
            if self.lines.last().is_some_and(|(_, text)| text.ends_with('{')) {
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
