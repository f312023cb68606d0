//! What the functions of the program return.

use super::*;

impl<'a> Types<'a> {
    /// The type of what is returned where false is converted.
    pub(super) fn without_false(&self, e: &Expr) -> Ty {
        match (&e.kind, self.of(e)) {
            (ExprKind::Ternary(_, Some(then), otherwise), _) => {
                self.without_false(then).join(&self.without_false(otherwise))
            }
            (_, Ty::Opt(inner)) => *inner,
            (_, ty) => ty,
        }
    }

    /// Whether a function has a `return` with a value.
    pub(super) fn returns_values(&self, function: usize) -> bool {
        let mut found = false;
        if let Some(function) = self.program.functions.get(function) {
            statements(&function.body, &mut |s| found |= matches!(s.kind, StmtKind::Return(Some(_))));
        }
        found
    }

    /// What a function returns: what its declaration says, as PHP converts to that.
    pub(crate) fn returned(&self, function: usize) -> Ty {
        let declared = &self.program.functions[function];
        if let (true, Some(class)) = (declared.is_constructor(), declared.class) {
            return Ty::Object(self.program.classes[class].name.clone());
        }
        let found = self.returns[function].clone();
        let text = |found: &Ty| match found {
            Ty::Str(kind) => Ty::Str(*kind),
            _ => BYTES,
        };
        match (self.program.functions[function].hint.as_deref(), &found) {
            (_, Ty::Mixed(_)) => found,
            (Some("int"), _) => INT,
            (Some("float"), _) => Ty::Float,
            (Some("bool"), _) => Ty::Bool,
            (Some("string"), _) => text(&found),
            (Some("socket"), _) => Ty::Socket,
            (Some("void"), _) => Ty::Void,
            (Some("?int"), _) => INT.maybe(),
            (Some("?float"), _) => Ty::Float.maybe(),
            (Some("?bool"), _) => Ty::Bool.maybe(),
            (Some("?string"), Ty::Maybe(inner)) => text(inner).maybe(),
            (Some("?string"), _) => text(&found).maybe(),
            (Some("?socket"), _) => Ty::Socket.maybe(),
            (Some("array" | "?array"), Ty::Opt(_)) => Ty::Mixed("an array and false".into()),
            (Some("array" | "?array"), Ty::Json) => Ty::Mixed("a value of JSON where an array is declared".into()),
            (Some("array"), Ty::Maybe(_)) => Ty::Mixed("an array and null".into()),
            _ => found,
        }
    }
}
