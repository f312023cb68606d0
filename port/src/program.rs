//! A whole program: constants, functions and `main`, in the order of the PHP.

use crate::ast::*;
use crate::code::{self, Form};
use crate::emit::{Emit, Refusal, ident};
use crate::places;
use crate::types::*;

pub(crate) fn write(emit: &mut Emit<'_>) -> String {
    let program = emit.types.program;
    let first = program
        .main
        .iter()
        .position(|s| {
            !s.span.is_empty()
                && !matches!(
                    s.kind,
                    StmtKind::Function(_) | StmtKind::Class(_) | StmtKind::Const(..) | StmtKind::Nothing
                )
        })
        .unwrap_or(program.main.len());
    let mut consts = Vec::new();
    for (at, s) in program.main.iter().enumerate() {
        if let StmtKind::Const(name, value) = &s.kind {
            consts.extend(constant(name, value));
            let _ = at;
        }
    }
    // Comments are taken in the order of the source, so functions are written where they stand.
    let mut before = Vec::new();
    let mut after = Vec::new();
    let count = program.functions.len();
    let mut main = Vec::new();
    emit.function = count;
    let mut rest: Vec<&Stmt> = Vec::new();
    for (index, s) in program.main.iter().enumerate() {
        if let StmtKind::Function(name) = &s.kind {
            // Nested or not, the declaration is an item.
            emit.comments(s.span.start);
            let comments = take_lines(emit, &mut main);
            if let Some(at) = program.functions.iter().position(|f| f.name == *name) {
                let mut lines = comments;
                lines.extend(function(emit, at));
                if index < first { before.push(lines) } else { after.push(lines) }
            }
            continue;
        }
        if let StmtKind::Class(at) = &s.kind {
            emit.comments(s.span.start);
            let mut lines = take_lines(emit, &mut main);
            lines.extend(emit.write_class(*at));
            if index < first {
                before.push(lines);
            } else {
                after.push(lines);
            }
            continue;
        }
        rest.push(s);
        emit.indent = 1;
        let one = std::slice::from_ref(s).to_vec();
        emit.one(&one, index, program.main.get(index + 1));
        emit.indent = 0;
        main.append(&mut emit.lines);
        emit.lines.clear();
        // The blank line in front of what follows is judged by what is there.
        if let Some(last) = main.last().cloned() {
            emit.lines.push(last);
            main.pop();
        }
        let declares = |s: &Stmt| matches!(s.kind, StmtKind::Function(_) | StmtKind::Class(_));
        let ended = std::mem::take(&mut emit.ended);
        if (ended || leaves(&one)) && program.main[index + 1..].iter().any(|s| !declares(s)) {
            // PHP never comes behind it.
            for s in &program.main[index + 1..] {
                if !declares(s) {
                    emit.indent = 1;
                    emit.comments(s.span.start);
                    emit.never(s);
                    emit.indent = 0;
                }
            }
            main.append(&mut emit.lines);
            for s in program.main[index + 1..].iter() {
                if let StmtKind::Function(name) = &s.kind
                    && let Some(at) = program.functions.iter().position(|f| f.name == *name)
                {
                    let lines = function(emit, at);
                    after.push(lines);
                }
                if let StmtKind::Class(at) = s.kind {
                    let lines = emit.write_class(at);
                    after.push(lines);
                }
            }
            break;
        }
    }
    emit.indent = 1;
    emit.comments(emit.source.len());
    emit.indent = 0;
    main.append(&mut emit.lines);
    // Functions that are declared inside of others or of blocks.
    let written: usize = before.len() + after.len();
    if written < count {
        let top: Vec<_> = program
            .main
            .iter()
            .filter_map(|s| match &s.kind {
                StmtKind::Function(name) => Some(name.clone()),
                _ => None,
            })
            .collect();
        for at in 0..count {
            if !program.functions[at].closure
                && program.functions[at].class.is_none()
                && !top.contains(&program.functions[at].name)
            {
                let lines = function(emit, at);
                after.push(lines);
            }
        }
    }
    while main.first().is_some_and(|(_, text)| text.is_empty()) {
        main.remove(0);
    }
    while main.last().is_some_and(|(_, text)| text.is_empty()) {
        main.pop();
    }
    let argv = main.iter().any(|(_, text)| {
        !text.starts_with("//") && text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|w| w == "argv")
    });
    let mut out = String::new();
    for lines in before.iter() {
        push(&mut out, lines);
        out.push('\n');
    }
    out.push_str("fn main() {\n");
    if argv {
        out.push_str("    let argv: Vec<Vec<u8>> = std::env::args().map(String::into_bytes).collect();\n");
    }
    push(&mut out, &main);
    out.push_str("}\n");
    for lines in after.iter() {
        out.push('\n');
        push(&mut out, lines);
    }
    consts.append(&mut emit.arrays);
    let lazy = consts.iter().any(|line| line.contains("LazyLock<"));
    let out = if consts.is_empty() { out } else { format!("{}\n\n{out}", consts.join("\n")) };
    let (structs, out) = crate::records::write(emit.types, out, &emit.written);
    let mut head = String::new();
    let uses = |names: &[&str], text: &str| {
        text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| names.contains(&word))
    };
    let code: String = out.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let helpers = crate::runtime::used(&code);
    if code.split(|c: char| !(c.is_ascii_digit() || c == '.')).any(is_near_constant) {
        head.push_str("#![allow(clippy::approx_constant)]\n\n");
    }
    if !helpers.is_empty() {
        head.push_str("mod php;\n\n");
    }
    if lazy {
        head.push_str("use std::sync::LazyLock;\n\n");
    }
    if !helpers.is_empty() {
        head.push_str("use php::*;\n");
    }
    let sockets = code.contains("socket_")
        || uses(&["Socket", "Timeval", "Linger", "OptionValue", "MessageHeader"], &code)
        || code.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(crate::infer::is_socket_constant);
    if sockets {
        head.push_str("use php_sockets::*;\n");
    }
    if !head.is_empty() {
        head.push('\n');
    }
    head + &structs + &out
}

