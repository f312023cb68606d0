//! `foreach`, over a copy where its body changes the array.

use super::*;
use crate::ast::*;
use crate::code::{Code, Form};
use crate::places::Key;
use crate::types::*;

impl<'a> Emit<'a> {
    pub(crate) fn foreach(&mut self, s: &Stmt, list: &Expr, key: Option<&Expr>, value: &Expr, body: &Block) -> R<()> {
        let ty = self.types.of(list);
        if let Some(web) = self.types.base(list) {
            self.untainted(web, list)?;
        }
        for e in [Some(value), key].into_iter().flatten() {
            let mut tainted = false;
            e.walk(&mut |e| tainted |= self.types.web(e).is_some_and(|web| self.tainted.contains(&web)));
            if tainted {
                return refuse(e, "a variable that a refused line sets");
            }
        }
        // An array that nothing is ever put into.
        if let (Ty::List(inner), ExprKind::Var(_)) = (&ty, &list.kind)
            && **inner == Ty::Unknown
        {
            self.never(s);
            return Ok(());
        }
        let (element, tuple) = match &ty {
            Ty::List(element) | Ty::Map(_, element) => ((**element).clone(), false),
            Ty::Json => (Ty::Json, false),
            Ty::Tuple(_) => return refuse(list, "an array of several types"),
            Ty::Opt(inner) if inner.is_array() && matches!(list.kind, ExprKind::Call(..)) => (inner.element(), false),
            Ty::Opt(_) | Ty::Mixed(_) => return refuse(list, "foreach over something that may be no array"),
            _ => return refuse(list, format!("foreach over {}", ty.name())),
        };
        let _ = tuple;
        if let Ty::Mixed(why) = &element {
            return refuse(list, format!("an array of several types: {why}"));
        }
        let mut changes = false;
        if let Some(base) = self.types.base(list) {
            for s in body {
                statements(std::slice::from_ref(s), &mut |s| {
                    if let StmtKind::Unset(list) = &s.kind {
                        changes |= list.iter().any(|e| self.types.base(e) == Some(base));
                    }
                });
                s.walk(&mut |e| match &e.kind {
                    ExprKind::Assign(target, _) | ExprKind::AssignOp(_, target, _) | ExprKind::Step { target, .. } => {
                        changes |= self.types.base(target) == Some(base);
                    }
                    ExprKind::Call(name, args) => {
                        let (assigned, other) = crate::functions::references(name);
                        let mut touched = assigned.iter().chain(other).filter_map(|at| args.get(*at));
                        changes |= touched.any(|a| self.types.base(a) == Some(base));
                        if let Some(own) = self.types.own(name) {
                            // A method that changes the object may not find its list lent out.
                            changes |= property_of(&self.types.webs.webs[base].name).is_some() && self.mutates(own);
                            changes |= self.types.webs.globals[own].contains(&self.types.webs.webs[base].name)
                                && self.types.webs.webs[base].global
                                && self.global_changes(base);
                            changes |= args
                                .iter()
                                .zip(&self.types.program.functions[own].params)
                                .any(|(a, p)| p.by_ref && self.types.base(a) == Some(base));
                        }
                    }
                    _ => {}
                });
            }
        }
        // The variables of the head: each is declared by it, or assigned to at the body's start.
        let body_key = (s.id, 0);
        let inside = |this: &Self, e: &Expr| {
            this.types.web(e).is_some_and(|web| this.places.of.get(&web).is_some_and(|p| p.block == body_key))
        };
        let changed = |this: &Self, e: &Expr| {
            this.types.web(e).is_some_and(|web| this.types.webs.webs[web].changed || this.types.webs.webs[web].defs > 1)
        };
        let literal = matches!(list.kind, ExprKind::Array(_));
        let json = ty == Ty::Json;
        let place = matches!(list.kind, ExprKind::Var(_) | ExprKind::Const(_)) && !json;
        let owned_wanted = changed(self, value) && inside(self, value);
        // Numbers that are written out have the width that the variable has.
        let ty = match ty {
            Ty::Opt(inner) => *inner,
            other => other,
        };
        let (ty, element) = match (&ty, self.types.web(value).map(|web| self.types.tys[web].clone())) {
            (Ty::List(_), Some(width @ Ty::Int(_))) if literal && element == Ty::Int(Rep::Literal) => {
                (Ty::List(Box::new(width.clone())), width)
            }
            _ if json => (Ty::Map(Box::new(Ty::Json), Box::new(Ty::Json)), element),
            _ => (ty, element),
        };
        let code = if json {
            let value = self.value(list)?;
            Code::temp(format!("{}.entries()", value.wrap(15)), ty.clone())
        } else if literal && element == INT && matches!(ty, Ty::List(_)) {
            let list = self.coerced(list, &ty)?;
            Code { s: list.s.trim_start_matches("vec!").to_owned(), ..list }
        } else if literal && matches!(ty, Ty::List(_)) {
            self.array_literal(list, true)?
        } else {
            let code = self.value(list)?;
            match &code.ty {
                // PHP says that false is no array, and goes on.
                Ty::Opt(_) => Code::temp(format!("{}.unwrap_or_default()", code.wrap(15)), ty.clone()),
                _ => code,
            }
        };
        self.flush();
        let borrowed = place && !changes && !owned_wanted && code.form != Form::Temp;
        let mut after = Vec::new();
        let next = self.fresh("next");
        let value_used = self.reads(value);
        let value_pattern = if let ExprKind::Array(parts) = &value.kind {
            self.counts[value.id] += 1;
            self.destructured(value, parts, &element, borrowed, body_key, &mut after)?
        } else if let Some(web) = self.types.web(value) {
            self.counts[value.id] += 1;
            if inside(self, value) {
                self.declared.insert(web);
                let copies = element.is_copy() && borrowed;
                if borrowed && !copies {
                    self.forms.insert(web, Form::Ref);
                } else {
                    self.forms.remove(&web);
                }
                if self.types.tys[web] != element && !borrowed {
                    let value = Code { s: next.clone(), ty: element.clone(), form: Form::Owned, p: 20 };
                    let ty = self.types.tys[web].clone();
                    let value_code = self.coerce(value, &ty, list)?;
                    after.push(format!("let {}{} = {};", self.mutable(web), self.name(web), value_code.s));
                    next.clone()
                } else if self.types.tys[web] != element {
                    return refuse(value, "a variable of several types");
                } else if value_used {
                    let mutable = if borrowed && !copies { "" } else { self.mutable(web) };
                    format!("{}{mutable}{}", if copies { "&" } else { "" }, self.name(web))
                } else {
                    "_".to_owned()
                }
            } else {
                let from = Code {
                    s: next.clone(),
                    ty: element.clone(),
                    form: if borrowed { Form::Ref } else { Form::Owned },
                    p: 20,
                };
                let ty = self.types.tys[web].clone();
                let from = self.coerce(from, &ty, value)?;
                let bound = self.bind(web, (body_key, 0));
                after.push(format!("{bound} = {};", from.s));
                next.clone()
            }
        } else {
            return refuse(value, "foreach into an element");
        };
        let key_pattern = match key {
            None => None,
            Some(key) => {
                self.counts[key.id] += 1;
                let Some(web) = self.types.web(key) else { return refuse(key, "foreach into an element") };
                if inside(self, key) && !self.reads(key) {
                    self.declared.insert(web);
                    None
                } else {
                    let ty = match &ty {
                        Ty::Map(key, _) => (**key).clone(),
                        _ => Ty::Int(Rep::Usize),
                    };
                    let map = matches!(self.types.of(list), Ty::Map(..));
                    let by_ref = borrowed && map;
                    if inside(self, key)
                        && self.types.tys[web] == ty
                        && !(by_ref && !ty.is_copy() && changed(self, key))
                    {
                        self.declared.insert(web);
                        let copies = by_ref && ty.is_copy();
                        if by_ref && !copies {
                            self.forms.insert(web, Form::Ref);
                        } else {
                            self.forms.remove(&web);
                        }
                        let mutable = if by_ref && !copies { "" } else { self.mutable(web) };
                        Some(format!("{}{mutable}{}", if copies { "&" } else { "" }, self.name(web)))
                    } else {
                        let name = self.fresh("key");
                        let from = Code {
                            s: name.clone(),
                            ty: ty.clone(),
                            form: if by_ref { Form::Ref } else { Form::Owned },
                            p: 20,
                        };
                        let to = self.types.tys[web].clone();
                        let from = if ty.is_copy() && by_ref {
                            Code { s: format!("*{name}"), form: Form::Owned, ..from }
                        } else {
                            from
                        };
                        let from = self.coerce(from, &to, key)?;
                        let bound = self.bind(web, (body_key, 0));
                        after.push(format!("{bound} = {};", from.s));
                        Some(name)
                    }
                }
            }
        };
        let map = matches!(ty, Ty::Map(..));
        let (base, plain) = (code.wrap(15), code.s.clone());
        let reference = match code.form {
            Form::Owned => format!("&{plain}"),
            Form::Mut | Form::Lazy => format!("&*{plain}"),
            _ => plain.clone(),
        };
        let head = match (map, borrowed, key_pattern) {
            (true, true, Some(key)) => format!("for ({key}, {value_pattern}) in {reference} {{"),
            (true, true, None) => format!("for {value_pattern} in {base}.values() {{"),
            (true, false, key) => {
                let copy = if place { format!("{base}.clone()") } else { base };
                format!("for ({}, {value_pattern}) in {copy} {{", key.unwrap_or_else(|| "_".into()))
            }
            (false, true, Some(key)) => format!("for ({key}, {value_pattern}) in {base}.iter().enumerate() {{"),
            (false, true, None) => format!("for {value_pattern} in {reference} {{"),
            (false, false, key) => {
                let copy = match (place, &code.form) {
                    (true, Form::Ref) => format!("{base}.to_vec()"),
                    (true, _) => format!("{base}.clone()"),
                    (false, Form::Ref) => format!("{base}.to_vec()"),
                    _ => base,
                };
                match key {
                    Some(key) => format!("for ({key}, {value_pattern}) in {copy}.into_iter().enumerate() {{"),
                    None => format!("for {value_pattern} in {copy} {{"),
                }
            }
        };
        let at = self.enter(body, false, false);
        self.line(head);
        self.indent += 1;
        after.into_iter().for_each(|text| self.line(text));
        self.indent -= 1;
        self.body(body, body_key, s.span.end);
        self.line("}");
        self.exit_frame(at, body);
        Ok(())
    }

