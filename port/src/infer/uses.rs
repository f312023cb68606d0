//! What the uses of a variable say about it, whatever the types are.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::ast::*;
use crate::functions::{self};
use crate::types::*;

impl<'a> Types<'a> {
    /// What the uses say, whatever the types are.
    pub(crate) fn look(&mut self) {
        let (mut keyed, mut selected) = (BTreeSet::new(), BTreeSet::new());
        for (_, body) in self.bodies() {
            statements(body, &mut |s| {
                match &s.kind {
                    StmtKind::Foreach { list, key: Some(_), .. } => keyed.extend(self.web(list)),
                    StmtKind::Unset(list) => {
                        for e in list {
                            if let ExprKind::Index(..) = e.kind {
                                self.maps.extend(self.base(e));
                            }
                        }
                    }
                    StmtKind::If(branches, otherwise) => {
                        branches.iter().for_each(|(e, _)| self.ask(e));
                        if let ([(Expr { kind: ExprKind::Not(test), .. }, body)], None) =
                            (branches.as_slice(), otherwise)
                            && let ExprKind::Assign(target, _) = &test.kind
                            && leaves(body)
                            && target.var().is_some_and(|name| !body.iter().any(|s| s.mentions(name)))
                        {
                            self.sure.insert(test.id);
                        }
                    }
                    StmtKind::While(e, _) | StmtKind::DoWhile(_, e) => self.ask(e),
                    StmtKind::For(_, tests, _, _) => tests.iter().for_each(|e| self.ask(e)),
                    StmtKind::Return(Some(e)) => self.strict.extend(self.web(e)),
                    StmtKind::Switch(e, _) => self.strict.extend(self.web(e)),
                    StmtKind::Echo(list) => list.iter().for_each(|e| self.used_as_text(e)),
                    _ => {}
                }
                s.parts().0.into_iter().for_each(|e| {
                    e.walk(&mut |e| self.look_at(e, &mut keyed, &mut selected));
                });
            });
        }
        for web in selected.intersection(&keyed) {
            self.maps.insert(*web);
        }
        self.find_asked_alone();
    }

    /// Parameters whose uses are all `=== false` or `!== false`.
    fn find_asked_alone(&mut self) {
        let mut asked: BTreeMap<usize, usize> = BTreeMap::new();
        for (_, body) in self.bodies() {
            body.iter().for_each(|s| {
                s.walk(&mut |e| {
                    if let ExprKind::Binary(BinOp::Identical | BinOp::NotIdentical, a, b) = &e.kind {
                        for (x, y) in [(a, b), (b, a)] {
                            if let (Some(web), ExprKind::Bool(false)) = (self.web(x), &y.kind) {
                                *asked.entry(web).or_default() += 1;
                            }
                        }
                    }
                });
            });
        }
        for (web, count) in asked {
            let info = &self.webs.webs[web];
            let plain = info.defs == 0 && !info.changed && !info.global;
            let function = self.program.functions.get(info.function);
            let open = function.zip(info.param).is_some_and(|(f, at)| {
                let param = &f.params[at];
                !f.closure && !param.by_ref && param.hint.is_none() && param.default.is_none()
            });
            if plain && open && info.reads == count {
                self.asked_alone.insert(web);
            }
        }
    }

    fn used_as_text(&mut self, e: &Expr) {
        if let Some(web) = self.web(e) {
            self.used_as.entry(web).or_insert(Ty::Str(Text::Bytes));
        }
    }