fn take_lines(emit: &mut Emit<'_>, main: &mut Vec<(usize, String)>) -> Vec<(usize, String)> {
    let lines = std::mem::take(&mut emit.lines);
    // What was left over of the lines before belongs to main.
    let (mine, theirs): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|(indent, text)| *indent == 0 && text.starts_with("//"));
    main.extend(theirs);
    mine
}

fn push(out: &mut String, lines: &[(usize, String)]) {
    let mut last_blank = true;
    for (indent, text) in lines {
        if text.is_empty() {
            if !last_blank {
                out.push('\n');
            }
            last_blank = true;
            continue;
        }
        last_blank = false;
        out.push_str(&"    ".repeat(*indent));
        out.push_str(text);
        out.push('\n');
    }
}

fn constant(name: &str, value: &Expr) -> Option<String> {
    let name = crate::expr::constant_name(name);
    Some(match &value.kind {
        ExprKind::Int(n) => format!("const {name}: i64 = {n};"),
        ExprKind::Float(n) => format!("const {name}: f64 = {};", code::float(*n)),
        ExprKind::Bool(b) => format!("const {name}: bool = {b};"),
        ExprKind::Str(text) if std::str::from_utf8(text).is_ok() => {
            format!("const {name}: &str = {};", code::literal(text))
        }
        _ => return None,
    })
}

