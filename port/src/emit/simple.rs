//! Statements that are an expression; constants and `unset`.

use super::certain::takes_socket;
use super::*;
use crate::ast::*;
use crate::code::{Code, Form};
use crate::places::Key;
use crate::shape::callee;
use crate::types::*;

impl<'a> Emit<'a> {
    /// PHP's error, where that is all that comes of it: a socket is no error number, false and null are no sockets, and a function
    /// of ext/sockets has another name.
    pub(crate) fn throws(&self, e: &Expr) -> Option<String> {
        let harmless = |e: &Expr| match &e.kind {
            ExprKind::Call(name, _) => name == "socket_strerror" || name == "socket_last_error" || self.is_wrong(e),
            ExprKind::Binary(op, ..) => *op == BinOp::Concat,
            ExprKind::Str(_) | ExprKind::Var(_) | ExprKind::Interpolated(_) => true,
            ExprKind::Const(name) => name == "PHP_EOL",
            ExprKind::Int(_) => true,
            _ => crate::shape::is_false(e),
        };
        let mut error: Option<String> = None;
        e.walk(&mut |e| {
            if let ExprKind::Call(name, _) = &e.kind
                && self.is_wrong(e)
            {
                error = Some(match crate::functions::is_undefined(name) {
                    true => format!("Error: Call to undefined function {name}()"),
                    false => format!("TypeError: {name}(): Argument #1 ($socket) must be of type Socket, null given"),
                });
            }
            if let ExprKind::Call(name, args) = &e.kind
                && let [arg] = args.as_slice()
            {
                match &**name {
                    "socket_strerror" if self.types.of(arg) == Ty::Socket => {
                        error = Some("TypeError: socket_strerror(): Argument #1 ($error_code) must be of type int, Socket given".into());
                    }
                    "socket_last_error" if crate::shape::is_false(arg) => {
                        error = Some("TypeError: socket_last_error(): Argument #1 ($socket) must be of type ?Socket, false given".into());
                    }
                    _ => {}
                }
            }
        });
        error.filter(|_| !e.any(&|e| !harmless(e))).map(|error| format!("fatal(\"{error}\")"))
    }

    /// A function that PHP does not have, or a socket that was never assigned.
    fn is_wrong(&self, e: &Expr) -> bool {
        let ExprKind::Call(name, args) = &e.kind else { return false };
        if self.types.own(name).is_some() || self.types.program.errors != Errors::Unseen {
            return false;
        }
        let null = |e: &Expr| matches!(e.kind, ExprKind::Var(_)) && self.types.of(e) == Ty::Null;
        crate::functions::is_undefined(name) || takes_socket(name) && args.first().is_some_and(null)
    }

