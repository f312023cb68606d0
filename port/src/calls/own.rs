//! Functions of the program itself.

use crate::ast::*;
use crate::code::{self, Code, Form, literal};
use crate::emit::{Emit, R, refuse};
use crate::types::*;

impl Emit<'_> {
    pub(crate) fn own_call(&mut self, e: &Expr, own: usize, args: &[Expr]) -> R {
        let function = &self.types.program.functions[own];
        if self.gone.contains(&own) {
            return refuse(e, format!("{}() is refused", function.name));
        }
        // PHP looks at what is too much, and nobody reads it.
        for more in args.iter().skip(function.params.len()) {
            if function.has_object() || !matches!(more.kind, ExprKind::Int(_) | ExprKind::Str(_) | ExprKind::Bool(_)) {
                return refuse(more, "an argument that the function does not have");
            }
            self.consume(more);
        }
        if function.is_constructor() {
            self.check_new(e, own)?;
        }
        let (mut texts, mut by_reference) = (Vec::new(), Vec::new());
        let mut receiver = None;
        let object = usize::from(function.has_object());
        if let (1, Some(first)) = (object, args.first()) {
            match function.is_constructor() {
                true => self.consume(first),
                false => receiver = Some(self.receiver(first, own)?),
            }
        }
        for (number, param) in function.params.iter().enumerate().skip(object) {
            let Some(web) = self.types.webs.of.get(&param.id).copied() else { return refuse(e, "this parameter") };
            let ty = self.types.tys[web].clone();
            let Some(arg) = args.get(number) else {
                let Some(default) = &param.default else { return refuse(e, "a call with too few arguments") };
                let text = match (&default.kind, &ty) {
                    (ExprKind::Int(n), Ty::Int(_)) => n.to_string(),
                    (ExprKind::Str(text), Ty::Str(Text::Bytes)) => {
                        let text = literal(text);
                        crate::expr::bytes_of(&text)
                    }
                    (ExprKind::Str(text), Ty::Str(_)) => literal(text),
                    (ExprKind::Bool(value), Ty::Bool) => value.to_string(),
                    (ExprKind::Const(name), Ty::Int(_)) => name.clone(),
                    (ExprKind::Float(n), Ty::Float) => code::float(*n),
                    (ExprKind::Null, Ty::Maybe(_)) => "None".into(),
                    (ExprKind::Array(list), Ty::List(_) | Ty::Map(..)) if list.is_empty() => {
                        let empty = if matches!(ty, Ty::List(_)) { "Vec::new()" } else { "Array::default()" };
                        if self.by_value(web) { empty.into() } else { format!("&{empty}") }
                    }
                    _ => return refuse(e, "a default of this kind"),
                };
                let owned = self.by_value(web);
                texts.push(match (&ty, owned) {
                    (Ty::Str(Text::Bytes), true) => format!("{text}.to_vec()"),
                    (Ty::Str(_), true) => format!("{text}.to_owned()"),
                    _ => text,
                });
                continue;
            };
            if param.by_ref {
                let Some(from) = self.types.web(arg) else { return refuse(arg, "an element by reference") };
                if self.types.tys[from] != ty {
                    return refuse(arg, "a variable of several types");
                }
                if by_reference.contains(&from) {
                    return refuse(arg, "a variable twice by reference");
                }
                by_reference.push(from);
                let code = self.place(arg)?;
                if self.forms.get(&from) == Some(&Form::Ref) {
                    return refuse(arg, "a borrowed value by reference");
                }
                texts.push(match self.forms.get(&from) {
                    Some(Form::Mut) => self.name(from),
                    _ => format!("&mut {}", code.s),
                });
                continue;
            }
            if ty == Ty::Bool && self.types.is_asked_alone(web) && self.types.of(arg) != Ty::Bool {
                let code = self.value(arg)?;
                texts.push(match &code.ty {
                    Ty::Opt(_) => format!("{}.is_some()", code.wrap(15)),
                    Ty::Mixed(why) => return refuse(arg, why.clone()),
                    _ if !matches!(arg.kind, ExprKind::Var(_)) => return refuse(arg, "a value that is never false"),
                    ty => (*ty != Ty::False).to_string(),
                });
                continue;
            }
            if param.hint.as_deref() == Some("array") && ty == Ty::Json && self.types.of(arg) == Ty::Json {
                self.seen_errors(arg)?;
                let code = self.value(arg)?;
                let borrow = if self.by_value(web) { "" } else { "&" };
                texts.push(format!("{borrow}{}.array()", code.wrap(15)));
                continue;
            }
            if self.by_value(web) || ty.is_copy() && !matches!(ty, Ty::Str(_)) {
                texts.push(self.coerced(arg, &ty)?.s);
                continue;
            }
            texts.push(self.lent(arg, &ty)?);
        }
        self.with_globals(e, own, &mut texts)?;
        let ty = self.types.returns[own].clone();
        let name = crate::emit::ident(function.method());
        let class = function.class.map(|at| crate::records::type_name(&self.types.program.classes[at].name));
        let call = match (receiver, class) {
            (Some(receiver), _) => {
                if self.mutates(own) {
                    texts = texts.into_iter().map(|text| Self::let_go(&receiver, text)).collect();
                }
                format!("{receiver}.{name}({})", texts.join(", "))
            }
            (None, Some(class)) if function.is_constructor() => {
                if function.body.is_empty() && !self.has_fields(function.class) {
                    return Ok(Code { p: 20, ..Code::temp(class, ty) });
                }
                format!("{class}::new({})", texts.join(", "))
            }
            (None, Some(class)) => {
                let class = if self.class() == function.class { "Self".into() } else { class };
                format!("{class}::{name}({})", texts.join(", "))
            }
            (None, None) => format!("{name}({})", texts.join(", ")),
        };
        Ok(Code::temp(if self.types.throws[own] { self.may_throw(call) } else { call }, ty))
    }

    /// What a function uses of the main program comes after its own parameters.
    pub(crate) fn with_globals(&mut self, e: &Expr, own: usize, texts: &mut Vec<String>) -> R<()> {
        for name in self.types.webs.globals[own].iter().filter(|name| property_of(name).is_none()) {
            let Some(web) = self.global(name) else { return refuse(e, format!("the global ${name}")) };
            if self.tainted.contains(&web) {
                return refuse(e, format!("${name} is set by a refused line"));
            }
            if !self.declared.contains(&web) && self.function == self.types.program.functions.len() {
                return refuse(e, format!("the global ${name} before anything is assigned to it"));
            }
            let text = self.name(web);
            let mutable = self.global_mutable(web, own);
            let inside = self.function < self.types.program.functions.len();
            if mutable && texts.iter().any(|t| mentions(t, &text)) {
                return refuse(e, format!("${name} as an argument of a function that changes it"));
            }
            let copied = !mutable && self.types.tys[web].is_copy();
            texts.push(match (mutable, inside || copied) {
                (_, true) => text,
                (true, false) => format!("&mut {text}"),
                (false, false) => format!("&{text}"),
            });
        }
        Ok(())
    }

    fn has_fields(&self, class: Option<usize>) -> bool {
        class.is_some_and(|at| {
            let class = &self.types.program.classes[at];
            class.properties.iter().any(|p| self.global(&property_name(&class.name, &p.name)).is_some())
        })
    }

    /// Refuses an object that PHP would let go of at another time.
    fn check_new(&self, e: &Expr, own: usize) -> R<()> {
        let program = self.types.program;
        let Some(class) = program.functions[own].class.map(|at| &program.classes[at]) else { return Ok(()) };
        let holds = class.properties.iter().any(|p| {
            let web = self.global(&property_name(&class.name, &p.name));
            web.is_some_and(|web| self.types.tys[web].holds_socket())
        });
        let inside = self.function < program.functions.len() && self.making.is_none();
        if (holds || class.destructor.is_some()) && (inside || !self.is_in_no_loop()) {
            return refuse(e, "an object with connections in a loop or a function: PHP closes them when nobody has it");
        }
        Ok(())
    }

    pub(crate) fn global(&self, name: &str) -> Option<usize> {
        self.types.webs.webs.iter().position(|web| web.global && web.name == name)
    }

    /// Whether a function may change the global, itself or by another function.
    pub(crate) fn global_mutable(&self, web: usize, function: usize) -> bool {
        let (mut seen, mut open) = (std::collections::BTreeSet::from([function]), vec![function]);
        while let Some(at) = open.pop() {
            if self.is_changed_in(&self.types.program.functions[at].body, web) {
                return true;
            }
            open.extend(self.types.webs.calls[at].iter().filter(|called| seen.insert(**called)));
        }
        false
    }

    /// Whether a parameter is a value of its own in the function, which changes it.
    pub(crate) fn by_value(&self, web: usize) -> bool {
        let info = &self.types.webs.webs[web];
        info.changed || info.defs > 0 || matches!(self.types.tys[web], Ty::Opt(_) | Ty::Maybe(_))
    }
}

pub(crate) fn mentions(text: &str, name: &str) -> bool {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == name)
}
