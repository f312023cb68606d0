//! What is assigned to each variable, by every kind of statement and call.

use super::*;

impl<'a> Types<'a> {
    pub(crate) fn put(&mut self, web: usize, ty: Ty) {
        // Whatever a parameter is given, it is only asked whether that is false.
        let ty =
            if self.asked_alone.contains(&web) && !matches!(ty, Ty::Unknown | Ty::Mixed(_)) { Ty::Bool } else { ty };
        // What messages are received into is a struct of the crate's.
        let ty = if self.headers.contains(&web) && matches!(ty, Ty::Map(..) | Ty::Record(_)) { Ty::Header } else { ty };
        // Where nobody asks whether a handle is null or false, both are `None`.
        let handle = |ty: &Ty| match ty {
            Ty::Opt(inner) | Ty::Maybe(inner) => {
                matches!(**inner, Ty::Socket | Ty::File | Ty::Input).then(|| (**inner).clone())
            }
            _ => None,
        };
        if !self.strict.contains(&web) {
            match (&self.tys[web], &ty) {
                (Ty::Opt(_), Ty::Null) if handle(&self.tys[web]).is_some() => return,
                (Ty::Null | Ty::Maybe(_), Ty::Opt(inner))
                    if handle(&ty).is_some()
                        && (self.tys[web] == Ty::Null || handle(&self.tys[web]) == handle(&ty)) =>
                {
                    self.tys[web] = if self.asked.contains(&web) { ty } else { (**inner).clone().maybe() };
                    return;
                }
                _ => {}
            }
        }
        let ty = match ty {
            Ty::Opt(inner) if matches!(*inner, Ty::Socket | Ty::File | Ty::Input) && !self.asked.contains(&web) => {
                *inner
            }
            Ty::Opt(inner) if matches!(*inner, Ty::Str(_)) && !self.strict.contains(&web) && !self.program.strict => {
                *inner
            }
            Ty::Void => Ty::Null,
            // What is lent to a function may be shorter lived than the program.
            Ty::Str(Text::Literal) if self.webs.webs[web].param.is_some() => STRING,
            Ty::Tuple(list) if list.is_empty() => Ty::List(Box::new(Ty::Unknown)),
            other => other,
        };
        // A number that becomes text where nobody can tell the two apart.
        let ty = match (&self.tys[web], ty) {
            (Ty::Str(_), Ty::Int(_)) if !self.exact.contains(&web) => BYTES,
            (Ty::Int(_), text @ Ty::Str(_)) if !self.exact.contains(&web) => {
                self.tys[web] = Ty::Unknown;
                text.join(&BYTES)
            }
            (_, ty) => ty,
        };
        let ty = match ty {
            Ty::List(inner) if self.maps.contains(&web) => {
                let key = if *inner == Ty::Unknown { Ty::Unknown } else { INT };
                Ty::Map(Box::new(key), inner)
            }
            other => other,
        };
        // An array that is an element of itself would grow with every turn.
        self.tys[web] = match self.tys[web].join(&ty) {
            joined if joined.is_deeper(8) => Ty::Mixed("an array in itself".into()),
            joined => joined,
        };
    }

    /// What an element becomes in an array: false has no place there where it can be told.
    pub(crate) fn as_element(ty: Ty) -> Ty {
        match ty {
            Ty::Opt(inner) if matches!(*inner, Ty::Socket | Ty::Str(_)) => *inner,
            Ty::Null | Ty::Maybe(_) => Ty::Mixed("null in an array".into()),
            Ty::File | Ty::Input => Ty::Mixed("a file in an array".into()),
            Ty::Object(_) => Ty::Mixed("objects in an array".into()),
            Ty::Opt(inner) if matches!(*inner, Ty::File | Ty::Input) => Ty::Mixed("a file in an array".into()),
            other => other,
        }
    }

    pub(crate) fn key(ty: Ty) -> Ty {
        match ty {
            Ty::Int(_) => INT,
            Ty::Str(_) => BYTES,
            Ty::Opt(inner) => Self::key(*inner),
            other => other,
        }
    }

