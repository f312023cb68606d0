//! Objects: what a property is called where it is used, what a method is called with, and how a class is written.

use super::*;
use crate::places;
use crate::records::type_name;
use crate::types::*;

/// The constructor at hand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Making {
    /// Properties that its first assignment declares, and whether they change after it.
    fresh: BTreeMap<usize, bool>,
    /// Whether the struct is there already, as the constructor calls methods.
    made: bool,
}

/// A property with its variable and its type.
type Field<'p> = (&'p Property, usize, Ty);

impl Emit<'_> {
    /// The class of the function at hand.
    pub(crate) fn class(&self) -> Option<usize> {
        self.types.program.functions.get(self.function).and_then(|function| function.class)
    }

    /// What stands in front of a property here: `self`, or the object's name in the main program; nothing in a constructor.
    pub(super) fn property(&self, class: &str, property: &str) -> String {
        let name = ident(property);
        let unread = |web: usize| self.types.webs.webs[web].reads == 0 && !self.types.webs.webs[web].changed;
        let name = match self.global(&property_name(class, property)).is_some_and(unread) {
            true => format!("_{name}"),
            false => name,
        };
        if self.class().is_none() {
            let object = self.object(class);
            return object.map_or_else(|| name.clone(), |web| format!("{}.{name}", self.name(web)));
        }
        match &self.making {
            Some(making) if !making.made => {
                // A parameter keeps its name.
                let function = &self.types.program.functions[self.function];
                let taken = function.params.iter().any(|param| ident(&param.name) == name);
                if taken { format!("own_{name}") } else { name }
            }
            Some(_) => format!("this.{name}"),
            None => format!("self.{name}"),
        }
    }

    /// The variable of the main program that is an object of a class.
    fn object(&self, class: &str) -> Option<usize> {
        (0..self.types.tys.len()).find(|web| {
            let info = &self.types.webs.webs[*web];
            info.param.is_none() && self.types.tys[*web] == Ty::Object(class.to_owned())
        })
    }

    /// The object that a property belongs to, in the main program.
    pub(crate) fn object_of(&self, web: usize) -> Option<usize> {
        let (class, _) = property_of(&self.types.webs.webs[web].name).filter(|_| self.class().is_none())?;
        self.object(class)
    }

    /// `let x = …` for a property that a constructor assigns to for the first time.
    pub(super) fn first_of_property(&mut self, web: usize) -> Option<String> {
        let changes = self.making.as_mut()?.fresh.remove(&web)?;
        Some(format!("let {}{}", if changes { "mut " } else { "" }, self.name(web)))
    }

    /// Whether a method changes a property, itself or by another method.
    pub(crate) fn mutates(&self, function: usize) -> bool {
        self.types.webs.globals[function]
            .iter()
            .filter(|name| property_of(name).is_some())
            .filter_map(|name| self.global(name))
            .any(|web| self.global_mutable(web, function))
    }

    /// Whether a variable is an object of which a property changes.
    pub(crate) fn is_changed_object(&self, web: usize) -> bool {
        let Ty::Object(class) = &self.types.tys[web] else { return false };
        let mut found = false;
        for (_, body) in self.types.bodies() {
            body.iter().for_each(|s| {
                s.walk(&mut |e| {
                    if let ExprKind::Call(name, args) = &e.kind
                        && args.first().is_some_and(|a| self.types.web(a) == Some(web))
                        && let Some(own) = self.types.own(name)
                    {
                        found |= self.types.program.functions[own].has_object() && self.mutates(own);
                    }
                });
            });
        }
        let of_class = |name: &str| property_of(name).is_some_and(|(owner, _)| owner == class);
        let main = &self.types.program.main;
        found
            || (0..self.types.webs.webs.len())
                .any(|web| of_class(&self.types.webs.webs[web].name) && self.is_changed_in(main, web))
    }

    /// What a method is called on.
    pub(crate) fn receiver(&mut self, e: &Expr, own: usize) -> R<String> {
        let function = &self.types.program.functions[own];
        let class = function.class;
        match &e.kind {
            ExprKind::Var(name) if name == "this" => {
                self.counts[e.id] += 1;
                if self.class() != class {
                    return refuse(e, "an object of another class");
                }
                match &self.making {
                    Some(making) if !making.made => refuse(e, "a method that a constructor calls in a value"),
                    Some(_) => Ok("this".into()),
                    None => Ok("self".into()),
                }
            }
            ExprKind::Var(name) => {
                self.counts[e.id] += 1;
                let Some(web) = self.types.web(e) else { return refuse(e, format!("${name}")) };
                self.untainted(web, e)?;
                let class = class.map(|at| self.types.program.classes[at].name.clone());
                if self.types.tys[web] != Ty::Object(class.unwrap_or_default()) {
                    return refuse(e, format!("${name} may be something else than an object of this class"));
                }
                let info = &self.types.webs.webs[web];
                let property = property_of(&info.name).is_some();
                if (info.global || info.uninit) && !property || info.param.is_some() {
                    return refuse(e, "an object that other functions share");
                }
                Ok(self.name(web))
            }
            ExprKind::Call(..) => Ok(self.value(e)?.wrap(15)),
            _ => refuse(e, "a method of this"),
        }
    }

    /// An argument that borrows from what the method may change.
    pub(crate) fn let_go(receiver: &str, text: String) -> String {
        let own = format!("{receiver}.");
        if !text.contains(&own) {
            return text;
        }
        if let Some(place) = text.strip_prefix('&').filter(|place| place.starts_with(&own)) {
            return format!("&{place}.clone()");
        }
        if let Some(value) = text.strip_suffix(".as_bytes()").filter(|value| value.starts_with(&own)) {
            return format!("{value}.clone().as_bytes()");
        }
        if text.starts_with("need(") && text.ends_with(".as_ref())") {
            return format!("&{text}.clone()");
        }
        text
    }

    /// The type of a property, or why it has none.
    fn field(&self, class: &Class, property: &Property) -> Result<Option<(usize, Ty)>, String> {
        let Some(web) = self.global(&property_name(&class.name, &property.name)) else { return Ok(None) };
        let ty = self.types.tys[web].clone();
        let element = ty.element();
        let name = &property.name;
        match (&ty, &element) {
            (Ty::Mixed(why), _) => return Err(format!("${name} has several types: {why}")),
            (_, Ty::Mixed(why)) => return Err(format!("${name} is an array of several types: {why}")),
            (Ty::List(inner) | Ty::Map(_, inner), _) if **inner == Ty::Unknown => {
                return Err(format!("${name} is an array of nothing"));
            }
            (Ty::Unknown | Ty::Null | Ty::False, _) => return Err(format!("${name}, whose type is not known")),
            _ => {}
        }
        let wanted = match property.hint.as_deref() {
            None => true,
            Some("int") => matches!(ty, Ty::Int(_)),
            Some("float") => ty == Ty::Float,
            Some("string") => matches!(ty, Ty::Str(_)),
            Some("bool") => ty == Ty::Bool,
            Some("array") => ty.is_array(),
            Some("socket") => matches!(ty, Ty::Socket),
            Some("?socket") => ty == Ty::Socket.maybe(),
            Some("?int") => matches!(&ty, Ty::Maybe(inner) if matches!(**inner, Ty::Int(_))),
            Some("?string") => matches!(&ty, Ty::Maybe(inner) if matches!(**inner, Ty::Str(_))),
            _ => matches!(ty, Ty::Object(_)),
        };
        let changed = |at: usize, function: &Function| {
            !function.is_constructor() && self.is_changed_in(&self.types.program.functions[at].body, web)
        };
        let functions = &self.types.program.functions;
        if property.readonly && functions.iter().enumerate().any(|(at, function)| changed(at, function)) {
            return Err(format!("${name}, which is readonly and is set again"));
        }
        if !wanted {
            return Err(format!("${name}, which is declared as another type than it has"));
        }
        Ok(Some((web, ty)))
    }

    /// The struct of a class and its methods.
    pub(crate) fn write_class(&mut self, at: usize) -> Vec<(usize, String)> {
        let program = self.types.program;
        let class = &program.classes[at];
        let kept = std::mem::take(&mut self.lines);
        let start = self.next_comment;
        let (mut fields, mut locals) = (Vec::new(), Vec::new());
        let mut names = BTreeSet::new();
        for property in &class.properties {
            let twin = !names.insert(ident(&property.name));
            let field = match (twin, class.outside && class.objects != 1) {
                (true, _) => Err("properties whose names differ in large and small letters alone".to_owned()),
                (_, true) => Err("properties of several objects that are looked at from outside".to_owned()),
                _ => self.field(class, property),
            };
            match field {
                // What only the constructor needs is a variable of its own.
                Ok(Some((web, ty))) if !ty.holds_socket() && self.is_of_constructor(class, property) => {
                    locals.push((property, web, ty));
                }
                Ok(Some((web, ty))) => fields.push((property, web, ty)),
                Ok(None) => {}
                Err(reason) => {
                    let place = property
                        .start
                        .unwrap_or_else(|| class.methods.first().map_or(0, |at| program.functions[*at].span.start));
                    self.refuse_class(at, place, reason);
                    return std::mem::replace(&mut self.lines, kept);
                }
            }
        }
        self.next_comment = start;
        self.indent = 0;
        let plain = fields.is_empty();
        self.line(format!("struct {}{}", type_name(&class.name), if plain { ";" } else { " {" }));
        self.indent = 1;
        // A property whose declaration is behind a method comes with the others.
        let first = class.methods.iter().map(|at| program.functions[*at].span.start).min().unwrap_or(usize::MAX);
        for (property, web, ty) in &fields {
            if let Some(start) = property.start.filter(|start| *start < first) {
                self.comments(start);
            }
            self.making = Some(Making::default());
            let name = self.types.webs.webs[*web].name.clone();
            let (owner, name) = property_of(&name).unwrap_or_default();
            let function = std::mem::replace(&mut self.function, class.methods.first().copied().unwrap_or(0));
            let text = self.property(owner, name);
            self.function = function;
            self.making = None;
            self.line(format!("{}: {},", text.trim_start_matches("own_"), ty.rust()));
        }
        self.indent = 0;
        if !plain {
            self.line("}");
        }
        let declaration = std::mem::take(&mut self.lines);
        let mut body = Vec::new();
        for method in class.methods.clone() {
            if let Some(destructor) = &class.destructor
                && destructor.start < program.functions[method].span.start
            {
                self.skip_comments(destructor.end);
            }
            let function = &program.functions[method];
            if function.is_constructor() && function.body.is_empty() && plain {
                continue;
            }
            self.indent = 0;
            self.comments(function.span.start);
            let comments = std::mem::take(&mut self.lines);
            let lines = match function.is_constructor() {
                true => self.constructor(at, method, &fields, &locals),
                false => crate::program::function(self, method),
            };
            if !body.is_empty() {
                body.push((0, String::new()));
            }
            body.extend(comments);
            body.extend(lines);
        }
        if let Some(destructor) = &class.destructor {
            self.skip_comments(destructor.end);
        }
        self.lines = declaration;
        if !body.is_empty() {
            self.lines.push((0, String::new()));
            self.line(format!("impl {} {{", type_name(&class.name)));
            let inner = body.into_iter().map(|(indent, text)| (if text.is_empty() { 0 } else { indent + 1 }, text));
            self.lines.extend(inner);
            self.line("}");
        }
        std::mem::replace(&mut self.lines, kept)
    }

    fn skip_comments(&mut self, end: usize) {
        while self.types.program.comments.get(self.next_comment).is_some_and(|c| c.span.start < end) {
            self.next_comment += 1;
        }
    }

    fn refuse_class(&mut self, at: usize, place: usize, reason: String) {
        let program = self.types.program;
        let class = &program.classes[at];
        self.lines.clear();
        self.indent = 0;
        self.line(format!("// refused: {reason}"));
        for method in &class.methods {
            let function = &program.functions[*method];
            for s in &function.body {
                self.consume_statement(s);
            }
            for line in self.source[function.span.clone()].lines() {
                self.line(format!("// PHP: {}", line.trim_end()));
            }
            self.refused_functions.insert(*method);
        }
        let end = class.methods.iter().map(|at| program.functions[*at].span.end).max().unwrap_or(0);
        self.skip_comments(end);
        self.refused.push(Refusal { at: place, reason });
    }

    /// `fn new(…) -> Self`: the properties are variables of its own, until it calls a method.
    fn constructor(
        &mut self,
        at: usize,
        own: usize,
        fields: &[Field<'_>],
        locals: &[Field<'_>],
    ) -> Vec<(usize, String)> {
        let program = self.types.program;
        let (class, function) = (&program.classes[at], &program.functions[own]);
        self.function = own;
        let split = function.body.iter().position(|s| s.mentions("this")).unwrap_or(function.body.len());
        let (before, after) = function.body.split_at(split);
        let mut making = Making::default();
        let (mut literal, mut begun, mut dropped) = (Vec::new(), Vec::new(), BTreeSet::new());
        let mut bad = None;
        for (number, (property, web, ty)) in fields.iter().chain(locals).enumerate() {
            let name = property_name(&class.name, &property.name);
            let local = number >= fields.len();
            let uses: Vec<_> = before
                .iter()
                .enumerate()
                .filter(|(_, s)| !matches!(s.kind, StmtKind::Global(_)) && s.mentions(&name))
                .map(|(number, _)| number)
                .collect();
            let assigned = |s: &Stmt| match &s.kind {
                StmtKind::Expr(Expr { kind: ExprKind::Assign(target, _), .. }) => target.var() == Some(&name),
                StmtKind::Guard { var, .. } => var.var() == Some(&name),
                _ => false,
            };
            match uses.as_slice() {
                [only] if !local && property.set_first && self.is_settled_value(*only, function) => {
                    // A value that can be written where the struct is made.
                    dropped.insert(*only);
                    literal.push((*web, ty.clone(), Some(&before[*only]), None));
                }
                [first, ..] if property.set_first && assigned(&before[*first]) => {
                    let rest = before[first + 1..].to_vec();
                    making.fresh.insert(*web, self.is_changed_in(&rest, *web));
                    if !local {
                        literal.push((*web, ty.clone(), None, None));
                    }
                }
                [] => literal.push((*web, ty.clone(), None, Some((property.default.clone(), property.exposed)))),
                _ => {
                    let changes = self.is_changed_in(&before.to_vec(), *web);
                    begun.push((*web, ty.clone(), (property.default.clone(), property.exposed), changes));
                    if !local {
                        literal.push((*web, ty.clone(), None, None));
                    }
                }
            }
            // What is set later, behind a call of a method, is null at first.
            if property.set_first && uses.is_empty() && property.default.is_none() && !matches!(ty, Ty::Maybe(_)) {
                bad = Some(format!("${} that a constructor sets behind a call of a method", property.name));
            }
        }
        self.making = Some(making);
        let refused = self.refused.len();
        let (params, why) = crate::program::parameters(self, own);
        bad = bad.or_else(|| why.map(|(_, why)| why));
        statements(&function.body, &mut |s| {
            if let StmtKind::Return(_) = s.kind {
                bad = Some("a constructor that returns early".into());
            }
        });
        let throws = self.types.throws[own];
        let ends = leaves(&function.body);
        self.indent = 0;
        let result = if throws { "Result<Self, Exception>" } else { "Self" };
        self.line(format!("fn new({}) -> {result} {{", params.join(", ")));
        self.indent = 1;
        for (web, ty, (default, exposed), changes) in begun {
            match self.initial(default.as_ref(), &ty, exposed) {
                Ok(text) => {
                    let name = self.name(web);
                    let typed =
                        if text == "None" || text.ends_with("()") { format!(": {}", ty.rust()) } else { String::new() };
                    self.line(format!("let {}{name}{typed} = {text};", if changes { "mut " } else { "" }));
                }
                Err(refusal) => bad = Some(refusal.reason),
            }
        }
        let key = places::root(own);
        let end = after.first().map_or(function.span.end, |s| s.span.start);
        self.block_end = before.last().map_or(0, |s| s.span.end);
        for (index, s) in before.iter().enumerate() {
            if dropped.contains(&index) {
                self.comments(s.span.start);
                continue;
            }
            self.comments(s.span.start);
            self.statement(s, (key, index + 1), before.get(index + 1));
            self.trailing(s.span.end);
        }
        let mut texts = Vec::new();
        for (web, ty, set, default) in literal {
            let name = self.name(web);
            let field = name.trim_start_matches("own_").to_owned();
            let value = match (set, default) {
                (Some(s), _) => match &s.kind {
                    StmtKind::Expr(Expr { kind: ExprKind::Assign(target, value), id, .. }) => {
                        self.counts[target.id] += 1;
                        self.counts[*id] += 1;
                        self.moved = self.types.web(value).is_some_and(|web| !self.forms.contains_key(&web));
                        let code = self.coerced(value, &ty);
                        self.moved = false;
                        code.map(|code| code.s)
                    }
                    _ => Ok(String::new()),
                },
                (None, Some((default, exposed))) => self.initial(default.as_ref(), &ty, exposed),
                _ => Ok(name),
            };
            match value {
                Ok(value) if value == field => texts.push(value),
                Ok(value) => texts.push(format!("{field}: {value}")),
                Err(refusal) => bad = Some(refusal.reason),
            }
        }
        self.comments_within(end.min(function.span.end));
        let made = match texts.is_empty() {
            true => "Self".to_owned(),
            false => format!("Self {{ {} }}", texts.join(", ")),
        };
        if after.is_empty() {
            if !ends {
                self.line(if throws { format!("Ok({made})") } else { made });
            }
        } else {
            let mutable = fields.iter().any(|(_, web, _)| {
                after.iter().any(|s| self.is_changed_in(&vec![s.clone()], *web))
                    || self.calls_in(after).into_iter().any(|called| self.global_mutable(*web, called))
            });
            self.line(format!("let {}this = {made};", if mutable { "mut " } else { "" }));
            if let Some(making) = &mut self.making {
                making.made = true;
            }
            self.block_end = after.last().map_or(0, |s| s.span.end);
            for (index, s) in after.iter().enumerate() {
                self.comments(s.span.start);
                self.statement(s, (key, split + index + 1), after.get(index + 1));
                self.trailing(s.span.end);
                if leaves(std::slice::from_ref(s)) {
                    for s in &after[index + 1..] {
                        self.never(s);
                    }
                    break;
                }
            }
            self.comments_within(function.span.end);
            if !ends {
                self.line(if throws { "Ok(this)" } else { "this" });
            }
        }
        self.indent = 0;
        self.line("}");
        self.making = None;
        if bad.is_none() && self.refused.len() > refused {
            bad = self.refused.get(refused).map(|refusal| refusal.reason.clone());
        }
        self.function = program.functions.len();
        if let Some(why) = bad {
            self.lines.clear();
            self.refused.truncate(refused);
            crate::program::refuse_function(self, own, function.span.start, why);
        }
        std::mem::take(&mut self.lines)
    }

    /// Whether nothing but the constructor uses a property, before it calls a method.
    fn is_of_constructor(&self, class: &Class, property: &Property) -> bool {
        let name = property_name(&class.name, &property.name);
        let program = self.types.program;
        let uses = |body: &[Stmt]| body.iter().any(|s| s.mentions(&name));
        let elsewhere = program.functions.iter().filter(|f| !f.is_constructor()).any(|f| uses(&f.body));
        let constructor = class.methods.iter().map(|at| &program.functions[*at]).find(|f| f.is_constructor());
        let within = constructor.is_some_and(|f| {
            let split = f.body.iter().position(|s| s.mentions("this")).unwrap_or(f.body.len());
            uses(&f.body[..split]) && !uses(&f.body[split..])
        });
        within && !elsewhere && !uses(&program.main)
    }

    /// The methods that statements call.
    fn calls_in(&self, block: &[Stmt]) -> Vec<usize> {
        let mut found = Vec::new();
        block.iter().for_each(|s| {
            s.walk(&mut |e| {
                if let ExprKind::Call(name, _) = &e.kind {
                    found.extend(self.types.own(name));
                }
            });
        });
        found
    }

    /// Whether a statement sets a property to a constant, to a parameter that stays as it is, or to a variable that is not used
    /// any more.
    fn is_settled_value(&self, at: usize, function: &Function) -> bool {
        let StmtKind::Expr(Expr { kind: ExprKind::Assign(_, value), .. }) = &function.body[at].kind else {
            return false;
        };
        match &value.kind {
            ExprKind::Int(_) | ExprKind::Str(_) | ExprKind::Bool(_) | ExprKind::Float(_) | ExprKind::Null => true,
            ExprKind::Array(list) => list.is_empty(),
            ExprKind::Const(_) => true,
            ExprKind::Var(name) if function.params.iter().all(|param| param.name != *name) => {
                property_of(name).is_none() && !function.body[at + 1..].iter().any(|s| s.mentions(name))
            }
            ExprKind::Var(name) => {
                let of = |param: &&Param| param.name == *name;
                let lives = self.types.webs.webs.iter().filter(|web| {
                    let lives = web.param.is_some() || web.reads > 0 || web.defs > 0;
                    lives && web.function == self.function && web.name == *name
                });
                function.params.iter().find(of).and_then(|param| self.types.webs.of.get(&param.id)).is_some_and(|web| {
                    let info = &self.types.webs.webs[*web];
                    info.defs == 0 && !info.changed && lives.count() == 1
                })
            }
            _ => false,
        }
    }

    /// What a property begins as.
    fn initial(&mut self, default: Option<&Expr>, ty: &Ty, exposed: bool) -> R<String> {
        let null = default.is_none_or(|e| matches!(e.kind, ExprKind::Null));
        let empty = match ty {
            Ty::Str(Text::Literal) => "\"\"",
            Ty::Str(Text::String) => "String::new()",
            Ty::Str(Text::Bytes) | Ty::List(_) => "Vec::new()",
            Ty::Map(..) => "Array::default()",
            Ty::Int(_) => "0",
            Ty::Float => "0.0",
            Ty::Bool => "false",
            _ => "",
        };
        if null && !exposed && !empty.is_empty() {
            return Ok(empty.into());
        }
        match default {
            None if matches!(ty, Ty::Maybe(_)) => Ok("None".into()),
            None if matches!(ty, Ty::Opt(inner) if matches!(**inner, Ty::Socket | Ty::File | Ty::Input)) => {
                Ok("None".into())
            }
            None => Err(Refusal { at: 0, reason: "a property that is null at first".into() }),
            Some(e) => {
                let before = self.counts.clone();
                let code = self.coerced(e, ty);
                self.counts = before;
                Ok(code?.s)
            }
        }
    }
}
