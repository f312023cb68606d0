//! Comments and blank lines, where PHP has them.

use super::*;

impl<'a> Emit<'a> {
    pub(crate) fn same_line(&self, from: usize, to: usize) -> bool {
        from <= to && !self.source[from..to].contains('\n')
    }

    /// The comments that stand before a place of the source, and the blank line.
    pub(crate) fn comments(&mut self, before: usize) {
        while let Some(comment) = self.types.program.comments.get(self.next_comment) {
            if comment.span.start >= before {
                break;
            }
            self.next_comment += 1;
            self.blank(comment.span.start);
            for text in comment_lines(&comment.text) {
                self.line(text);
            }
        }
        self.blank(before);
    }

    pub(crate) fn blank(&mut self, before: usize) {
        let head = &self.source[..before.min(self.source.len())];
        let mut ends = head.bytes().rev().take_while(|b| b.is_ascii_whitespace()).filter(|b| *b == b'\n');
        let two = ends.next().is_some() && ends.next().is_some();
        if two && self.lines.last().is_some_and(|(_, text)| !text.is_empty() && !text.ends_with('{')) {
            self.lines.push((0, String::new()));
        }
    }

    /// A comment behind a statement, on its line.
    pub(crate) fn trailing(&mut self, end: usize) {
        if let Some(comment) = self.types.program.comments.get(self.next_comment)
            && comment.span.start >= end
            && self.same_line(end, comment.span.start)
        {
            let lines = comment_lines(&comment.text);
            if let ([text], Some((_, last))) = (lines.as_slice(), self.lines.last_mut()) {
                last.push(' ');
                last.push_str(text);
                self.next_comment += 1;
            }
        }
    }

    pub(crate) fn comments_within(&mut self, end: usize) {
        while let Some(comment) = self.types.program.comments.get(self.next_comment) {
            if comment.span.start >= end {
                break;
            }
            self.next_comment += 1;
            for text in comment_lines(&comment.text) {
                self.line(text);
            }
        }
    }
}

/// A comment of PHP's as Rust's.
pub(crate) fn comment_lines(text: &str) -> Vec<String> {
    if let Some(rest) = text.strip_prefix("//").or_else(|| text.strip_prefix('#')) {
        return vec![slashes(rest)];
    }
    let inner = text.strip_prefix("/*").unwrap_or(text).strip_suffix("*/").unwrap_or(text);
    let lines: Vec<_> = inner
        .trim_start_matches('*')
        .lines()
        .map(|line| {
            let line = line.trim();
            line.strip_prefix('*').unwrap_or(line).trim_end().to_owned()
        })
        .collect();
    let mut lines: Vec<_> = lines.iter().map(String::as_str).collect();
    while lines.first().is_some_and(|line| line.trim().is_empty()) {
        lines.remove(0);
    }
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    lines.into_iter().map(slashes).collect()
}

pub(crate) fn slashes(text: &str) -> String {
    let text = text.trim_end();
    if text.is_empty() {
        return "//".into();
    }
    let space = if text.starts_with([' ', '\t']) { "" } else { " " };
    // `///` and `//!` would be documentation.
    format!("//{space}{text}")
}
