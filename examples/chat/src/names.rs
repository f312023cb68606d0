//! Names that look alike, and what nobody can see.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_width::UnicodeWidthChar;

/// Returns what names have in common that are the same one: they differ in case or in Unicode's compatible forms at most.
#[must_use]
pub fn fold(name: &str) -> String {
    let composed = name.nfkc().collect::<String>();
    composed.to_uppercase().to_lowercase().nfkc().collect()
}

/// Says whether a name holds something that has no width, or marks without a letter that carries them.
#[must_use]
pub fn is_invisible(name: &str) -> bool {
    let mut carried = false;
    name.nfc().any(|c| {
        let mark = is_combining_mark(c);
        let invisible = has_no_ink(c) || (mark && !carried);
        carried = !invisible && !c.is_whitespace();
        invisible
    })
}

/// Says whether nothing of a text can be seen.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || has_no_ink(c) || is_combining_mark(c))
}

fn has_no_ink(c: char) -> bool {
    // Marks have no width of their own, and are seen; those that only choose a form, and the fillers, are not.
    let ignorable = matches!(c, '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{13430}'..='\u{13440}' | '\u{e0000}'..='\u{e0fff}');
    ignorable || c.width().is_none_or(|width| width == 0 && !is_combining_mark(c))
}
