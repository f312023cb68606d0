//! Classes whose objects become structs: without parents, interfaces and static properties. A property is a variable of the
//! program's, as a global is; its struct is written around it at the end.

use php_ast::ast::Visibility;

use super::functions::hint;
use super::*;

/// What is known of a class before its text is read.
#[derive(Debug)]
pub(super) struct Known {
    name: String,
    /// Its methods, and whether each is static.
    methods: Vec<(String, bool)>,
    /// Its methods and properties that are not public.
    hidden: BTreeSet<String>,
    /// Its constants, with the names that they have in Rust.
    constants: Vec<(String, String)>,
    /// Why it is not ported.
    reason: Option<&'static str>,
}

impl Known {
    fn method(&self, name: &str) -> Option<&(String, bool)> {
        self.methods.iter().find(|(method, _)| method.eq_ignore_ascii_case(name))
    }
}

/// Why a class is not ported, by what is declared.
fn reason(class: &php::ClassDecl, source: &str) -> Option<&'static str> {
    use php::ClassMemberKind as M;
    if class.modifiers.is_abstract || class.extends.is_some() {
        return Some("a class with a parent is not ported: a struct that has the other as a field is the way");
    }
    if !class.implements.is_empty() {
        return Some("a class with an interface is not ported: a trait is the way");
    }
    class.body.members.iter().find_map(|member| match &member.kind {
        M::Property(p) if p.modifiers.is_static && source.contains(&format!("::${}", p.name.or_error())) => {
            Some("static properties are not ported: a field is the way")
        }
        M::Property(p) if !p.hooks.is_empty() => Some("property hooks are not ported"),
        M::TraitUse(_) => Some("traits are not ported"),
        M::Method(m) if m.by_ref || m.body.is_none() => Some("a method without a body, or that returns a reference"),
        M::Method(m) => {
            let name = m.name.or_error().to_lowercase();
            let magic = name.starts_with("__") && name != "__construct" && name != "__destruct";
            magic.then_some("PHP's methods that are called by themselves are not ported")
        }
        _ => None,
    })
}

