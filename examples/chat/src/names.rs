//! Names that look alike, and what nobody can see.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_width::UnicodeWidthChar;

use crate::{MAX_NAME, Reason};

/// Joins two emoji to one.
const JOINER: char = '\u{200d}';
/// Has the character before it shown as an emoji, in colours.
const COLOURED: char = '\u{fe0f}';
/// Puts the digit, or the sign, before it on a key.
const KEY: char = '\u{20e3}';
/// The flags of England, Scotland and Wales: a black one, and letters that are not seen by themselves.
const FLAGS: [&str; 3] = [
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
];

/// Says why this is no name of a person or a room. Names are unique to the eye too, as far as that is cheap: nothing invisible,
/// no text direction turned round.
///
/// # Errors
///
/// The reason.
pub fn check(name: &str) -> Result<(), Reason> {
    match name.chars().take(MAX_NAME + 1).count() {
        1..=MAX_NAME if name.contains(char::is_whitespace) => Err(Reason::BlankInName),
        1..=MAX_NAME if is_invisible(name) => Err(Reason::InvisibleName),
        1..=MAX_NAME => Ok(()),
        _ => Err(Reason::BadName),
    }
}

/// Returns what names have in common that are the same one: they differ in case or in Unicode's compatible forms at most.
#[must_use]
pub fn fold(name: &str) -> String {
    // Emoji are the same with and without their colours.
    let composed = name.nfkc().filter(|c| *c != COLOURED).collect::<String>();
    composed.to_uppercase().to_lowercase().nfkc().collect()
}

/// Says whether a name holds something that has no width, or marks without a letter that carries them. What joins emoji to one,
/// or gives them their colours, is seen.
#[must_use]
pub fn is_invisible(name: &str) -> bool {
    let name = FLAGS.iter().fold(name.to_owned(), |name, flag| name.replace(flag, "\u{1f3f4}"));
    let characters: Vec<_> = name.nfc().collect();
    let mut carried = false;
    characters.iter().enumerate().any(|(place, c)| {
        let before = characters[..place].iter().rev().find(|c| **c != COLOURED);
        let is_behind_emoji = before.is_some_and(|c| is_emoji(*c));
        let joins = *c == JOINER && characters.get(place + 1).is_some_and(|c| is_emoji(*c));
        let is_key = characters.get(place + 1) == Some(&KEY) && before.is_some_and(|c| "0123456789#*".contains(*c));
        let colours = *c == COLOURED && characters[place.saturating_sub(1)] != COLOURED;
        if is_behind_emoji && (joins || colours) || is_key && colours {
            return false;
        }
        let mark = is_combining_mark(*c);
        let invisible = has_no_ink(*c) || (mark && !carried);
        carried = !invisible && !c.is_whitespace();
        invisible
    })
}

/// Says whether nothing of a text can be seen.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || has_no_ink(c) || is_combining_mark(c))
}

fn is_emoji(c: char) -> bool {
    matches!(c, '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | 'Ⓜ' | '〰' | '〽' | '㊗' | '㊙' | '\u{25a0}'..='\u{25ff}'
        | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}'
        | '\u{1f000}'..='\u{1faff}')
}

fn has_no_ink(c: char) -> bool {
    // Marks have no width of their own, and are seen; those that only choose a form, and the fillers, are not.
    let ignorable = matches!(c, '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{13430}'..='\u{13440}' | '\u{e0000}'..='\u{e0fff}');
    ignorable || c.width().is_none_or(|width| width == 0 && !is_combining_mark(c))
}

#[cfg(test)]
mod tests {
    use super::{FLAGS, fold, is_invisible};

    #[test]
    fn emoji_are_seen_whole_and_in_every_colour() {
        let joined = ["👩\u{200d}🚀小明", "❤\u{fe0f}", "🏳\u{fe0f}\u{200d}🌈", "👍🏽", "👩🏽\u{200d}🚀", "🇨🇳"];
        let keys = ["1\u{fe0f}\u{20e3}", "#\u{fe0f}\u{20e3}小明", "第0\u{20e3}", "1\u{fe0f}\u{20e3}2\u{fe0f}\u{20e3}"];
        let signs = ["©\u{fe0f}", "™\u{fe0f}", "▶\u{fe0f}", "〽\u{fe0f}", "㊗\u{fe0f}", "Ⓜ\u{fe0f}"];
        for name in joined.iter().chain(&keys).chain(&signs).chain(&FLAGS) {
            assert!(!is_invisible(name), "{name}");
        }
        assert_eq!(fold("1\u{fe0f}\u{20e3}"), fold("1\u{20e3}"));
        assert_eq!(fold("❤\u{fe0f}小红"), fold("❤小红"));
        assert_ne!(fold("👩\u{200d}🚀"), fold("👩🚀"));
    }

    #[test]
    fn what_makes_no_emoji_is_not_seen() {
        // Colours for a letter, twice, and before anything; a key of nothing; a flag of nowhere.
        for name in [
            "1\u{fe0f}",
            "a\u{fe0f}\u{20e3}",
            "1\u{fe0f}\u{fe0f}\u{20e3}",
            "\u{fe0f}\u{20e3}",
            "\u{20e3}",
            "\u{1f3f4}\u{e0061}\u{e007f}",
            "❤\u{fe0f}\u{fe0f}",
        ] {
            assert!(is_invisible(name), "{}", name.escape_unicode());
        }
    }
}
