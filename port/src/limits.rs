//! What is not looked at, so that any text is answered soon and with little stack: programs nested as no person writes them.

use crate::ast::*;

/// Brackets in brackets.
const BRACKETS: usize = 60;
/// Operators in one statement, each of which may hold the next.
const OPERATORS: usize = 3000;
/// Loops in loops.
const LOOPS: usize = 8;
/// Bytes of a file.
const BYTES: usize = 1 << 20;

/// The place and the reason, before anything is parsed.
pub(crate) fn of_text(source: &str) -> Option<(usize, String)> {
    if source.len() > BYTES {
        return Some((0, format!("a file of more than {BYTES} bytes")));
    }
    exceeds(source, BRACKETS, OPERATORS).map(|(at, brackets)| match brackets {
        true => (at, format!("more than {BRACKETS} brackets in one another")),
        false => (at, format!("a statement with more than {OPERATORS} operators")),
    })
}

/// Whether a text is nested so little that any stack will do.
pub(crate) fn is_flat(source: &str) -> bool {
    exceeds(source, 20, 150).is_none()
}

/// The place where there are more brackets in one another (`true`), or more operators in a statement, than these. What stands
/// in strings and comments is counted too: what they are is not known before the text is parsed.
fn exceeds(source: &str, brackets: usize, most: usize) -> Option<(usize, bool)> {
    let (mut depth, mut operators) = (0_usize, 0);
    for (at, b) in source.bytes().enumerate() {
        match b {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'!' | b'+' | b'-' | b'*' | b'/' | b'.' | b'%' | b'&' | b'|' | b'^' | b'<' | b'>' | b'=' | b'?' | b':'
            | b'@' | b'~' => {
                operators += 1;
            }
            b';' => operators = 0,
            _ => {}
        }
        if depth > brackets || operators > most {
            return Some((at, depth > brackets));
        }
    }
    None
}

/// The place and the reason, before the flow of the variables is followed.
pub(crate) fn of_program(program: &Program) -> Option<(usize, String)> {
    let bodies = program.functions.iter().map(|f| &f.body).chain([&program.main]);
    bodies.flatten().find_map(|s| loops(s, 0)).map(|at| (at, format!("more than {LOOPS} loops in one another")))
}

fn loops(s: &Stmt, depth: usize) -> Option<usize> {
    let depth = depth + usize::from(s.is_loop());
    if depth > LOOPS {
        return Some(s.span.start);
    }
    s.parts().1.into_iter().flatten().find_map(|s| loops(s, depth))
}
