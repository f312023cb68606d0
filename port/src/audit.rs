//! Every expression of the PHP is taken exactly once, by a line of Rust, by a rule that lets it fall away, or by a refusal.

use crate::ast::*;
use crate::emit::Emit;
use crate::infer::Types;

/// The place and the text of a part that was lost, or taken twice.
pub(crate) fn check(types: &Types<'_>, emit: &Emit<'_>) -> Option<(usize, String)> {
    let mut found = None;
    let bodies = types.program.functions.iter().map(|f| &f.body).chain([&types.program.main]);
    for statement in bodies.flatten() {
        statement.walk(&mut |e: &Expr| {
            let count = emit.counts.get(e.id).copied().unwrap_or(0);
            if count != 1 && found.is_none() {
                let text =
                    emit.source.get(e.span.clone()).unwrap_or_default().lines().next().unwrap_or_default().to_owned();
                found = Some((e.span.start, format!("`{text}` is there {count} times, not once")));
            }
        });
    }
    found
}