impl Lower<'_> {
    /// Finds the classes before anything is read that names one.
    pub(super) fn find_classes(&mut self, statements: &[php::Stmt]) {
        use php::ClassMemberKind as M;
        for statement in statements {
            let php::StmtKind::Class(class) = &statement.kind else { continue };
            let Some(name) = class.name.as_ref().filter(|_| !self.exception_class(class)) else { continue };
            let name = name.or_error().to_owned();
            let (mut methods, mut constants, mut hidden) = (Vec::new(), Vec::new(), BTreeSet::new());
            for member in &class.body.members {
                let (modifiers, member_name) = match &member.kind {
                    M::Method(m) => (Some(&m.modifiers), m.name.or_error().to_lowercase()),
                    M::Property(p) => (Some(&p.modifiers), format!("${}", p.name.or_error())),
                    _ => (None, String::new()),
                };
                if modifiers.is_some_and(|m| !matches!(m.visibility, None | Some(Visibility::Public))) {
                    hidden.insert(member_name);
                }
                match &member.kind {
                    M::Method(m) => methods.push((m.name.or_error().to_owned(), m.modifiers.is_static)),
                    M::ClassConst(c) => {
                        let constant = c.name.or_error();
                        let alone = ["define('", "define(\"", "const "]
                            .iter()
                            .map(|head| self.source.matches(&format!("{head}{constant}")).count())
                            .sum::<usize>();
                        let rust = if alone > 1 { format!("{name}_{constant}") } else { constant.to_owned() };
                        constants.push((constant.to_owned(), rust));
                    }
                    _ => {}
                }
            }
            let twice = self.known.iter().any(|known| known.name.eq_ignore_ascii_case(&name));
            let taken = crate::records::is_taken(&name);
            let reason = reason(class, self.source)
                .or_else(|| twice.then_some("a class that is declared twice"))
                .or_else(|| taken.then_some("a class that has the name of one that the port needs"));
            self.known.push(Known { name, methods, hidden, constants, reason });
        }
    }

    /// The class of this name, by its place among the known ones.
    fn known_class(&self, name: &str) -> Option<usize> {
        let name = name.trim_start_matches('\\');
        match name.to_lowercase().as_str() {
            "self" | "static" => self.class,
            _ => self.known.iter().position(|known| known.name.eq_ignore_ascii_case(name)),
        }
    }

    /// Why the class of a declaration is not ported.
    pub(super) fn class_reason(&self, class: &php::ClassDecl) -> Option<&'static str> {
        let known = class.name.as_ref().and_then(|name| self.known_class(name.or_error()));
        known.map_or(Some("a class without a name"), |at| self.known[at].reason)
    }

    /// A class that is declared: its constants, and its methods as functions.
    pub(super) fn class(&mut self, class: &php::ClassDecl, span: &php_ast::Span, block: &mut Block) {
        use php::ClassMemberKind as M;
        let Some(known) = class.name.as_ref().and_then(|name| self.known_class(name.or_error())) else {
            return;
        };
        let mut constants = Vec::new();
        let name = self.known[known].name.clone();
        let at = self.classes.len();
        self.classes.push(Class {
            name: name.clone(),
            properties: Vec::new(),
            methods: Vec::new(),
            destructor: None,
            objects: 0,
            outside: false,
        });
        self.placed.insert(known, at);
        for member in &class.body.members {
            match &member.kind {
                M::Property(p) => {
                    let default = p.default.as_ref().map(|e| self.expr(e)).map(|e| self.folded(e));
                    let declared = p.type_hint.as_ref();
                    self.classes[at].properties.push(Property {
                        name: p.name.or_error().to_owned(),
                        start: Some(member.span.start as usize),
                        default,
                        hint: declared.map(|declared| hint(declared).unwrap_or_else(|| "another type".into())),
                        readonly: p.modifiers.is_readonly || class.modifiers.is_readonly,
                        set_first: false,
                        exposed: true,
                    });
                }
                M::ClassConst(c) => {
                    let value = self.expr(&c.value);
                    let value = self.folded(value);
                    let constant = self.known[known]
                        .constants
                        .iter()
                        .find(|(name, _)| name == c.name.or_error())
                        .map_or_else(String::new, |(_, rust)| rust.clone());
                    self.defined(&constant, &value);
                    constants.push((member.span, StmtKind::Const(constant, value)));
                }
                _ => {}
            }
        }
        let mut refused = None;
        let first = self.functions.len();
        if self.known[known].method(CONSTRUCTOR).is_none() {
            self.classes[at].methods.push(self.functions.len());
            let end = class.body.members.first().map_or(span.end, |member| member.span.start) as usize;
            let this = self.this();
            self.functions.push(Function {
                name: format!("{name}::{CONSTRUCTOR}"),
                params: vec![this],
                body: Block::new(),
                closure: false,
                hint: None,
                span: end..end,
                class: Some(at),
            });
        }
        for member in &class.body.members {
            let M::Method(method) = &member.kind else { continue };
            let function = self.method(known, at, method, &member.span);
            if method.name.or_error().eq_ignore_ascii_case("__destruct") {
                match self.closes_only(&function.body) {
                    true => self.classes[at].destructor = Some(function.span),
                    false => {
                        refused = Some("a destructor that does more than to close connections, or closes them twice");
                    }
                }
                continue;
            }
            self.classes[at].methods.push(self.functions.len());
            self.functions.push(function);
        }
        let kind = match refused {
            Some(reason) => {
                self.functions.truncate(first);
                self.classes[at].methods.clear();
                self.known[known].reason = Some(reason);
                StmtKind::Refused(reason.into())
            }
            None => StmtKind::Class(at),
        };
        self.push(block, span, kind);
        constants.into_iter().for_each(|(span, kind)| self.push(block, &span, kind));
    }

    fn this(&mut self) -> Param {
        Param { name: "this".into(), by_ref: false, default: None, hint: None, id: self.id() }
    }

    fn method(&mut self, known: usize, at: usize, method: &php::MethodDecl, span: &php_ast::Span) -> Function {
        let name = self.known[known].method(method.name.or_error()).map_or("", |(name, _)| name.as_str());
        let name = if name.eq_ignore_ascii_case(CONSTRUCTOR) { CONSTRUCTOR } else { name };
        let name = format!("{}::{name}", self.known[known].name);
        let class = self.class.replace(known);
        let seen = self.seen.replace(BTreeSet::new());
        let touched = std::mem::take(&mut self.touched);
        let mut params = if method.modifiers.is_static { Vec::new() } else { vec![self.this()] };
        params.extend(self.params(&method.params));
        let mut body = Block::new();
        for param in method.params.iter().filter(|p| p.modifiers.visibility.is_some() || p.modifiers.is_readonly) {
            // What is declared in front of a parameter is a property that begins as it.
            let property = param.name.or_error().to_owned();
            let span = param.span.start as usize..param.span.end as usize;
            let target = self.property(known, &property, &span);
            let target = Expr { id: self.id(), span: span.clone(), kind: target };
            let value = Expr { id: self.id(), span: span.clone(), kind: ExprKind::Var(property) };
            let kind = ExprKind::Assign(Box::new(target), Box::new(value));
            let e = Expr { id: self.id(), span: span.clone(), kind };
            body.push(Stmt { id: self.id(), span, kind: StmtKind::Expr(e) });
        }
        if let Some(block) = &method.body {
            body.extend(self.block(&block.stmts));
        }
        let names: Vec<_> = std::mem::replace(&mut self.touched, touched).into_iter().collect();
        if !names.is_empty() {
            body.insert(0, Stmt { id: self.id(), span: 0..0, kind: StmtKind::Global(names) });
        }
        self.class = class;
        self.seen = seen;
        self.renamed.clear();
        let span = span.start as usize..span.end as usize;
        let hint = method.return_type.as_ref().and_then(hint);
        Function { name, params, body, closure: false, hint, span, class: Some(at) }
    }

    /// Whether a destructor only closes sockets, which the program's end does.
    fn closes_only(&self, body: &[Stmt]) -> bool {
        let closes = |e: &Expr| matches!(&e.kind, ExprKind::Call(name, args) if name == "socket_close" && args.iter().all(|a| a.var().is_some()));
        // What is closed elsewhere, too, would be closed twice.
        let text = self.source.matches("socket_close").count();
        let mut count = 0;
        let plain = body.iter().all(|s| match &s.kind {
            StmtKind::Global(_) => true,
            StmtKind::Expr(e) => {
                count += 1;
                closes(e)
            }
            StmtKind::Foreach { list, body, .. } => {
                count += 1;
                list.var().is_some() && matches!(body.as_slice(), [Stmt { kind: StmtKind::Expr(e), .. }] if closes(e))
            }
            _ => false,
        });
        let kept = |s: &Stmt| {
            let StmtKind::Expr(Expr { kind: ExprKind::Call(_, args), .. }) = &s.kind else { return false };
            let property = args.first().and_then(|a| a.var()).and_then(property_of).map_or("", |(_, name)| name);
            self.source.matches(&format!("socket_close($this->{property})")).count() == 1
        };
        plain && (text == count || body.iter().filter(|s| !matches!(s.kind, StmtKind::Global(_))).all(kept))
    }

    /// The variable of a property.
    fn property(&mut self, known: usize, name: &str, span: &std::ops::Range<usize>) -> ExprKind {
        let _ = span;
        let variable = property_name(&self.known[known].name, name);
        self.touched.insert(variable.clone());
        self.used.insert((known, name.to_owned()));
        ExprKind::Var(variable)
    }

    /// The properties that no declaration names.
    pub(super) fn add_properties(&mut self) {
        for (known, name) in std::mem::take(&mut self.used) {
            let Some(class) = self.placed.get(&known).map(|at| &mut self.classes[*at]) else { continue };
            class.objects = self.objects.values().filter(|object| **object == known).count();
            class.outside = self.outside.contains(&known);
            if class.properties.iter().all(|p| p.name != name) {
                class.properties.push(Property {
                    name,
                    start: None,
                    default: None,
                    hint: None,
                    readonly: false,
                    set_first: false,
                    exposed: true,
                });
            }
        }
    }

    /// The class of an object, as far as it is seen here: of `$this`, of a variable, of what `new` makes, or the only one that
    /// has such a method.
    fn class_of(&self, object: &php::Expr, method: Option<&str>) -> Option<usize> {
        let only = || {
            let name = method?;
            let mut having = self.known.iter().enumerate().filter(|(_, known)| known.method(name).is_some());
            having.next().map(|(at, _)| at).filter(|_| having.next().is_none())
        };
        match &object.kind {
            php::ExprKind::Parenthesized(inner) => self.class_of(inner, method),
            php::ExprKind::Variable(name) => match name.as_str().trim_start_matches('$') {
                "this" => self.class,
                name => self.objects.get(name).copied().or_else(only),
            },
            php::ExprKind::New(new) => class_name(&new.class).and_then(|name| self.known_class(name)),
            php::ExprKind::PropertyAccess(_) => only(),
            _ => None,
        }
    }

    /// `$x = new Name(…)`: what is called by `$x` from here on.
    pub(super) fn note_object(&mut self, target: &php::Expr, value: &php::Expr) {
        if let (php::ExprKind::Variable(name), php::ExprKind::New(new)) = (&target.kind, &value.kind)
            && let Some(class) = class_name(&new.class).and_then(|name| self.known_class(name))
        {
            self.objects.insert(name.as_str().trim_start_matches('$').to_owned(), class);
        }
    }

    pub(super) fn is_own_class(&self, new: &php::NewExpr) -> bool {
        class_name(&new.class).is_some_and(|name| self.known_class(name).is_some())
    }

    /// `new Name(…)` of a class of the program.
    pub(super) fn new_object(&mut self, new: &php::NewExpr, span: &std::ops::Range<usize>) -> Option<ExprKind> {
        let known = class_name(&new.class).and_then(|name| self.known_class(name))?;
        if let Some(reason) = self.known[known].reason {
            return Some(ExprKind::Refused(reason.into()));
        }
        let name = format!("{}::{CONSTRUCTOR}", self.known[known].name);
        // Arguments of a constructor that is not there are not looked at.
        let list = if self.known[known].method(CONSTRUCTOR).is_some() { &new.args[..] } else { &[] };
        let object = self.made(span, ExprKind::Function(String::new()));
        Some(self.called_with(Some(object), name, list))
    }

    pub(super) fn is_own_method(&self, call: &php::MethodCallExpr) -> bool {
        let (php::ExprKind::Identifier(name) | php::ExprKind::Variable(name)) = &call.method.kind else { return false };
        self.class_of(&call.object, Some(name.as_str())).is_some()
    }

    /// `$object->method(…)` of a class of the program.
    pub(super) fn method_call(&mut self, call: &php::MethodCallExpr) -> Option<ExprKind> {
        let (php::ExprKind::Identifier(name) | php::ExprKind::Variable(name)) = &call.method.kind else { return None };
        let name = name.as_str();
        let known = self.class_of(&call.object, Some(name))?;
        if let Some(reason) = self.known[known].reason {
            return Some(ExprKind::Refused(reason.into()));
        }
        let (method, is_static) = self.known[known].method(name)?.clone();
        if self.class != Some(known) && self.known[known].hidden.contains(&method.to_lowercase()) {
            return Some(ExprKind::Refused("a method that is not public: PHP ends here".into()));
        }
        let object = if is_static { None } else { Some(self.expr(&call.object)) };
        let name = format!("{}::{method}", self.known[known].name);
        Some(self.called_with(object, name, &call.args))
    }

    /// `Name::method(…)`, `self::method(…)`.
    pub(super) fn static_call(&mut self, call: &php::StaticMethodCallExpr) -> Option<ExprKind> {
        let (php::ExprKind::Identifier(name) | php::ExprKind::Variable(name)) = &call.method.kind else { return None };
        let known = class_name(&call.class).and_then(|name| self.known_class(name))?;
        let (method, is_static) = self.known[known].method(name.as_str())?.clone();
        let hidden = self.known[known].hidden.contains(&method.to_lowercase());
        if self.known[known].reason.is_some() || (!is_static || hidden) && self.class != Some(known) {
            return None;
        }
        let span = call.class.span.start as usize..call.class.span.end as usize;
        let object = if is_static { None } else { Some(self.made(&span, ExprKind::Var("this".into()))) };
        let name = format!("{}::{method}", self.known[known].name);
        Some(self.called_with(object, name, &call.args))
    }

    /// `self::NAME`, `Name::NAME`.
    pub(super) fn class_constant(&self, access: &php::StaticAccessExpr) -> Option<ExprKind> {
        let php::ExprKind::Identifier(name) = &access.member.kind else { return None };
        let known = class_name(&access.class).and_then(|name| self.known_class(name))?;
        let constants = &self.known[known].constants;
        let (_, rust) = constants.iter().find(|(constant, _)| constant == name.as_str())?;
        Some(ExprKind::Const(rust.clone()))
    }

    /// `$this->name`, and `$object->name` in the main program.
    pub(super) fn property_access(
        &mut self,
        access: &php::PropertyAccessExpr,
        span: &std::ops::Range<usize>,
    ) -> Option<ExprKind> {
        let php::ExprKind::Identifier(name) = &access.property.kind else { return None };
        let php::ExprKind::Variable(object) = &access.object.kind else { return None };
        let object = object.as_str().trim_start_matches('$');
        let known = match object {
            "this" => self.class?,
            _ if self.class.is_none() && self.seen.is_none() => *self.objects.get(object)?,
            _ => return None,
        };
        if self.known[known].reason.is_some() {
            return None;
        }
        if object != "this" {
            if self.known[known].hidden.contains(&format!("${}", name.as_str())) {
                return Some(ExprKind::Refused("a property that is not public: PHP ends here".into()));
            }
            self.outside.insert(known);
        }
        Some(self.property(known, name.as_str(), span))
    }

    fn called_with(&mut self, object: Option<Expr>, name: String, list: &[php::Arg]) -> ExprKind {
        match self.arguments(name, list) {
            ExprKind::Call(name, mut args) => {
                args.splice(0..0, object);
                ExprKind::Call(name, args)
            }
            other => other,
        }
    }
}

