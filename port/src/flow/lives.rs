//! The lives of the variables, out of which assignments reach the same uses.

use super::*;

impl Flow<'_> {
    pub(super) fn finish(mut self, mut result: Webs) -> Webs {
        let count = self.program.functions.len();
        // One variable for a global in all functions, and for what was found to overlap.
        let mut whole: BTreeMap<(usize, String), Def> = BTreeMap::new();
        let globals = |function: usize, name: &str| {
            if function == count {
                result.globals.iter().any(|g| g.contains(name))
            } else {
                declared(&self.program.functions[function].body).contains(name)
            }
        };
        let mut unions = Vec::new();
        for (def, kind) in self.kinds.iter().enumerate() {
            let key = if globals(kind.function, &kind.name) {
                (count, kind.name.clone())
            } else if self.merged.contains(&(kind.function, kind.name.clone()))
                || self.program.functions.get(kind.function).is_some_and(|function| {
                    // A parameter by reference is the same variable as long as the function runs.
                    function.params.iter().any(|param| param.by_ref && param.name == kind.name)
                })
            {
                (kind.function, kind.name.clone())
            } else {
                continue;
            };
            match whole.get(&key) {
                Some(first) => unions.push((*first, def)),
                None => {
                    whole.insert(key, def);
                }
            }
        }
        for (a, b) in unions {
            self.union(a, b);
        }
        let mut numbers: BTreeMap<Def, usize> = BTreeMap::new();
        for def in 0..self.kinds.len() {
            let root = self.find(def);
            let kind = self.kinds[def].clone();
            let number = *numbers.entry(root).or_insert_with(|| {
                result.webs.push(Web {
                    name: kind.name.clone(),
                    function: kind.function,
                    uninit: false,
                    read_unset: false,
                    param: None,
                    global: false,
                    defs: 0,
                    changed: false,
                    reads: 0,
                });
                result.webs.len() - 1
            });
            let web = &mut result.webs[number];
            match kind.what {
                What::Param(at) => web.param = Some(at),
                What::Assigned => web.defs += 1,
                What::Nothing | What::Shared | What::Ended(_) | What::Begun => {}
            }
            if kind.function == count {
                web.function = count;
            }
        }
        for ((_, name), def) in whole.iter().filter(|((function, _), _)| *function == count) {
            let root = self.find(*def);
            if let Some(number) = numbers.get(&root)
                && result.globals.iter().any(|g| g.contains(name))
            {
                result.webs[*number].global = true;
                result.webs[*number].function = count;
            }
        }
        let of: Vec<(Id, Def)> = self.of.iter().map(|(id, def)| (*id, *def)).collect();
        for (id, def) in of {
            let root = self.find(def);
            result.of.insert(id, numbers[&root]);
        }
        for (id, defs) in &self.uses {
            let Some(number) = result.of.get(id).copied() else { continue };
            result.webs[number].reads += usize::from(!result.unseen.contains(id));
            if self.changed.contains(id) {
                result.webs[number].changed = true;
            }
            for def in defs {
                match self.kinds[*def].what {
                    What::Nothing => {
                        result.webs[number].uninit = true;
                        result.webs[number].read_unset |= !self.changed.contains(id);
                    }
                    What::Ended(statement) => {
                        result.blocked.insert(statement);
                    }
                    _ => {}
                }
            }
        }
        result
    }
}
