//! Expressions of PHP to those of `ast`.

use php_ast::ast::{AssignOp, BinaryOp, CastKind, MagicConstKind, UnaryPostfixOp, UnaryPrefixOp};

use super::functions::hint;
use super::*;

impl Lower<'_> {
    pub(super) fn boxed(&mut self, e: &php::Expr) -> Box<Expr> {
        Box::new(self.expr(e))
    }

    fn parts(&mut self, parts: &[php::StringPart], span: &std::ops::Range<usize>) -> ExprKind {
        let mut list = Vec::new();
        for part in parts {
            match part {
                php::StringPart::Literal(text) => {
                    list.push(Expr {
                        id: self.id(),
                        span: span.clone(),
                        kind: ExprKind::Str(text.as_bytes().to_vec()),
                    });
                }
                php::StringPart::Expr(e) => {
                    let mut e = self.expr(e);
                    // "$names[key]": what stands bare there is text.
                    if let ExprKind::Index(_, Some(index)) = &mut e.kind
                        && let ExprKind::Const(name) = &index.kind
                        && !self.source[..e.span.start].ends_with('{')
                    {
                        index.kind = ExprKind::Str(name.clone().into_bytes());
                    }
                    list.push(e);
                }
                _ => return ExprKind::Refused("this part of a string".into()),
            }
        }
        match list.len() {
            0 => ExprKind::Str(Vec::new()),
            1 if matches!(list[0].kind, ExprKind::Str(_)) => list.remove(0).kind,
            _ => ExprKind::Interpolated(list),
        }
    }

    pub(super) fn expr(&mut self, e: &php::Expr) -> Expr {
        use php::ExprKind as P;
        let span = e.span.start as usize..e.span.end as usize;
        let refuse = |what: &str| ExprKind::Refused(what.to_owned());
        let kind = match &e.kind {
            P::Parenthesized(inner) => return self.expr(inner),
            P::Int(n) => ExprKind::Int(*n),
            P::Float(n) => ExprKind::Float(*n),
            P::String(text) => ExprKind::Str(text.as_bytes().to_vec()),
            P::InterpolatedString(parts) => self.parts(parts, &span),
            P::Heredoc(h) => self.parts(&h.parts, &span),
            P::Nowdoc(n) => ExprKind::Str(n.value.as_str().as_bytes().to_vec()),
            P::Bool(value) => ExprKind::Bool(*value),
            P::Null => ExprKind::Null,
            P::Variable(name) => match name.as_str().trim_start_matches('$') {
                "this" if self.class.is_some() => ExprKind::Var("this".into()),
                "this" => refuse("$this"),
                "_GET" | "_POST" | "_SERVER" | "_REQUEST" | "_SESSION" | "_COOKIE" | "_FILES" | "_ENV" | "GLOBALS" => {
                    refuse("superglobals")
                }
                name => ExprKind::Var(self.renamed.get(name).cloned().unwrap_or_else(|| name.to_owned())),
            },
            P::Identifier(name) => Self::constant_of(name.as_str()),
            P::Name(name) => match name.as_str().trim_start_matches('\\') {
                text if text.eq_ignore_ascii_case("true") => ExprKind::Bool(true),
                text if text.eq_ignore_ascii_case("false") => ExprKind::Bool(false),
                text if text.eq_ignore_ascii_case("null") => ExprKind::Null,
                text => Self::constant_of(text),
            },
            P::Assign(a) if a.by_ref => refuse("references"),
            P::Assign(a) => {
                self.note_object(&a.target, &a.value);
                let (target, value) = (self.boxed(&a.target), self.boxed(&a.value));
                let op = match a.op {
                    AssignOp::Assign => None,
                    AssignOp::Plus => Some(BinOp::Add),
                    AssignOp::Minus => Some(BinOp::Sub),
                    AssignOp::Mul => Some(BinOp::Mul),
                    AssignOp::Div => Some(BinOp::Div),
                    AssignOp::Mod => Some(BinOp::Mod),
                    AssignOp::Pow => Some(BinOp::Pow),
                    AssignOp::Concat => Some(BinOp::Concat),
                    AssignOp::BitwiseAnd => Some(BinOp::BitAnd),
                    AssignOp::BitwiseOr => Some(BinOp::BitOr),
                    AssignOp::BitwiseXor => Some(BinOp::BitXor),
                    AssignOp::ShiftLeft => Some(BinOp::ShiftLeft),
                    AssignOp::ShiftRight => Some(BinOp::ShiftRight),
                    _ => {
                        // `$a ??= b` is `$a = $a ?? b`.
                        let (before, otherwise) = (self.boxed(&a.target), value);
                        let value =
                            Expr { id: self.id(), span: span.clone(), kind: ExprKind::Coalesce(before, otherwise) };
                        let kind = ExprKind::Assign(target, Box::new(value));
                        return Expr { id: self.id(), span, kind };
                    }
                };
                match op {
                    None => ExprKind::Assign(target, value),
                    Some(op) => ExprKind::AssignOp(op, target, value),
                }
            }
            P::Binary(b) => {
                let op = match b.op {
                    BinaryOp::Add => BinOp::Add,
                    BinaryOp::Sub => BinOp::Sub,
                    BinaryOp::Mul => BinOp::Mul,
                    BinaryOp::Div => BinOp::Div,
                    BinaryOp::Mod => BinOp::Mod,
                    BinaryOp::Pow => BinOp::Pow,
                    BinaryOp::Concat => BinOp::Concat,
                    BinaryOp::Equal => BinOp::Equal,
                    BinaryOp::NotEqual => BinOp::NotEqual,
                    BinaryOp::Identical => BinOp::Identical,
                    BinaryOp::NotIdentical => BinOp::NotIdentical,
                    BinaryOp::Less => BinOp::Less,
                    BinaryOp::Greater => BinOp::Greater,
                    BinaryOp::LessOrEqual => BinOp::LessOrEqual,
                    BinaryOp::GreaterOrEqual => BinOp::GreaterOrEqual,
                    BinaryOp::BooleanAnd | BinaryOp::LogicalAnd => BinOp::And,
                    BinaryOp::BooleanOr | BinaryOp::LogicalOr => BinOp::Or,
                    BinaryOp::LogicalXor => BinOp::Xor,
                    BinaryOp::BitwiseAnd => BinOp::BitAnd,
                    BinaryOp::BitwiseOr => BinOp::BitOr,
                    BinaryOp::BitwiseXor => BinOp::BitXor,
                    BinaryOp::ShiftLeft => BinOp::ShiftLeft,
                    BinaryOp::ShiftRight => BinOp::ShiftRight,
                    BinaryOp::Spaceship => BinOp::Spaceship,
                    _ => {
                        let id = self.id();
                        return Expr { id, span, kind: refuse("instanceof and |>") };
                    }
                };
                ExprKind::Binary(op, self.boxed(&b.left), self.boxed(&b.right))
            }
            P::UnaryPrefix(u) => {
                let operand = self.boxed(&u.operand);
                match u.op {
                    UnaryPrefixOp::Negate => match operand.kind {
                        ExprKind::Int(n) if n != 0 && n.checked_neg().is_some() => ExprKind::Int(-n),
                        ExprKind::Float(n) => ExprKind::Float(-n),
                        _ => ExprKind::Negate(operand),
                    },
                    UnaryPrefixOp::BooleanNot => ExprKind::Not(operand),
                    UnaryPrefixOp::PreIncrement => ExprKind::Step { before: true, up: true, target: operand },
                    UnaryPrefixOp::PreDecrement => ExprKind::Step { before: true, up: false, target: operand },
                    UnaryPrefixOp::BitwiseNot => {
                        let ones = Expr { id: self.id(), span: span.clone(), kind: ExprKind::Int(-1) };
                        ExprKind::Binary(BinOp::BitXor, operand, Box::new(ones))
                    }
                    _ => refuse("unary +"),
                }
            }
            P::UnaryPostfix(u) => ExprKind::Step {
                before: false,
                up: matches!(u.op, UnaryPostfixOp::PostIncrement),
                target: self.boxed(&u.operand),
            },
            P::Ternary(t) => ExprKind::Ternary(
                self.boxed(&t.condition),
                t.then_expr.as_ref().map(|e| self.boxed(e)),
                self.boxed(&t.else_expr),
            ),
            P::NullCoalesce(n) => ExprKind::Coalesce(self.boxed(&n.left), self.boxed(&n.right)),
            P::FunctionCall(call) => {
                let call = self.call(call);
                self.spelt(call, &span)
            }
            P::Array(elements) => {
                let mut list = Vec::new();
                for element in elements {
                    match &element.kind {
                        php::ArrayElementKind::Value(value) => {
                            let key = element.key.as_ref().map(|key| self.expr(key));
                            list.push((key, self.expr(value)));
                        }
                        _ => {
                            let id = self.id();
                            return Expr { id, span, kind: refuse("... and & in an array") };
                        }
                    }
                }
                ExprKind::Array(list)
            }
            P::ArrayAccess(a) if Self::argument_of_server(a).is_some() => {
                Self::argument_of_server(a).unwrap_or(ExprKind::Null)
            }
            P::ArrayAccess(a) => ExprKind::Index(self.boxed(&a.array), a.index.as_ref().map(|e| self.boxed(e))),
            P::Print(inner) => ExprKind::Print(self.boxed(inner)),
            P::Cast(kind, inner) => match kind {
                CastKind::Int => ExprKind::Cast(Cast::Int, self.boxed(inner)),
                CastKind::Float => ExprKind::Cast(Cast::Float, self.boxed(inner)),
                CastKind::String => ExprKind::Cast(Cast::String, self.boxed(inner)),
                CastKind::Bool => ExprKind::Cast(Cast::Bool, self.boxed(inner)),
                _ => refuse("this cast"),
            },
            P::ErrorSuppress(inner) => ExprKind::Silence(self.boxed(inner)),
            P::Isset(list) => ExprKind::Isset(self.exprs(list)),
            P::Empty(inner) => ExprKind::Empty(self.boxed(inner)),
            P::Exit(inner) => ExprKind::Exit(inner.as_ref().map(|e| self.boxed(e))),
            P::MagicConst(MagicConstKind::Dir) => ExprKind::Call("dirname".into(), Vec::new()),
            P::MagicConst(MagicConstKind::File) => ExprKind::Const("__FILE__".into()),
            P::MagicConst(MagicConstKind::Line) => {
                ExprKind::Int(i64::try_from(self.source[..span.start].matches('\n').count()).unwrap_or(0) + 1)
            }
            P::Match(m) => ExprKind::Match(
                self.boxed(&m.subject),
                m.arms
                    .iter()
                    .map(|arm| {
                        let conditions = arm.conditions.as_ref().map(|list| self.exprs(list));
                        (conditions, self.expr(&arm.body))
                    })
                    .collect(),
            ),
            P::CallableCreate(c) => match &c.kind {
                php::CallableCreateKind::Function(name) => match &name.kind {
                    P::Name(name) => ExprKind::Function(name.as_str().trim_start_matches('\\').to_lowercase()),
                    P::Identifier(name) => ExprKind::Function(name.as_str().to_lowercase()),
                    _ => refuse("a function that is computed"),
                },
                _ => refuse("methods"),
            },
            P::Include(..) => refuse("an include that is not at the top level, or of a file that is not there"),
            P::New(new) if self.is_own_class(new) => {
                self.new_object(new, &span).unwrap_or_else(|| ExprKind::Refused(OBJECTS.into()))
            }
            P::New(new) if self.namespaced && !self.is_global(&new.class.span) => {
                refuse("a class of the namespace: PHP's own have \\ in front")
            }
            P::New(new) => match &new.class.kind {
                P::Name(name) => match exceptions::class(&self.exceptions, name.as_str()) {
                    Some(class) => self.arguments(format!("new {class}"), &new.args),
                    None => refuse(OBJECTS),
                },
                P::Identifier(name) => match exceptions::class(&self.exceptions, name.as_str()) {
                    Some(class) => self.arguments(format!("new {class}"), &new.args),
                    None => refuse(OBJECTS),
                },
                _ => refuse(OBJECTS),
            },
            P::MethodCall(call) if self.is_own_method(call) => {
                self.method_call(call).unwrap_or_else(|| ExprKind::Refused(OBJECTS.into()))
            }
            P::MethodCall(call) if call.args.is_empty() => match &call.method.kind {
                P::Identifier(name) | P::Variable(name)
                    if ["getmessage", "getcode", "getline"].contains(&&*name.as_str().to_lowercase()) =>
                {
                    ExprKind::Call(
                        format!("exception::{}", name.as_str().to_lowercase()),
                        vec![self.expr(&call.object)],
                    )
                }
                _ => refuse(OBJECTS),
            },
            P::PropertyAccess(access) => match (self.property_access(access, &span), &access.property.kind) {
                (Some(property), _) => property,
                (None, P::Identifier(name)) => {
                    let object = self.expr(&access.object);
                    let id = self.id();
                    let name = ExprKind::Str(name.as_str().as_bytes().to_vec());
                    let name = Expr { id, span: span.clone(), kind: name };
                    ExprKind::Call(crate::calls::PROPERTY.to_owned(), vec![object, name])
                }
                (None, _) => refuse(OBJECTS),
            },
            P::StaticMethodCall(call) => self.static_call(call).unwrap_or_else(|| refuse(OBJECTS)),
            P::ClassConstAccess(access) => self.class_constant(access).unwrap_or_else(|| refuse(OBJECTS)),
            P::MethodCall(_) | P::StaticPropertyAccess(_) | P::NullsafeMethodCall(_) | P::NullsafePropertyAccess(_) => {
                refuse(OBJECTS)
            }
            // A function that does nothing.
            P::Closure(c) if c.body.stmts.is_empty() => ExprKind::Function(String::new()),
            P::Closure(c) if !c.by_ref && !c.use_vars.iter().any(|v| v.by_ref) => {
                let mut names: Vec<_> = c.use_vars.iter().map(|v| v.name.or_error().to_owned()).collect();
                let params = self.params(&c.params);
                let seen = self.seen.replace(names.iter().cloned().collect());
                let class = self.class.take();
                let body = self.block(&c.body.stmts);
                self.class = class;
                self.seen = seen;
                names.retain(|name| !self.named.contains_key(name));
                self.closure(params, names, body, c.return_type.as_ref().and_then(hint), &span)
            }
            P::ArrowFunction(f) if !f.by_ref => {
                let params = self.params(&f.params);
                let class = self.class.take();
                let value = self.expr(&f.body);
                self.class = class;
                let mut names = BTreeSet::new();
                value.walk(&mut |e| names.extend(e.var().map(str::to_owned)));
                let names = names.into_iter().filter(|name| params.iter().all(|p| p.name != *name)).collect();
                let body = vec![Stmt { id: self.id(), span: value.span.clone(), kind: StmtKind::Return(Some(value)) }];
                self.closure(params, names, body, f.return_type.as_ref().and_then(hint), &span)
            }
            P::Closure(_) | P::ArrowFunction(_) => refuse("closures that take references"),
            P::VariableVariable(_) => refuse("variables whose name is computed"),
            P::ShellExec(parts) => {
                let kind = self.parts(parts, &span);
                let command = Expr { id: self.id(), span: span.clone(), kind };
                ExprKind::Call("shell_exec".into(), vec![command])
            }
            P::Eval(_) => refuse("eval"),
            P::Throw(inner) => ExprKind::Throw(self.boxed(inner)),
            _ => refuse("this kind of expression"),
        };
        Expr { id: self.id(), span, kind }
    }

    fn call(&mut self, call: &php::FunctionCallExpr) -> ExprKind {
        let Some(name) = called(call) else {
            if let php::ExprKind::Variable(name) = &call.name.kind {
                let name = name.as_str().trim_start_matches('$');
                let seen = self.seen.as_ref().is_none_or(|seen| seen.contains(name));
                if let Some((_, function)) = self.named.get(name).filter(|_| seen) {
                    return self.arguments(function.clone(), &call.args);
                }
            }
            return ExprKind::Refused("a function that is computed".into());
        };
        let global = self.is_global(&call.name.span);
        let name = name.trim_start_matches('\\').to_lowercase();
        if global && self.namespaced && self.declares(&name) {
            return ExprKind::Refused("a function of PHP's whose name the namespace has, too".into());
        }
        // A name that is text is looked for outside of the namespace.
        const NAMING: &[&str] =
            &["array_map", "array_filter", "array_walk", "usort", "uasort", "uksort", "function_exists", "defined"];
        let text =
            |arg: &php::Arg| matches!(&arg.kind, php::ArgKind::Value(e) if matches!(e.kind, php::ExprKind::String(_)));
        let calls = NAMING.contains(&name.as_str()) || name.starts_with("call_user") || name.starts_with("pcntl_");
        if self.namespaced && calls && call.args.iter().any(text) {
            return ExprKind::Refused("the name of a function as text, in a namespace".into());
        }
        let mut e = self.arguments(name, &call.args);
        if let ExprKind::Call(name, args) = &mut e {
            let (at, count) = match (name.as_str(), args.len()) {
                ("array_map", 2) => (0, 1),
                ("array_filter", 2) => (1, 1),
                ("usort", 2) => (1, 2),
                _ => return e,
            };
            self.wrap(&mut args[at], count);
        }
        e
    }

    /// A function of the program that is given by its name, or by a variable that is a closure: one without a name that calls it.
    fn wrap(&mut self, e: &mut Expr, count: usize) {
        let name = match &e.kind {
            ExprKind::Str(name) => String::from_utf8_lossy(name).into_owned(),
            ExprKind::Function(name) => name.clone(),
            ExprKind::Var(name) => match self.named.get(name) {
                Some((_, function)) if self.seen.as_ref().is_none_or(|seen| seen.contains(name)) => function.clone(),
                _ => return,
            },
            _ => return,
        };
        let variable = matches!(e.kind, ExprKind::Var(_));
        if !variable && !self.declares(&name.to_lowercase()) {
            return;
        }
        let span = e.span.clone();
        let names = ["a", "b"].into_iter().take(count);
        let params: Vec<_> = names
            .clone()
            .map(|name| Param { name: name.to_owned(), by_ref: false, default: None, hint: None, id: self.id() })
            .collect();
        let args = names
            .map(|name| Expr { id: self.id(), span: span.clone(), kind: ExprKind::Var(name.to_owned()) })
            .collect();
        let call = Expr { id: self.id(), span: span.clone(), kind: ExprKind::Call(name.to_lowercase(), args) };
        let body = vec![Stmt { id: self.id(), span: span.clone(), kind: StmtKind::Return(Some(call)) }];
        e.kind = self.closure(params, Vec::new(), body, None, &span);
    }

    pub(super) fn arguments(&mut self, name: String, list: &[php::Arg]) -> ExprKind {
        let mut args = Vec::new();
        for arg in list {
            match &arg.kind {
                php::ArgKind::Value(e) if arg.name.is_none() => args.push(self.expr(e)),
                php::ArgKind::Value(_) => return ExprKind::Refused("named arguments".into()),
                _ => return ExprKind::Refused("... in a call".into()),
            }
        }
        ExprKind::Call(name, args)
    }
}