/// The name of a class that is written out.
fn class_name(e: &php::Expr) -> Option<&str> {
    match &e.kind {
        php::ExprKind::Name(name) => Some(name.as_str()),
        php::ExprKind::Identifier(name) => Some(name.as_str()),
        _ => None,
    }
}

/// Finds the properties that a constructor assigns to before anything looks at them: at its own level, before it calls a method.
pub(super) fn find_set_first(classes: &mut [Class], functions: &[Function]) {
    for class in classes {
        let Some(constructor) = class.methods.iter().map(|at| &functions[*at]).find(|f| f.is_constructor()) else {
            continue;
        };
        for property in &mut class.properties {
            let name = property_name(&class.name, &property.name);
            for s in &constructor.body {
                let (target, value) = match &s.kind {
                    StmtKind::Expr(Expr { kind: ExprKind::Assign(target, value), .. }) => (Some(&**target), &**value),
                    StmtKind::Guard { var, call, .. } => (Some(var), call),
                    StmtKind::Global(_) => continue,
                    _ if s.mentions(&name) || s.mentions("this") || leaves(std::slice::from_ref(s)) => break,
                    _ => continue,
                };
                let looks = value.any(&|e| matches!(e.var(), Some(x) if x == name || x == "this"));
                if target.and_then(Expr::var) == Some(&name) {
                    property.set_first = !looks;
                    break;
                }
                if looks || s.mentions(&name) {
                    break;
                }
            }
        }
    }
}