    pub(crate) fn ask(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Assign(target, _) => self.asked.extend(self.web(target)),
            _ => self.asked.extend(self.web(e)),
        }
    }

    pub(crate) fn look_at(&mut self, e: &Expr, keyed: &mut BTreeSet<usize>, selected: &mut BTreeSet<usize>) {
        use BinOp::*;
        match &e.kind {
            ExprKind::Not(a) | ExprKind::Empty(a) | ExprKind::Cast(Cast::Bool, a) => self.ask(a),
            ExprKind::Ternary(a, ..) => self.ask(a),
            ExprKind::Isset(list) => list.iter().for_each(|e| self.strict.extend(self.web(e))),
            ExprKind::Coalesce(a, _) => self.strict.extend(self.web(a)),
            ExprKind::Interpolated(list) => list.iter().for_each(|part| self.used_as_text(part)),
            ExprKind::Binary(Concat, a, b) => {
                self.used_as_text(a);
                self.used_as_text(b);
            }
            ExprKind::Binary(And | Or | Xor, a, b) => {
                self.ask(a);
                self.ask(b);
            }
            ExprKind::Binary(
                Identical | NotIdentical | Equal | NotEqual | Less | Greater | LessOrEqual | GreaterOrEqual,
                a,
                b,
            ) => {
                for (x, y) in [(a, b), (b, a)] {
                    let x = match &x.kind {
                        ExprKind::Assign(target, _) => target,
                        _ => x,
                    };
                    let Some(web) = self.web(x) else { continue };
                    // A socket that is compared with a number is not needed to be one.
                    if matches!(&e.kind, ExprKind::Binary(Greater | GreaterOrEqual | LessOrEqual, ..))
                        && matches!(y.kind, ExprKind::Int(_))
                    {
                        self.asked.insert(web);
                    }
                    let exact = matches!(e.kind, ExprKind::Binary(Identical | NotIdentical, ..));
                    match &y.kind {
                        ExprKind::Bool(_) | ExprKind::Null => {
                            self.asked.insert(web);
                            self.strict.insert(web);
                        }
                        _ if exact => {
                            self.strict.insert(web);
                        }
                        ExprKind::Str(text) if !text.is_empty() && text != b"0" => {}
                        _ => {
                            self.strict.insert(web);
                        }
                    }
                }
            }
            ExprKind::Assign(target, value) => {
                self.strict.extend(self.web(value));
                let null = match &value.kind {
                    ExprKind::Index(..) => true,
                    ExprKind::Call(name, _) => {
                        matches!(&**name, "array_pop" | "array_shift" | "array_key_first" | "array_key_last")
                    }
                    _ => false,
                };
                if null {
                    self.nulls.extend(self.web(target));
                }
                if let ExprKind::Index(base, Some(_)) = &target.kind {
                    self.maps.extend(self.web(base));
                    keyed.extend(self.base(base));
                }
                // `$clients[$at]['socket'] = …` makes an element that is an array.
                if let ExprKind::Index(base, _) = &target.kind
                    && let ExprKind::Index(outer, Some(_)) = &base.kind
                {
                    self.maps.extend(self.web(outer));
                }
            }
            ExprKind::Array(elements) => elements.iter().for_each(|(_, value)| self.strict.extend(self.web(value))),
            ExprKind::AssignOp(op, target, value) => {
                if let ExprKind::Index(base, Some(_)) = &target.kind {
                    self.maps.extend(self.web(base));
                }
                if *op == Concat {
                    self.used_as_text(value);
                } else if let Some(web) = self.web(target) {
                    if matches!(op, ShiftLeft | ShiftRight) {
                        self.lowered.insert(web);
                    } else if *op == Add && !matches!(value.kind, ExprKind::Int(i64::MIN..0)) {
                        self.stepped.insert(web);
                    } else {
                        self.lowered.insert(web);
                    }
                }
            }
            ExprKind::Step { up, target, .. } => {
                if let ExprKind::Index(base, Some(_)) = &target.kind {
                    self.maps.extend(self.web(base));
                }
                if let Some(web) = self.web(target) {
                    if *up {
                        self.stepped.insert(web)
                    } else {
                        self.lowered.insert(web)
                    };
                }
            }
            ExprKind::Index(base, Some(index)) => {
                keyed.extend(self.web(base));
                if let Some(web) = self.web(index) {
                    self.wants.entry(web).or_insert(Rep::Usize);
                }
            }
            ExprKind::Call(name, args) => self.look_at_call(name, args, keyed, selected),
            _ => {}
        }
    }

    pub(crate) fn look_at_call(
        &mut self,
        name: &str,
        args: &[Expr],
        keyed: &mut BTreeSet<usize>,
        selected: &mut BTreeSet<usize>,
    ) {
        let codes = match functions::find(name, args.len()) {
            Some(fun) => fun.params,
            None => match name {
                "socket_recv" => "S - z i",
                "socket_recvfrom" => "S - z i",
                "socket_set_option" | "socket_get_option" => "S i i",
                "socket_create_pair" => "i i i",
                "strlen" => "t",
                _ => "",
            },
        };
        for (code, arg) in codes.split_whitespace().zip(args) {
            if let Some(web) = self.web(arg) {
                match code.as_bytes()[0] {
                    b'i' => {
                        self.wants.insert(web, Rep::I32);
                    }
                    b'S' => {
                        self.used_as.entry(web).or_insert(Ty::Socket);
                    }
                    b'A' | b't' => {
                        self.used_as.entry(web).or_insert(Ty::Str(Text::Bytes));
                    }
                    b'z' => {
                        self.wants.entry(web).or_insert(Rep::Usize);
                    }
                    _ => {}
                }
            }
        }
        match name {
            "socket_recv" | "socket_recvfrom" => self.filled.extend(args.get(1).and_then(|a| self.web(a))),
            "socket_recvmsg" | "socket_sendmsg" => {
                let web = args.get(1).and_then(|a| self.web(a));
                self.headers.extend(web);
            }
            "socket_select" => args.iter().take(3).for_each(|a| selected.extend(self.web(a))),
            "array_search" => keyed.extend(args.get(1).and_then(|a| self.web(a))),
            "array_keys" | "array_key_first" | "array_key_last" | "array_key_exists" | "key" => {
                keyed.extend(args.iter().filter_map(|a| self.web(a)));
            }
            "ksort" | "asort" | "arsort" | "krsort" => self.maps.extend(args.first().and_then(|a| self.web(a))),
            "is_null" | "is_bool" | "is_string" | "is_int" | "var_dump" | "show" | "is_resource" | "json_encode"
            | "print_r" | "var_export" | "is_object" => {
                let webs: Vec<_> = args.iter().filter_map(|a| self.web(a)).collect();
                self.strict.extend(&webs);
                self.asked.extend(&webs);
            }
            _ => {
                // A function of the program may ask its parameter.
                if self.own(name).is_some() {
                    let webs: Vec<_> = args.iter().filter_map(|a| self.web(a)).collect();
                    self.strict.extend(webs);
                }
            }
        }
    }
}