/// The parameters of a function, and why it cannot have them.
pub(crate) fn parameters(emit: &mut Emit<'_>, at: usize) -> (Vec<String>, Option<(usize, String)>) {
    let function = &emit.types.program.functions[at];
    let (mut params, mut bad) = (Vec::new(), None);
    for param in function.params.iter().skip(usize::from(function.has_object())) {
        let Some(web) = emit.types.webs.of.get(&param.id).copied() else { continue };
        let ty = emit.types.tys[web].clone();
        if let Some(default) = &param.default
            && let ExprKind::Refused(why) = &default.kind
        {
            bad = Some((default.span.start, why.clone()));
        }
        match &ty {
            Ty::Mixed(why) => bad = Some((function.span.start, format!("${} has several types: {why}", param.name))),
            Ty::Unknown | Ty::Null | Ty::False => {
                bad = Some((function.span.start, format!("${} of a function that nobody calls", param.name)));
            }
            _ => {}
        }
        if let Ty::List(inner) | Ty::Map(_, inner) = &ty
            && matches!(**inner, Ty::Mixed(_) | Ty::Unknown)
        {
            bad = Some((function.span.start, format!("${} is an array of several types", param.name)));
        }
        let unused = emit.types.webs.webs[web].reads == 0 && (!param.by_ref || emit.types.webs.webs[web].defs == 0);
        let name = if unused { format!("_{}", emit.name(web)) } else { emit.name(web) };
        emit.declared.insert(web);
        let (text, form) = if param.by_ref {
            (format!("{name}: &mut {}", ty.rust()), Some(Form::Mut))
        } else if emit.by_value(web) {
            let owned = match &ty {
                Ty::Str(Text::Literal) => Ty::Str(Text::String),
                other => other.clone(),
            };
            let mutable = emit.types.webs.webs[web].changed || emit.types.webs.webs[web].defs > 0;
            (format!("{}{name}: {}", if mutable { "mut " } else { "" }, owned.rust()), None)
        } else {
            match &ty {
                Ty::Str(Text::Bytes) => (format!("{name}: &[u8]"), Some(Form::Ref)),
                // What is kept longer than the call is a literal in every call.
                Ty::Str(Text::Literal) if stays(emit, &function.body, web) => {
                    (format!("{name}: &'static str"), Some(Form::Ref))
                }
                Ty::Str(_) => (format!("{name}: &str"), Some(Form::Ref)),
                Ty::List(inner) => (format!("{name}: &[{}]", inner.rust()), Some(Form::Ref)),
                _ if ty.is_copy() => (format!("{name}: {}", ty.rust()), None),
                _ => (format!("{name}: &{}", ty.rust()), Some(Form::Ref)),
            }
        };
        if let Some(form) = form {
            emit.forms.insert(web, form);
        }
        params.push(text);
    }
    (params, bad)
}

pub(crate) fn function(emit: &mut Emit<'_>, at: usize) -> Vec<(usize, String)> {
    let kept = std::mem::take(&mut emit.lines);
    let program = emit.types.program;
    let function = &program.functions[at];
    emit.function = at;
    emit.indent = 0;
    let refused = emit.refused.len();
    let (mut params, mut bad) = parameters(emit, at);
    if function.has_object() {
        params.insert(0, if emit.mutates(at) { "&mut self".into() } else { "&self".into() });
    }
    let mut globals = Vec::new();
    for name in emit.types.webs.globals[at].clone() {
        if property_of(&name).is_some() {
            continue;
        }
        let Some(web) = emit.global(&name) else { continue };
        let ty = emit.types.tys[web].clone();
        if matches!(ty, Ty::Mixed(_) | Ty::Unknown | Ty::Null | Ty::False) || emit.tainted.contains(&web) {
            bad = Some((function.span.start, format!("the global ${name}, whose type is not known")));
        }
        if emit.global_mutable(web, at) {
            params.push(format!("{}: &mut {}", emit.name(web), ty.rust()));
            globals.push((web, Form::Mut));
        } else if ty.is_copy() {
            params.push(format!("{}: {}", emit.name(web), ty.rust()));
            globals.push((web, Form::Owned));
        } else {
            params.push(format!("{}: &{}", emit.name(web), ty.rust()));
            globals.push((web, Form::Ref));
        }
    }
    let saved = emit.forms.clone();
    let declared = emit.declared.clone();
    for (web, form) in &globals {
        emit.forms.insert(*web, *form);
        emit.declared.insert(*web);
    }
    let ty = emit.types.returns[at].clone();
    let result = match &ty {
        Ty::Void => String::new(),
        Ty::Mixed(why) => {
            bad = Some((function.span.start, format!("a function that returns several types: {why}")));
            String::new()
        }
        _ => format!(" -> {}", ty.rust()),
    };
    let falls = !always_returns(&function.body);
    if !matches!(ty, Ty::Void | Ty::Maybe(_)) && bad.is_none() && falls {
        bad = Some((function.span.start, "a function that returns a value, or nothing".into()));
    }
    let throws = emit.types.throws[at];
    let result = match (throws, result.strip_prefix(" -> ")) {
        (false, _) => result,
        (true, inner) => format!(" -> Result<{}, Exception>", inner.unwrap_or("()")),
    };
    if !is_called(emit, at) {
        emit.line("#[allow(dead_code)]");
    }
    emit.line(format!("fn {}({}){result} {{", ident(function.method()), params.join(", ")));
    emit.block(&function.body, places::root(at), function.span.end);
    if falls && (throws || ty != Ty::Void) {
        emit.indent += 1;
        emit.line(match (throws, &ty) {
            (true, Ty::Void) => "Ok(())",
            (true, _) => "Ok(None)",
            _ => "None",
        });
        emit.indent -= 1;
    }
    emit.line("}");
    emit.forms = saved;
    emit.declared = declared;
    let broken = emit.refused.len() > refused && ty != Ty::Void;
    if let Some((place, why)) = bad {
        emit.lines.clear();
        emit.refused.truncate(refused);
        refuse_function(emit, at, place, why);
    } else if broken {
        let reasons: Vec<_> = emit.refused[refused..].to_vec();
        emit.lines.clear();
        emit.refused.truncate(refused);
        let first = reasons.into_iter().next();
        refuse_function(emit, at, first.as_ref().map_or(0, |r| r.at), first.map_or_else(String::new, |r| r.reason));
    } else if emit.lines.len() >= 2 {
        tail(&mut emit.lines);
    }
    emit.function = program.functions.len();
    std::mem::replace(&mut emit.lines, kept)
}

