use std::{fmt, ops::Range};

use super::{Error, token};

/// The head of a message: its start line and header fields as one text, and where each field stands in it.
///
/// Parsed and built heads are the same type. The text lacks the empty line at the end.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Head {
    text: String,
    /// Where the start line ends.
    start_line: usize,
    fields: Vec<Field>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    name: Range<usize>,
    value: Range<usize>,
}

impl Head {
    /// Starts a head with its start line, which the caller answers for.
    pub(super) fn new(start_line: fmt::Arguments<'_>) -> Self {
        let mut text = String::with_capacity(256);
        // Writing to a String cannot fail.
        let _ = fmt::Write::write_fmt(&mut text, start_line);
        let start_line = text.len();
        text.push_str("\r\n");
        Self { text, start_line, fields: Vec::with_capacity(8) }
    }

    /// Takes over a text in which `headers` were found: each of them is a part of it.
    pub(super) fn parsed(text: &str, headers: &[httparse::Header<'_>]) -> Self {
        let text = text.strip_prefix("\r\n").unwrap_or(text);
        let start = text.as_ptr() as usize;
        let range = |part: &[u8]| {
            let from = part.as_ptr() as usize - start;
            from..from + part.len()
        };
        let fields = headers
            .iter()
            .map(|header| Field { name: range(header.name.as_bytes()), value: range(header.value) })
            .collect();
        let text = text.strip_suffix("\r\n").unwrap_or(text).to_owned();
        let start_line = text.find('\r').unwrap_or(0);
        Self { text, start_line, fields }
    }

    /// Appends a field; anything that could end the line, or the head, is refused.
    pub(super) fn push(&mut self, name: &str, value: &str) -> Result<(), Error> {
        if !token::is_token(name) || value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
            return Err(Error::InvalidHeader);
        }
        self.append(name, &[value]);
        Ok(())
    }

    /// Appends a field that is known to be well-formed, its value in parts.
    pub(super) fn append(&mut self, name: &str, value: &[&str]) {
        let name_start = self.text.len();
        self.text.push_str(name);
        let name = name_start..self.text.len();
        self.text.push_str(": ");
        let value_start = self.text.len();
        value.iter().for_each(|part| self.text.push_str(part));
        let value = value_start..self.text.len();
        self.text.push_str("\r\n");
        self.fields.push(Field { name, value });
    }

    fn part(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// The start line, without its end.
    pub(super) fn start_line(&self) -> &str {
        self.part(&(0..self.start_line))
    }

    /// All fields in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|field| (self.part(&field.name), self.part(&field.value)))
    }

    /// The values of all fields of this name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let is_named = move |field: &&Field| {
            // The lengths, known without the text, tell most names apart.
            field.name.len() == name.len() && self.part(&field.name).eq_ignore_ascii_case(name)
        };
        self.fields.iter().filter(is_named).map(|field| self.part(&field.value))
    }

    /// The value of the one field of this name; an error when there are several.
    pub(super) fn single(&self, name: &str, error: Error) -> Result<Option<&str>, Error> {
        let mut values = self.all(name);
        let value = values.next();
        if values.next().is_some() { Err(error) } else { Ok(value) }
    }

    /// True when a list, over all fields of this name, holds this word in any case.
    pub(super) fn lists(&self, name: &str, word: &str) -> bool {
        let is_word = |element: &str| element.eq_ignore_ascii_case(word);
        // Most lists are one word.
        self.all(name).any(|list| is_word(list) || token::elements(list).any(is_word))
    }

    /// Ends the head with its empty line.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        let mut text = self.text;
        text.push_str("\r\n");
        text.into_bytes()
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}
