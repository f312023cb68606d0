//! `$x = []; $x['a'] = 1; $x['b'] = 'c';` is `$x = ['a' => 1, 'b' => 'c'];`, where the elements are of several types: an array
//! whose elements are of one type may have any keys, and stays as it is written.

use super::*;

pub(super) fn gather(block: &mut Block) {
    let mut at = 0;
    while at < block.len() {
        let count = elements(&block[at..]);
        if count > 0 {
            let rest: Vec<Stmt> = block.drain(at + 1..=at + count).collect();
            rest.into_iter().for_each(|element| put(&mut block[at], element));
        }
        at += 1;
    }
}

/// How many statements behind the first one belong to its array, if they are better written in it.
fn elements(block: &[Stmt]) -> usize {
    let Some((first, rest)) = block.split_first() else { return 0 };
    let StmtKind::Expr(Expr { kind: ExprKind::Assign(array, list), .. }) = &first.kind else { return 0 };
    let (Some(name), ExprKind::Array(list)) = (array.var(), &list.kind) else { return 0 };
    let mut keys: BTreeSet<&[u8]> = BTreeSet::new();
    let mut kinds = BTreeSet::new();
    for (key, value) in list {
        let Some(ExprKind::Str(text)) = key.as_ref().map(|key| &key.kind) else { return 0 };
        keys.insert(text);
        kinds.insert(kind(value));
    }
    let mut count = 0;
    for s in rest {
        let Some((base, key, value)) = element(s) else { break };
        if base != name || value.any(&|e| e.var() == Some(name)) || !keys.insert(key) {
            break;
        }
        kinds.insert(kind(value));
        count += 1;
    }
    kinds.remove(&None);
    if kinds.len() > 1 { count } else { 0 }
}

/// The array, the key and the value of `$array['key'] = value;`.
fn element(s: &Stmt) -> Option<(&str, &[u8], &Expr)> {
    let StmtKind::Expr(Expr { kind: ExprKind::Assign(target, value), .. }) = &s.kind else { return None };
    let ExprKind::Index(base, Some(key)) = &target.kind else { return None };
    let ExprKind::Str(text) = &key.kind else { return None };
    Some((base.var()?, text, value))
}

fn put(first: &mut Stmt, s: Stmt) {
    first.span.end = s.span.end;
    let StmtKind::Expr(Expr { kind: ExprKind::Assign(_, list), span, .. }) = &mut first.kind else { return };
    span.end = s.span.end;
    let StmtKind::Expr(Expr { kind: ExprKind::Assign(target, value), .. }) = s.kind else { return };
    if let (ExprKind::Array(list), ExprKind::Index(_, Some(key))) = (&mut list.kind, target.kind) {
        list.push((Some(*key), *value));
    }
}

/// What a value is, as far as that is seen from where it stands.
fn kind(e: &Expr) -> Option<&'static str> {
    use BinOp::*;
    Some(match &e.kind {
        ExprKind::Str(_)
        | ExprKind::Interpolated(_)
        | ExprKind::Binary(Concat, ..)
        | ExprKind::Cast(Cast::String, _) => "text",
        ExprKind::Int(_) | ExprKind::Negate(_) | ExprKind::Cast(Cast::Int, _) => "int",
        ExprKind::Binary(Add | Sub | Mul | Mod | BitAnd | BitOr | BitXor | ShiftLeft | ShiftRight, ..) => "int",
        ExprKind::Bool(_) | ExprKind::Not(_) | ExprKind::Cast(Cast::Bool, _) => "bool",
        ExprKind::Array(_) => "array",
        ExprKind::Call(name, args) => match crate::functions::find(name, args.len())?.returns {
            "B" | "T" => "text",
            "z" | "i" | "l" => "int",
            "b" => "bool",
            _ => return None,
        },
        _ => return None,
    })
}