    pub(crate) fn expression(&mut self, e: &Expr, at: (Key, usize), next: Option<&Stmt>) -> R<()> {
        match &e.kind {
            ExprKind::Assign(target, value) => self.assignment(e, target, value, at, next),
            ExprKind::Throw(_) => {
                let text = self.throw_line(e)?;
                self.flush();
                self.line(text);
                Ok(())
            }
            ExprKind::Call(..) if self.is_wrong(e) => {
                let Some(text) = self.throws(e) else { return refuse(e, "a call that PHP does not make") };
                self.consume(e);
                self.line(format!("{text};"));
                Ok(())
            }
            ExprKind::Exit(_) => {
                let text = self.exit(e)?;
                self.flush();
                self.line(format!("{text};"));
                Ok(())
            }
            ExprKind::Binary(op @ (BinOp::And | BinOp::Or), left, right) => {
                // `a and b;` is `if (a) { b }`.
                self.counts[e.id] += 1;
                let test = if *op == BinOp::And { self.truth(left)? } else { self.not_true(left)? };
                self.flush();
                self.line(format!("if {} {{", test.s));
                self.indent += 1;
                self.once = false;
                let result = self.expression(right, at, None);
                self.once = true;
                self.indent -= 1;
                self.line("}");
                result
            }
            ExprKind::Step { up, target, .. } => {
                self.counts[e.id] += 1;
                let place = self.place(target)?;
                if !matches!(place.ty, Ty::Int(_)) {
                    return refuse(e, format!("++ and -- of {}", place.ty.name()));
                }
                self.flush();
                self.line(format!("{} {} 1;", place.s, if *up { "+=" } else { "-=" }));
                Ok(())
            }
            ExprKind::AssignOp(..) => {
                let text = self.assign_op(e)?;
                self.flush();
                self.line(text);
                Ok(())
            }
            ExprKind::Call(name, args) if crate::functions::without_effect(name) && self.types.own(name).is_none() => {
                if let Some(arg) = args.iter().find(|a| !a.any(&|e| !matches!(e.kind, ExprKind::Call(..)))) {
                    return refuse(arg, "a call that goes with the line");
                }
                self.consume(e);
                Ok(())
            }
            ExprKind::Call(name, args) if name == "ini_set" => {
                let precise = |e: &Expr| matches!(&e.kind, ExprKind::Str(t) if t.ends_with(b"precision"));
                if args.first().is_none_or(precise) {
                    return refuse(e, "the digits that a float is printed with");
                }
                self.consume(e);
                Ok(())
            }
            ExprKind::Call(name, _) if name == "date_default_timezone_set" && self.all_utc() => {
                self.consume(e);
                Ok(())
            }
            ExprKind::Call(name, args)
                if name == "var_dump" && args.len() > 1 && args.iter().all(|a| matches!(a.kind, ExprKind::Var(_))) =>
            {
                self.counts[e.id] += 1;
                for arg in args {
                    if let Some(code) = self.text_call(e, name, std::slice::from_ref(arg), "warn")? {
                        self.line(format!("{};", code.s));
                    }
                }
                Ok(())
            }
            ExprKind::Print(inner) => {
                self.counts[e.id] += 1;
                let text = self.echo(std::slice::from_ref(inner))?;
                self.flush();
                self.line(text);
                Ok(())
            }
            ExprKind::Silence(inner) if matches!(inner.kind, ExprKind::Assign(..)) => {
                self.counts[e.id] += 1;
                let ExprKind::Assign(target, value) = &inner.kind else { return Ok(()) };
                let silent = Expr { id: e.id, span: e.span.clone(), kind: ExprKind::Silence(value.clone()) };
                self.counts[e.id] -= 1;
                self.assignment(inner, target, &silent, at, next)
            }
            ExprKind::Ternary(test, Some(then), otherwise) => {
                self.counts[e.id] += 1;
                let test = self.truth(test)?;
                self.flush();
                self.line(format!("if {} {{", test.s));
                for (part, close) in [(then, "} else {"), (otherwise, "}")] {
                    self.indent += 1;
                    self.once = false;
                    let result = self.expression(part, at, None);
                    self.once = true;
                    self.indent -= 1;
                    result?;
                    self.line(close);
                }
                Ok(())
            }
            ExprKind::Call(..) | ExprKind::Silence(_) => {
                self.discard = Some(if let ExprKind::Silence(inner) = &e.kind { inner.id } else { e.id });
                let code = self.value(e);
                self.discard = None;
                let mut code = code?;
                if let Some(call) = code.s.strip_suffix(".is_some()") {
                    code.s = call.to_owned();
                }
                self.flush();
                if code.s.is_empty() || crate::code::is_name(&code.s) {
                    return Ok(());
                }
                let unused = code.ty != Ty::Void && !code.s.starts_with("warn(") && !code.s.starts_with("quiet(");
                let own = callee(e).is_some_and(|name| self.types.own(name).is_some());
                let text = if unused && !own && crate::functions::is_pure(callee(e).unwrap_or_default()) {
                    format!("let _ = {};", code.s)
                } else {
                    format!("{};", code.s)
                };
                self.line(text);
                Ok(())
            }
            ExprKind::Refused(reason) => refuse(e, reason.clone()),
            _ => refuse(e, "a statement without effect"),
        }
    }

