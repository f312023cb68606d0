//! Arguments that a call assigns to.

use crate::ast::*;
use crate::code::{Code, Form};
use crate::emit::{Emit, R, refuse};
use crate::types::*;

impl Emit<'_> {
    pub(crate) fn data(&mut self, e: &Expr) -> R<String> {
        let Some(web) = self.types.web(e) else { return refuse(e, "data into an element") };
        self.counts[e.id] += 1;
        self.untainted(web, e)?;
        if self.types.tys[web] != BYTES {
            return refuse(e, "a variable of several types");
        }
        let name = self.name(web);
        Ok(match self.forms.get(&web) {
            Some(Form::Mut) => name,
            Some(_) => return refuse(e, "data into a parameter"),
            None => format!("&mut {name}"),
        })
    }

    pub(crate) fn out_names(&mut self, out: &[Expr], wanted: usize) -> R<(Vec<String>, bool)> {
        let at = self.here();
        let (mut names, mut fresh) = (Vec::new(), 0);
        for e in out {
            if let ExprKind::Index(base, Some(index)) = &e.kind {
                self.counts[e.id] += 1;
                let Ty::Map(key, element) = self.types.of(base) else {
                    return refuse(e, "an argument that is no variable");
                };
                let name = self.fresh("value");
                let code = Code { s: name.clone(), ty: Ty::Int(Rep::I32), form: Form::Temp, p: 20 };
                if !matches!(*element, Ty::Int(_)) {
                    return refuse(e, "an argument that is no variable");
                }
                let place = self.place(base)?;
                let key = self.key(index, &key)?;
                let value = self.coerce(code, &element, e)?;
                self.post.push(format!("{}.insert({key}, {});", place.s, value.s));
                fresh += 1;
                names.push(name);
                continue;
            }
            let Some(web) = self.types.web(e) else { return refuse(e, "an argument that is no variable") };
            self.counts[e.id] += 1;
            self.untainted(web, e)?;
            if let Ty::Mixed(why) = &self.types.tys[web] {
                return refuse(e, why.clone());
            }
            let port = names.len() == 1;
            let native = if port { Ty::Int(Rep::I32) } else { STRING };
            if self.types.tys[web] != native {
                let name = self.fresh(if port { "port" } else { "address" });
                let code = Code { s: name.clone(), ty: native, form: Form::Temp, p: 20 };
                let code = match &self.types.tys[web] {
                    Ty::Str(_) if port => Code::temp(format!("{}.to_string()", code.s), STRING),
                    _ => code,
                };
                let ty = self.types.tys[web].clone();
                let value = self.coerce(code, &ty, e)?;
                if !self.declared.contains(&web) && self.types.webs.webs[web].param.is_none() {
                    return refuse(e, "a variable of several types");
                }
                let bound = self.bind(web, at);
                self.post.push(format!("{bound} = {};", value.s));
                fresh += 1;
                names.push(name);
                continue;
            }
            if self.types.webs.webs[web].reads == 0 && !self.types.webs.webs[web].global {
                self.declared.insert(web);
                names.push("_".to_owned());
                continue;
            }
            let bound = self.bind(web, at);
            match bound.strip_prefix("let ") {
                Some(name) => {
                    fresh += 1;
                    names.push(name.to_owned());
                }
                None => names.push(bound),
            }
        }
        let real = names.iter().filter(|name| *name != "_").count();
        if fresh != 0 && fresh != real {
            return refuse(&out[0], "old and new variables in one call");
        }
        while names.len() < wanted {
            names.push("_".to_owned());
        }
        Ok((names, fresh > 0))
    }

    /// A call that assigns to its arguments, as a statement or as a condition.
    pub(crate) fn outs(&mut self, e: &Expr, out: &[Expr], call: &str, _names: &[&str], default: &str) -> R {
        if !self.once || !self.leading.contains(&e.id) {
            return refuse(e, "a call that assigns to its arguments, in the middle of an expression");
        }
        let (names, fresh) = self.out_names(out, 2)?;
        let word = if fresh { "let " } else { "" };
        if names.iter().all(|name| name == "_") {
            return Ok(Code::temp(format!("{call}.is_some()"), Ty::Bool));
        }
        if self.discard == Some(e.id) {
            // Nobody asks whether it has worked.
            self.pre.push(format!("{word}({}) = {call}.{default};", names.join(", ")));
            let post = std::mem::take(&mut self.post);
            self.pre.extend(post);
            return Ok(Code { p: 20, ..Code::temp("", Ty::Bool) });
        }
        let found = self.fresh("found");
        self.pre.push(format!("let {found} = {call};"));
        self.pre.push(format!("{word}({}) = {found}.clone().{default};", names.join(", ")));
        let post = std::mem::take(&mut self.post);
        self.pre.extend(post);
        Ok(Code::temp(format!("{found}.is_some()"), Ty::Bool))
    }

    pub(crate) fn received(&mut self, e: &Expr, out: &[Expr], call: &str) -> R {
        if !self.once || !self.leading.contains(&e.id) {
            return refuse(e, "a call that assigns to its arguments, in the middle of an expression");
        }
        let (names, fresh) = self.out_names(out, 2)?;
        let ty = Ty::Int(Rep::Usize).opt();
        if names.iter().all(|name| name == "_") {
            let text = if self.discard == Some(e.id) { call.to_owned() } else { format!("received({call}).0") };
            return Ok(Code::temp(text, ty));
        }
        let post = std::mem::take(&mut self.post);
        if fresh && self.checked.is_some() && post.is_empty() {
            let count = self.fresh("count");
            self.pre.push(format!("let ({count}, {}) = received({call});", names.join(", ")));
            return Ok(Code { s: count, ty, form: Form::Owned, p: 20 });
        }
        if !fresh {
            // What there was stays where nothing is received.
            let (address, port) = (self.fresh("address"), self.fresh("port"));
            let assigned = names.iter().zip([address.clone(), port.clone()]).filter(|(name, _)| *name != "_");
            let lines: Vec<_> = assigned.map(|(name, value)| format!("{name} = {value};")).collect();
            let pattern = [(&address, &names[0]), (&port, &names[1])]
                .map(|(value, name)| if name == "_" { "_".to_owned() } else { value.clone() });
            return Ok(self.kept(e, &pattern.join(", "), call, &lines));
        }
        if !post.is_empty() {
            // Variables of other types than the call's, which keep what they have as well.
            return Ok(self.kept(e, &names.join(", "), call, &post));
        }
        let count = if self.discard == Some(e.id) { "_".to_owned() } else { self.fresh("count") };
        self.pre.push(format!("let ({count}, {}) = received({call});", names.join(", ")));
        Ok(if self.discard == Some(e.id) {
            Code { p: 20, ..Code::temp("", ty) }
        } else {
            Code { s: count, ty, form: Form::Owned, p: 20 }
        })
    }

    /// Lines for the case that something is received; the value is how much.
    fn kept(&mut self, e: &Expr, pattern: &str, call: &str, lines: &[String]) -> Code {
        let ty = Ty::Int(Rep::Usize).opt();
        let (head, code) = if self.discard == Some(e.id) {
            (format!("if let Some((_, {pattern})) = {call} {{"), Code { p: 20, ..Code::temp("", ty) })
        } else {
            let (found, count) = (self.fresh("found"), self.fresh("count"));
            self.pre.push(format!("let {found} = {call};"));
            self.pre.push(format!("let {count} = {found}.as_ref().map(|found| found.0);"));
            let head = format!("if let Some((_, {pattern})) = {found} {{");
            (head, Code { s: count, ty, form: Form::Owned, p: 20 })
        };
        self.pre.push(head);
        self.pre.extend(lines.iter().map(|line| format!("    {line}")));
        self.pre.push("}".to_owned());
        code
    }

    pub(crate) fn pair(&mut self, e: &Expr, args: [&Expr; 3], pair: &Expr, warn: &str) -> R {
        let Some(web) = self.types.web(pair) else { return refuse(pair, "a pair into an element") };
        if !self.once || !self.leading.contains(&e.id) {
            return refuse(e, "a call that assigns to its arguments, in the middle of an expression");
        }
        self.counts[pair.id] += 1;
        let mut texts = Vec::new();
        for arg in args {
            texts.push(self.number_as(arg, Rep::I32)?.s);
        }
        if self.types.tys[web] != Ty::List(Box::new(Ty::Socket)) || self.tainted.contains(&web) {
            return refuse(pair, "a pair that is more than a list");
        }
        let at = self.here();
        let bound = self.bind(web, at);
        if self.discard == Some(e.id) {
            self.pre.push(format!(
                "{bound} = {warn}(socket_create_pair({})).map_or_else(Vec::new, Vec::from);",
                texts.join(", ")
            ));
            return Ok(Code { p: 20, ..Code::temp("", Ty::Bool) });
        }
        let made = self.fresh("made");
        self.pre.push(format!("let {made} = {warn}(socket_create_pair({}));", texts.join(", ")));
        self.pre.push(format!("{bound} = {made}.clone().map_or_else(Vec::new, Vec::from);"));
        Ok(Code::temp(format!("{made}.is_some()"), Ty::Bool))
    }
}
