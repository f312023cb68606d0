//! The types at the end: numbers get their width, and records that are arrays like others become such.

use super::*;

impl<'a> Types<'a> {
    /// Numbers that are only ever written out take the type that their uses want.
    pub(crate) fn settle(&mut self) {
        for at in 0..self.tys.len() {
            let info = &self.webs.webs[at];
            if info.defs == 0 && info.param.is_none() && self.tys[at] == Ty::Unknown {
                let text = matches!(self.used_as.get(&at), Some(Ty::Str(_)));
                let looked_at = self.strict.contains(&at) || self.asked.contains(&at);
                self.tys[at] = Ty::Null;
                if text && !looked_at && !info.changed && !info.global && !self.program.strict {
                    self.tys[at] = Ty::Str(Text::Literal);
                    self.undefined.insert(at);
                } else if info.changed && (self.stepped.contains(&at) || self.lowered.contains(&at)) {
                    // What is counted up from nothing is an int.
                    self.tys[at] = INT;
                }
            }
            let want = self.wants.get(&at).copied();
            let (stepped, lowered) = (self.stepped.contains(&at), self.lowered.contains(&at));
            self.tys[at] = match std::mem::replace(&mut self.tys[at], Ty::Unknown) {
                Ty::Int(Rep::Literal) => Ty::Int(match want {
                    Some(Rep::I32) if !stepped && !lowered => Rep::I32,
                    Some(Rep::Usize) if !lowered => Rep::Usize,
                    _ => Rep::I64,
                }),
                Ty::Int(_) if lowered => INT,
                Ty::Int(Rep::I32) if stepped => INT,
                other => settled(other),
            };
            if self.bytes.contains(&at) {
                self.tys[at] = BYTES;
            }
        }
        for at in 0..self.returns.len() {
            if self.returns[at] == Ty::Unknown && self.returns_values(at) {
                self.returns[at] = Ty::Mixed("what is not known".into());
            }
            self.returns[at] = match self.returned(at) {
                Ty::Int(_) => INT,
                Ty::Str(Text::Literal) => STRING,
                Ty::Unknown => Ty::Void,
                other => settled(other),
            };
        }
        for ty in self.consts.values_mut() {
            if ty.is_array() || matches!(ty, Ty::Record(_)) {
                *ty = settled(std::mem::replace(ty, Ty::Unknown));
            }
        }
        self.settled = true;
        // What a closure takes with it, and what it is given, it sees as it is.
        for (_, body) in self.bodies().collect::<Vec<_>>() {
            let mut same = Vec::new();
            body.iter().for_each(|s| {
                s.walk(&mut |e| match &e.kind {
                    ExprKind::Closure(at, captured) => {
                        for (param, outer) in self.program.functions[*at].params.iter().zip(captured) {
                            same.extend(
                                self.webs
                                    .of
                                    .get(&param.id)
                                    .copied()
                                    .zip(self.web(outer).map(|web| self.tys[web].clone())),
                            );
                        }
                    }
                    ExprKind::Call(_, args) => {
                        let [a, b] = args.as_slice() else { return };
                        for (f, list) in [(a, b), (b, a)] {
                            if let ExprKind::Closure(at, captured) = &f.kind {
                                let element = self.of(list).element();
                                for param in self.program.functions[*at].params.iter().skip(captured.len()) {
                                    same.extend(self.webs.of.get(&param.id).copied().map(|web| (web, element.clone())));
                                }
                            }
                        }
                    }
                    _ => {}
                });
            });
            same.into_iter().for_each(|(web, ty)| self.tys[web] = ty);
        }
    }
}

pub(crate) fn settled(ty: Ty) -> Ty {
    match ty {
        Ty::Int(Rep::Literal) => INT,
        Ty::List(inner) => Ty::List(Box::new(settled(*inner))),
        Ty::Map(key, inner) => {
            let key = if *key == Ty::Unknown { INT } else { settled(*key) };
            Ty::Map(Box::new(key), Box::new(settled(*inner)))
        }
        // A record whose fields are all alike is an array like others.
        Ty::Record(fields) => {
            let own = |ty: Ty| match settled(ty) {
                Ty::Str(Text::Literal) => STRING,
                Ty::Int(_) => INT,
                other => other,
            };
            let alike = fields.iter().fold(Ty::Unknown, |all, (_, ty)| all.join(ty));
            let record = Ty::Record(fields.into_iter().map(|(key, ty)| (key, own(ty))).collect());
            match alike {
                Ty::Mixed(_) | Ty::Maybe(_) | Ty::Opt(_) | Ty::Null => record,
                _ if alike.has_mixed() => record,
                Ty::Str(Text::Literal) => Ty::Map(Box::new(BYTES), Box::new(alike)),
                _ => settled(record.loose()),
            }
        }
        Ty::Opt(inner) => Ty::Opt(Box::new(settled(*inner))),
        Ty::Maybe(inner) => Ty::Maybe(Box::new(match settled(*inner) {
            Ty::Int(_) => INT,
            Ty::Str(Text::Literal) => STRING,
            other => other,
        })),
        Ty::Tuple(list) => Ty::Tuple(list.into_iter().map(settled).collect()),
        other => other,
    }
}