    pub(crate) fn put_target(&mut self, target: &Expr, ty: Ty) {
        match &target.kind {
            ExprKind::Var(_) => {
                if let Some(web) = self.web(target) {
                    self.put(web, ty);
                }
            }
            ExprKind::Index(base, index) => {
                let base_ty = self.of(base);
                // A record is filled later than what is put into it.
                if base_ty == Ty::Unknown
                    && self.turn < 3
                    && index.as_ref().is_some_and(|e| matches!(e.kind, ExprKind::Str(_)))
                {
                    return;
                }
                if let (Ty::Record(fields), Some(index)) = (&base_ty, index)
                    && let (Some(_), ExprKind::Str(key)) = (base_ty.field(index), &index.kind)
                {
                    let one = |(name, _): &(String, Ty)| {
                        let ty = if name.as_bytes() == key { ty.clone() } else { Ty::Unknown };
                        (name.clone(), ty)
                    };
                    let record = Ty::Record(fields.iter().map(one).collect());
                    self.put_target(base, record);
                    return;
                }
                let element = Self::as_element(ty);
                let array = match index {
                    None => Ty::List(Box::new(element)),
                    Some(index) => {
                        let key = Self::key(self.of(index));
                        Ty::Map(Box::new(key), Box::new(element))
                    }
                };
                self.put_target(base, array);
            }
            ExprKind::Array(elements) => {
                for (at, (_, part)) in elements.iter().enumerate() {
                    let ty = match &ty {
                        Ty::Tuple(list) => list.get(at).cloned().unwrap_or(Ty::Unknown),
                        other => other.element(),
                    };
                    self.put_target(part, ty);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn stmt(&mut self, s: &'a Stmt) {
        match &s.kind {
            StmtKind::Return(value) => {
                let nothing = || if self.returns_values(self.function) { Ty::Null } else { Ty::Void };
                let ty = value.as_ref().map_or_else(nothing, |e| self.of(e));
                // What a declaration names is what it is converted to.
                let hint = self.program.functions.get(self.function).and_then(|f| f.hint.as_deref());
                let ty = match (hint, value) {
                    (Some("?string" | "?socket" | "?int" | "?float"), Some(e)) => self.without_false(e),
                    _ => ty,
                };
                if let Some(slot) = self.returns.get(self.function) {
                    self.returns[self.function] = slot.join(&ty);
                }
            }
            // What a function or a block declares is there when it has been come to.
            StmtKind::Const(name, value)
                if is_written(value)
                    && self
                        .program
                        .main
                        .iter()
                        .any(|s| matches!(&s.kind, StmtKind::Const(other, _) if other == name)) =>
            {
                let ty = self.of(value);
                self.consts.insert(name.clone(), ty);
            }
            StmtKind::Guard { var, call, .. } => {
                let ty = self.of(call);
                let ty = if let Ty::Opt(inner) | Ty::Maybe(inner) = ty { *inner } else { ty };
                self.put_target(var, ty);
            }
            StmtKind::Try { catches, .. } => {
                catches.iter().filter_map(|c| c.var.as_ref()).for_each(|var| self.put_target(var, Ty::Exception));
            }
            StmtKind::WhileLet { var, call, .. } => {
                let ty = self.of(call);
                let ty = if let Ty::Opt(inner) = ty { *inner } else { ty };
                self.put_target(var, ty);
            }
            StmtKind::Foreach { list, key, value, .. } => {
                let ty = match self.of(list) {
                    Ty::Opt(inner) if inner.is_array() => *inner,
                    other => other,
                };
                if let Some(key) = key {
                    let ty = match &ty {
                        Ty::Map(key, _) => (**key).clone(),
                        Ty::Json => Ty::Json,
                        Ty::Record(_) => BYTES,
                        Ty::List(_) | Ty::Tuple(_) => Ty::Int(Rep::Usize),
                        _ => Ty::Unknown,
                    };
                    self.put_target(key, ty);
                }
                let ty = match ty {
                    Ty::Tuple(list) => list.iter().fold(Ty::Unknown, |all, ty| all.join(ty)),
                    other => other.element(),
                };
                self.put_target(value, ty);
            }
            _ => {}
        }
        s.parts().0.into_iter().for_each(|e| e.walk(&mut |e| self.expr(e)));
    }

    pub(crate) fn expr(&mut self, e: &'a Expr) {
        match &e.kind {
            ExprKind::Assign(target, value) => {
                let ty = match self.of(value) {
                    // An array that nobody asks whether it is false has to be one.
                    Ty::Opt(inner)
                        if inner.is_array()
                            && matches!(&value.kind, ExprKind::Call(name, _) if crate::functions::may_be_no_array(name))
                            && self.web(target).is_some_and(|web| !self.asked.contains(&web)) =>
                    {
                        *inner
                    }
                    Ty::Opt(inner) if self.sure.contains(&e.id) && matches!(*inner, Ty::Str(_) | Ty::Int(_)) => *inner,
                    other => other,
                };
                self.put_target(target, ty);
            }
            ExprKind::AssignOp(op, target, value) => {
                let ty = match op {
                    BinOp::Concat => match self.of(value) {
                        Ty::Str(Text::Literal | Text::String) | Ty::Int(_) => STRING,
                        _ => BYTES,
                    },
                    BinOp::Div => Ty::Float,
                    BinOp::Mod => INT,
                    _ => match (self.of(target), self.of(value)) {
                        (Ty::Float, _) | (_, Ty::Float) => Ty::Float,
                        (_, Ty::Int(Rep::Literal)) => Ty::Int(Rep::Literal),
                        (_, Ty::Int(rep)) if *op == BinOp::Add => Ty::Int(if rep == Rep::I32 { Rep::I64 } else { rep }),
                        (_, Ty::Opt(inner)) if *inner == Ty::Int(Rep::Usize) && *op == BinOp::Add => {
                            Ty::Int(Rep::Usize)
                        }
                        _ => INT,
                    },
                };
                self.put_target(target, ty);
            }
            ExprKind::Closure(at, captured) => {
                for (param, outer) in self.program.functions[*at].params.iter().zip(captured) {
                    if let Some(web) = self.webs.of.get(&param.id).copied() {
                        let ty = self.of(outer);
                        self.put(web, ty);
                    }
                }
            }
            ExprKind::Call(name, args) => self.call(name, args),
            _ => {}
        }
    }

    pub(crate) fn call(&mut self, name: &str, args: &'a [Expr]) {
        if let Some(own) = self.own(name) {
            for (param, arg) in self.program.functions[own].params.iter().zip(args) {
                let Some(web) = self.webs.of.get(&param.id).copied() else { continue };
                let ty = match (param.hint.as_deref(), self.of(arg)) {
                    (Some("string"), Ty::Json) => BYTES,
                    (Some("int"), Ty::Json) => INT,
                    (Some(hint), Ty::Json) if hint != "array" => {
                        Ty::Mixed("a value of JSON where a type is declared".into())
                    }
                    (_, ty) => ty,
                };
                self.put(web, ty.clone());
                if param.by_ref {
                    let ty = self.tys[web].clone();
                    self.put_target(arg, ty);
                }
            }
            return;
        }
        // A closure is given the elements of the array beside it.
        if let ("array_map" | "array_filter" | "usort", [a, b]) = (name, args) {
            for (f, list) in [(a, b), (b, a)] {
                if let ExprKind::Closure(at, captured) = &f.kind {
                    let element = self.of(list).element();
                    for param in self.program.functions[*at].params.iter().skip(captured.len()) {
                        if let Some(web) = self.webs.of.get(&param.id).copied() {
                            self.put(web, element.clone());
                        }
                    }
                }
            }
        }
        match (name, args) {
            ("pcntl_signal", [_, handler]) => {
                if let ExprKind::Str(name) = &handler.kind
                    && let Some(own) = self.own(&String::from_utf8_lossy(name))
                    && let Some(param) = self.program.functions[own].params.first()
                    && let Some(web) = self.webs.of.get(&param.id).copied()
                {
                    self.put(web, INT);
                }
            }
            ("socket_getsockname" | "socket_getpeername", [_, rest @ ..]) => {
                self.put_outs(rest);
            }
            ("socket_recv", [_, data, ..]) => self.put_target(data, BYTES),
            ("socket_recvfrom", [_, data, _, _, rest @ ..]) => {
                self.put_target(data, BYTES);
                self.put_outs(rest);
            }
            ("socket_create_pair", [_, _, _, pair]) => self.put_target(pair, Ty::List(Box::new(Ty::Socket))),
            ("array_push" | "array_unshift", [list, rest @ ..]) => {
                for value in rest {
                    let ty = Self::as_element(self.of(value));
                    self.put_target(list, Ty::List(Box::new(ty)));
                }
            }
            _ => {}
        }
    }

    /// An address and a port that a call assigns.
    pub(crate) fn put_outs(&mut self, out: &[Expr]) {
        for (arg, ty) in out.iter().zip([STRING, Ty::Int(Rep::I32)]) {
            // A port in a variable that was text before is text: it is used and printed alike.
            if self.web(arg).is_some_and(|web| matches!(self.tys[web], Ty::Str(_))) {
                let web = self.web(arg).unwrap_or_default();
                let ty = if self.strict.contains(&web) && !matches!(ty, Ty::Str(_)) { ty } else { BYTES };
                let ty = if self.tys[web] == BYTES || !matches!(ty, Ty::Str(_)) { ty } else { STRING };
                self.put(web, ty);
            } else {
                self.put_target(arg, ty);
            }
        }
    }
}
