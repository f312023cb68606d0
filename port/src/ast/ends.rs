//! How a block is left: by its end, or before it.

use super::*;

/// Whether nothing behind the block is reached from its end.
pub(crate) fn leaves(block: &[Stmt]) -> bool {
    block.iter().any(|statement| match &statement.kind {
        StmtKind::Return(_) | StmtKind::Break(_) | StmtKind::Continue(_) => true,
        StmtKind::Expr(e) => e.ends(),
        StmtKind::Try { body, catches, finally } => {
            leaves(body) && catches.iter().all(|c| leaves(&c.body)) || finally.as_ref().is_some_and(|f| leaves(&f.body))
        }
        StmtKind::Block(b) => leaves(b),
        StmtKind::If(branches, Some(otherwise)) => branches.iter().all(|(_, b)| leaves(b)) && leaves(otherwise),
        StmtKind::While(e, b) | StmtKind::DoWhile(b, e) => is_always(e) && !ends(b, 1),
        StmtKind::For(_, test, _, b) => test.last().is_none_or(is_always) && !ends(b, 1),
        _ => false,
    })
}

/// Whether a `break` in the block ends the loop `level` levels up, and no loop around it.
fn ends(block: &[Stmt], level: usize) -> bool {
    has_exit(block, level, &|kind, level| matches!(kind, StmtKind::Break(n) if *n == level))
}

/// A condition that is written as true.
pub(crate) fn is_always(test: &Expr) -> bool {
    matches!(test.kind, ExprKind::Bool(true)) || matches!(test.kind, ExprKind::Int(n) if n != 0)
}

/// Whether a `break` in the block ends the loop `level` levels up, or one around it.
pub(crate) fn breaks(block: &[Stmt], level: usize) -> bool {
    has_exit(block, level, &|kind, level| match kind {
        StmtKind::Break(n) => *n >= level,
        StmtKind::Continue(n) => *n > level,
        _ => false,
    })
}

/// Whether a `continue` in the block goes on with the loop `level` levels up.
pub(crate) fn continues(block: &[Stmt], level: usize) -> bool {
    has_exit(block, level, &|kind, level| matches!(kind, StmtKind::Continue(n) if *n == level))
}

/// Whether a statement in the block does what is asked for, seen from so many levels below the loop that is meant.
fn has_exit(block: &[Stmt], level: usize, does: &impl Fn(&StmtKind, usize) -> bool) -> bool {
    block.iter().any(|s| {
        let inner = match &s.kind {
            StmtKind::While(..)
            | StmtKind::DoWhile(..)
            | StmtKind::For(..)
            | StmtKind::Foreach { .. }
            | StmtKind::WhileLet { .. }
            | StmtKind::Switch(..) => level + 1,
            _ => level,
        };
        does(&s.kind, level) || s.parts().1.into_iter().any(|b| has_exit(b, inner, does))
    })
}

/// Whether a function never comes to the end of its block.
pub(crate) fn always_returns(block: &[Stmt]) -> bool {
    block.iter().any(|s| match &s.kind {
        StmtKind::Return(_) => true,
        StmtKind::Expr(e) => e.ends(),
        StmtKind::Try { body, catches, finally } => {
            always_returns(body) && catches.iter().all(|c| always_returns(&c.body))
                || finally.as_ref().is_some_and(|f| always_returns(&f.body))
        }
        StmtKind::Block(b) => always_returns(b),
        StmtKind::If(branches, Some(otherwise)) => {
            branches.iter().all(|(_, b)| always_returns(b)) && always_returns(otherwise)
        }
        StmtKind::While(e, b) | StmtKind::DoWhile(b, e) => is_always(e) && !breaks(b, 1),
        StmtKind::Switch(_, cases) => {
            cases.iter().any(|(test, _)| test.is_none())
                && cases.iter().all(|(_, b)| b.is_empty() || always_returns(b))
                && cases.last().is_some_and(|(_, b)| !b.is_empty())
        }
        _ => false,
    })
}