    pub(crate) fn assignment(
        &mut self,
        e: &Expr,
        target: &Expr,
        value: &Expr,
        at: (Key, usize),
        next: Option<&Stmt>,
    ) -> R<()> {
        self.counts[e.id] += 1;
        let Some(web) = self.types.web(target) else {
            let text = self.assign_element(target, value)?;
            self.flush();
            text.into_iter().for_each(|text| self.line(text));
            return Ok(());
        };
        self.counts[target.id] += 1;
        self.untainted(web, e)?;
        if self.tainted.contains(&web) {
            return refuse(e, format!("${} is set by a refused line", self.types.webs.webs[web].name));
        }
        if self.is_option(web) {
            let value = self.option_value(value)?;
            self.flush();
            let target = self.bind(web, at);
            self.line(format!("{target} = {value};"));
            return Ok(());
        }
        let ty = self.types.tys[web].clone();
        if let Ty::Mixed(why) = &ty {
            return refuse(e, format!("${} has several types: {why}", self.types.webs.webs[web].name));
        }
        let call = matches!(value.kind, ExprKind::Call(..));
        if call && matches!(ty, Ty::Null | Ty::Unknown) && self.types.of(value) == Ty::Void {
            return self.expression(value, at, None);
        }
        if ty == Ty::Null {
            if !matches!(value.kind, ExprKind::Null | ExprKind::Var(_)) {
                return refuse(value, "a value that is always null");
            }
            self.consume(value);
            return Ok(());
        }
        if let Ty::List(element) | Ty::Map(_, element) = &ty
            && let Ty::Mixed(why) = &**element
        {
            return refuse(e, format!("an array of several types: {why}"));
        }
        // A socket that is never looked at ends the program at its first use.
        if ty == Ty::Socket
            && !self.types.webs.webs[web].global
            && self.types.of(value) == Ty::Socket.opt()
            && self.places.of.get(&web).is_some_and(|p| p.block == at.0 && p.index == at.1)
        {
            let soon = next.is_none_or(|next| {
                let mut used = false;
                let first = matches!(&next.kind, StmtKind::Expr(_) | StmtKind::Guard { .. } | StmtKind::If(..));
                let (expressions, _) = next.parts();
                expressions.iter().for_each(|e| e.walk(&mut |e| used |= self.types.web(e) == Some(web)));
                used && first
            });
            let watched = !self.types.program.handlers.is_empty() && self.types.program.async_signals;
            if !soon || watched || self.types.program.errors == Errors::Caught {
                let mut code = self.value(value)?;
                self.flush();
                self.declared.insert(web);
                if let Some(call) = code.s.strip_suffix(".is_some()") {
                    code.s = call.to_owned();
                }
                let name = self.name(web);
                self.line(format!("let {name} = {};", code.s));
                self.pending.insert(web);
                return Ok(());
            }
        }
        if self.is_dropped(web) {
            if matches!(value.kind, ExprKind::Call(..) | ExprKind::Silence(_)) {
                return self.expression(value, at, None);
            }
            if let ExprKind::Binary(_, call, constant) = &value.kind {
                self.counts[value.id] += 1;
                self.consume(constant);
                return self.expression(call, at, None);
            }
            self.consume(value);
            return Ok(());
        }
        let may_be_false = matches!(self.types.of(value), Ty::Opt(_));
        let code = if may_be_false && callee(value).is_some_and(crate::functions::may_be_no_array) && ty.is_array() {
            if !self.is_indexed(web) {
                return refuse(value, "an array that may be false, and of which more than the elements is looked at");
            }
            // An element of false is null, and PHP warns of it.
            let code = self.value(value)?;
            Code::temp(format!("{}.unwrap_or_default()", code.wrap(15)), ty.clone())
        } else {
            self.coerced(value, &ty)?
        };
        let target = self.bind(web, at);
        // The count that a line in front has bound gets its name there.
        let bound = format!("let ({}, ", code.s);
        if let (Some(name), Some(last)) = (target.strip_prefix("let "), self.pre.last_mut())
            && last.starts_with(&bound)
        {
            *last = last.replacen(&bound, &format!("let ({name}, "), 1);
            self.flush();
            return Ok(());
        }
        self.flush();
        let literal = matches!(self.types.of(value), Ty::Int(Rep::Literal)) || matches!(value.kind, ExprKind::Int(_));
        let typed = match &ty {
            Ty::Int(Rep::I64) if literal && target.starts_with("let ") => ": i64",
            Ty::List(inner) if **inner == Ty::Unknown && target.starts_with("let ") => ": Vec<Socket>",
            // What would show the type may be in a line that PHP never comes to.
            Ty::List(inner)
                if **inner != Ty::Unknown
                    && target.starts_with("let ")
                    && code.s == "Vec::new()"
                    && self.is_unseen(web) =>
            {
                &format!(": {}", ty.rust())
            }
            Ty::Map(_, inner)
                if **inner != Ty::Unknown && target.starts_with("let ") && code.s == "Array::default()" =>
            {
                &format!(": {}", ty.rust())
            }
            Ty::List(inner) | Ty::Map(_, inner)
                if target.starts_with("let ")
                    && (inner.is_array() || matches!(**inner, Ty::Str(_) | Ty::Int(_)))
                    && (code.s == "Vec::new()" || code.s == "Array::default()") =>
            {
                &format!(": {}", ty.rust())
            }
            // What is put behind null says nothing of its type.
            Ty::Maybe(_) if code.s == "None" && target.starts_with("let ") && self.types.webs.webs[web].changed => {
                &format!(": {}", ty.rust())
            }
            _ => "",
        };
        if !target.starts_with("let ") && self.forms.get(&web) == Some(&Form::Ref) {
            return refuse(e, format!("${} is borrowed here", self.types.webs.webs[web].name));
        }
        self.line(format!("{target}{typed} = {};", code.s));
        Ok(())
    }