/// Whether a function is called by another one, or by the main program.
pub(crate) fn is_called(emit: &Emit<'_>, at: usize) -> bool {
    let program = emit.types.program;
    let function = &program.functions[at];
    if program.handlers.iter().any(|(_, name)| name.eq_ignore_ascii_case(&function.name)) {
        return true;
    }
    let mut seen = std::collections::BTreeSet::new();
    let mut open = vec![program.functions.len()];
    while let Some(caller) = open.pop() {
        let body = program.functions.get(caller).map_or(&program.main, |function| &function.body);
        for s in body {
            s.walk(&mut |e| {
                let called = match &e.kind {
                    ExprKind::Call(name, _) => emit.types.own(name),
                    ExprKind::Closure(closure, _) => Some(*closure),
                    _ => None,
                };
                open.extend(called.filter(|called| seen.insert(*called)));
            });
        }
        open.extend(
            program.handlers.iter().filter_map(|(_, name)| emit.types.own(name)).filter(|called| seen.insert(*called)),
        );
    }
    seen.contains(&at)
}

/// Whether a parameter as it is becomes part of something else.
fn stays(emit: &Emit<'_>, body: &Block, web: usize) -> bool {
    let is = |e: &Expr| emit.types.web(e) == Some(web);
    let mut found = false;
    for s in body {
        s.walk(&mut |e| match &e.kind {
            ExprKind::Assign(_, value) => found |= is(value),
            ExprKind::Array(list) => found |= list.iter().any(|(_, value)| is(value)),
            ExprKind::Call(name, args) if matches!(&**name, "array_push" | "array_unshift") => {
                found |= args.iter().any(is);
            }
            _ => {}
        });
    }
    found
}

/// The lines of a body, of which the last says what it comes to.
pub(crate) fn tailed(mut lines: Vec<(usize, String)>) -> Vec<(usize, String)> {
    lines.push((0, String::new()));
    tail(&mut lines);
    lines.pop();
    lines
}

/// The last `return x;` of a function is its value.
fn tail(lines: &mut Vec<(usize, String)>) {
    let at = lines.len() - 2;
    let (indent, text) = &lines[at];
    if *indent == 1 {
        if text == "return;" {
            lines.remove(at);
        } else if let Some(value) = text.strip_prefix("return ").and_then(|rest| rest.strip_suffix(';')) {
            lines[at].1 = value.to_owned();
        }
    }
}

pub(crate) fn refuse_function(emit: &mut Emit<'_>, at: usize, place: usize, why: String) {
    let function = &emit.types.program.functions[at];
    for s in &function.body {
        let mut ids = Vec::new();
        s.walk(&mut |e| ids.push(e.id));
        ids.into_iter().for_each(|id| emit.counts[id] = 1);
    }
    emit.line(format!("// refused: {why}"));
    for line in emit.source[function.span.clone()].lines() {
        emit.line(format!("// PHP: {}", line.trim_end()));
    }
    emit.refused.push(Refusal { at: place, reason: why });
    emit.refused_functions.insert(at);
}

/// Whether clippy takes a number for π or another constant of mathematics, which PHP has written out.
fn is_near_constant(number: &str) -> bool {
    const BEGINNINGS: &[&str] = &[
        "3.14", "6.28", "1.57", "1.04", "0.78", "0.52", "0.39", "0.31", "0.63", "1.12", "2.71", "1.41", "0.70", "0.69",
        "2.30", "1.44", "0.43", "3.32", "0.30",
    ];
    BEGINNINGS.iter().any(|beginning| number.starts_with(beginning))
}
