//! Functions and their parameters, and closures that stay where they are.

use php_ast::ast::BuiltinType;

use super::*;

impl Lower<'_> {
    pub(super) fn function(&mut self, f: &php::FunctionDecl, span: &php_ast::Span) {
        let params = self.params(&f.params);
        let seen = self.seen.replace(BTreeSet::new());
        self.statics(f);
        let body = self.block(&f.body.stmts);
        self.seen = seen;
        self.renamed.clear();
        let function = Function {
            name: f.name.or_error().to_owned(),
            params,
            body,
            closure: false,
            hint: f.return_type.as_ref().and_then(hint),
            span: span.start as usize..span.end as usize,
            class: None,
        };
        self.functions.push(function);
    }

    pub(super) fn params(&mut self, list: &[php::Param]) -> Vec<Param> {
        let foreign = |p: &php::Param| {
            let named =
                |hint: &php::TypeHint| matches!(&hint.kind, php::TypeHintKind::Named(_)) && !self.is_global(&hint.span);
            self.namespaced
                && p.type_hint.as_ref().is_some_and(|hint| match &hint.kind {
                    php::TypeHintKind::Nullable(inner) => named(inner),
                    _ => named(hint),
                })
        };
        let foreign: Vec<_> = list.iter().map(foreign).collect();
        list.iter()
            .zip(foreign)
            .map(|(p, foreign)| Param {
                name: p.name.or_error().to_owned(),
                by_ref: p.by_ref,
                default: if foreign {
                    Some(Expr {
                        id: self.id(),
                        span: p.span.start as usize..p.span.end as usize,
                        kind: ExprKind::Refused("a type of the namespace: PHP's own have \\ in front".into()),
                    })
                } else if p.variadic {
                    Some(Expr {
                        id: self.id(),
                        span: p.span.start as usize..p.span.end as usize,
                        kind: ExprKind::Refused("functions with any number of arguments".into()),
                    })
                } else {
                    p.default.as_ref().map(|e| self.expr(e))
                },
                hint: p.type_hint.as_ref().and_then(|declared| match &declared.kind {
                    php::TypeHintKind::Keyword(BuiltinType::Mixed, _) => None,
                    _ => hint(declared).or_else(|| Some("another type".to_owned())),
                }),
                id: self.id(),
            })
            .collect()
    }

    /// A static variable is one of the main program's, which the function is handed.
    fn statics(&mut self, f: &php::FunctionDecl) {
        for statement in f.body.stmts.iter() {
            let php::StmtKind::StaticVar(list) = &statement.kind else { continue };
            for var in list.iter() {
                let Some(default) = &var.default else { continue };
                let mut name = format!("{}_{}", f.name.or_error(), var.name.or_error());
                while self.source.contains(&format!("${name}")) {
                    name.push('_');
                }
                let value = self.boxed(default);
                let target = Expr { id: self.id(), span: value.span.clone(), kind: ExprKind::Var(name.clone()) };
                let span = value.span.clone();
                let assign = Expr { id: self.id(), span, kind: ExprKind::Assign(Box::new(target), value) };
                let id = self.id();
                self.begun.push(Stmt { id, span: 0..0, kind: StmtKind::Expr(assign) });
                self.renamed.insert(var.name.or_error().to_owned(), name);
            }
        }
    }

    /// A function without a name; what it takes with it are its first parameters.
    pub(super) fn closure(
        &mut self,
        params: Vec<Param>,
        names: Vec<String>,
        body: Block,
        hint: Option<String>,
        span: &std::ops::Range<usize>,
    ) -> ExprKind {
        let variable = |this: &mut Self, name: &String| Expr {
            id: this.id(),
            span: span.clone(),
            kind: ExprKind::Var(this.renamed.get(name).cloned().unwrap_or_else(|| name.clone())),
        };
        let captured: Vec<_> = names.iter().map(|name| variable(self, name)).collect();
        let mut all: Vec<Param> = names
            .into_iter()
            .map(|name| Param { name, by_ref: false, default: None, hint: None, id: self.id() })
            .collect();
        all.extend(params);
        let at = self.functions.len();
        let name = format!("{{closure {at}}}");
        self.functions.push(Function { name, params: all, body, closure: true, hint, span: span.clone(), class: None });
        ExprKind::Closure(at, captured)
    }
}

/// The name of a type that is written in a declaration, in lower case, with `?` in front where null is one of it.
pub(super) fn hint(hint: &php::TypeHint) -> Option<String> {
    Some(match &hint.kind {
        php::TypeHintKind::Named(name) => name.as_str().trim_start_matches('\\').to_lowercase(),
        php::TypeHintKind::Keyword(builtin, _) => match builtin {
            BuiltinType::Int => "int",
            BuiltinType::Float => "float",
            BuiltinType::String => "string",
            BuiltinType::Bool => "bool",
            BuiltinType::Void => "void",
            BuiltinType::Array => "array",
            _ => return None,
        }
        .to_owned(),
        php::TypeHintKind::Nullable(inner) => format!("?{}", self::hint(inner)?),
        _ => return None,
    })
}

/// The name of the function that is called, as it is written.
pub(crate) fn called(call: &php::FunctionCallExpr) -> Option<&str> {
    match &call.name.kind {
        php::ExprKind::Name(name) => Some(name.as_str()),
        php::ExprKind::Identifier(name) => Some(name.as_str()),
        _ => None,
    }
}