    /// `foreach ($rows as [$a, $b])`
    pub(crate) fn destructured(
        &mut self,
        value: &Expr,
        parts: &[(Option<Expr>, Expr)],
        element: &Ty,
        borrowed: bool,
        key: Key,
        after: &mut Vec<String>,
    ) -> R<String> {
        let next = self.fresh("next");
        let mut names = Vec::new();
        for (number, (index, part)) in parts.iter().enumerate() {
            let (None, Some(web)) = (index, self.types.web(part)) else {
                return refuse(value, "this list of variables");
            };
            self.counts[part.id] += 1;
            if self.places.of.get(&web).is_none_or(|p| p.block != key) {
                return refuse(part, "a variable of a list that is used after the loop");
            }
            let ty = match element {
                Ty::Tuple(list) => list.get(number).cloned().unwrap_or(Ty::Unknown),
                other => other.element(),
            };
            if self.types.tys[web] != ty {
                return refuse(part, "a variable of several types");
            }
            self.declared.insert(web);
            self.forms.remove(&web);
            names.push(if self.types.webs.webs[web].reads == 0 {
                "_".to_owned()
            } else {
                format!("{}{}", self.mutable(web), self.name(web))
            });
        }
        match element {
            Ty::Tuple(list) if list.len() == names.len() => {
                if borrowed {
                    after.push(format!("let ({}) = {next}.clone();", names.join(", ")));
                    return Ok(next);
                }
                Ok(format!("({})", names.join(", ")))
            }
            Ty::List(_) => {
                let row = if borrowed { format!("{next}.clone()") } else { next.clone() };
                after.push(format!("let [{}] = take_apart({row});", names.join(", ")));
                Ok(next)
            }
            _ => refuse(value, "this list of variables"),
        }
    }
}
