//! What PHP's own functions throw, where something catches it or has a `finally`.

use super::*;
use crate::exceptions;

impl Emit<'_> {
    /// Makes exceptions of what PHP throws in the lines of a statement, where something catches it or has a `finally`.
    pub(crate) fn check_errors(&mut self, s: &Stmt, from: usize) -> R<()> {
        let errors = self.types.program.errors;
        let inside = self.function < self.types.program.functions.len();
        if errors == Errors::Unseen || self.watched == 0 && !inside {
            return Ok(());
        }
        const WHY: &str =
            "what may throw an Error that is no exception here, where the program has a finally or catches Errors";
        if let Some(e) = s.parts().0.into_iter().find(|e| e.any(&exceptions::may_be_error)) {
            return refuse(e, WHY);
        }
        for at in from..self.lines.len() {
            let mut text = std::mem::take(&mut self.lines[at].1);
            if !text.trim_start().starts_with("//") {
                let outside = self.tries.is_empty() && !self.throws_here();
                for name in ["warn", "quiet", "must", "need", "need_by"].into_iter().filter(|_| !outside) {
                    while let Some(range) = call_of(&text, name) {
                        let call = self.may_throw(format!("try_{}", &text[range.clone()]));
                        text.replace_range(range, &call);
                    }
                }
                let implied = ["number", "not_null", "take_sockets", "try_must", "try_need", "must", "need"];
                let implied = if errors == Errors::Caught { &implied[..] } else { &implied[..3] };
                if implied.iter().any(|name| call_of(&text, name).is_some()) {
                    return Err(Refusal { at: s.span.start, reason: WHY.into() });
                }
            }
            self.lines[at].1 = text;
        }
        Ok(())
    }
}

/// Where a text calls a function, outside of what is in quotes: from its name to the parenthesis that ends the call.
pub(crate) fn call_of(text: &str, name: &str) -> Option<std::ops::Range<usize>> {
    let bytes = text.as_bytes();
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'.';
    let (mut quoted, mut skip, mut start, mut depth) = (false, false, None, 0_usize);
    for (at, b) in text.bytes().enumerate() {
        if skip {
            skip = false;
        } else if quoted {
            skip = b == b'\\';
            quoted = b != b'"';
        } else if b == b'"' {
            quoted = true;
        } else if let Some(from) = start {
            depth = match b {
                b'(' => depth + 1,
                b')' => depth - 1,
                _ => depth,
            };
            if b == b')' && depth == 0 {
                return Some(from..at + 1);
            }
        } else if bytes[at..].starts_with(name.as_bytes())
            && bytes.get(at + name.len()) == Some(&b'(')
            && (at == 0 || !word(bytes[at - 1]))
        {
            start = Some(at);
        }
    }
    None
}