    /// `const NAMES = [ … ];`
    pub(crate) fn constant_array(&mut self, name: &str, value: &Expr, ty: &Ty) -> R<()> {
        let literal = |e: &Expr| {
            matches!(
                e.kind,
                ExprKind::Array(_) | ExprKind::Int(_) | ExprKind::Str(_) | ExprKind::Bool(_) | ExprKind::Float(_)
            )
        };
        if value.any(&|e| !literal(e)) {
            return refuse(value, format!("the constant {name}, whose value is computed"));
        }
        let code = self.coerced(value, ty)?;
        let name = crate::expr::constant_name(name);
        let line = match ty {
            Ty::List(inner) if inner.is_copy() => {
                let list = code.s.strip_prefix("vec!").unwrap_or(&code.s);
                format!("static {name}: &[{}] = &{};", inner.rust(), list.replace("_i64", ""))
            }
            Ty::Map(..) | Ty::Record(_) => {
                format!("static {name}: LazyLock<{}> = LazyLock::new(|| {});", ty.rust(), code.s)
            }
            _ => return refuse(value, format!("the constant {name}, which is an array of this")),
        };
        self.arrays.push(line);
        Ok(())
    }

    pub(crate) fn unset(&mut self, e: &Expr) -> R<()> {
        match &e.kind {
            ExprKind::Index(base, Some(index)) => {
                self.counts[e.id] += 1;
                let Ty::Map(key, _) = self.types.of(base) else {
                    return refuse(e, "unset in something that is no array");
                };
                let place = self.place(base)?;
                let index = self.key(index, &key)?;
                self.flush();
                self.line(format!("{}.remove({index});", place.s));
                Ok(())
            }
            ExprKind::Var(name) => {
                self.counts[e.id] += 1;
                let Some(web) = self.types.web(e) else { return refuse(e, "unset of an unknown variable") };
                let info = &self.types.webs.webs[web];
                let place = self.places.of.get(&web);
                if !self.types.tys[web].holds_socket() || self.types.tys[web] == Ty::Null {
                    return Ok(());
                }
                if info.param.is_some() || self.forms.contains_key(&web) || place.is_none_or(|p| p.block != self.at.0) {
                    return refuse(e, format!("unset(${name}), which may close a connection"));
                }
                let name = self.name(web);
                self.line(format!("drop({name});"));
                Ok(())
            }
            _ => refuse(e, "this unset"),
        }
    }
}
