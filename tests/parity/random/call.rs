//! A call with its arguments, and the numbers that choose one.

use crate::prelude::*;

/// An argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Arg {
    Int(i64),
    Text(String),
    Null,
}

impl Arg {
    pub(super) fn json(&self) -> String {
        match self {
            Self::Int(value) => value.to_string(),
            Self::Text(text) => text.describe(),
            Self::Null => "null".to_owned(),
        }
    }

    /// The number that it is.
    pub(super) fn int(&self) -> i32 {
        match self {
            Self::Int(value) => i32::try_from(*value).expect("a small number"),
            other => unreachable!("{other:?} is no number"),
        }
    }

    pub(super) fn optional(&self) -> Option<i32> {
        (*self != Self::Null).then(|| self.int())
    }

    /// The number, which may be a large one.
    pub(super) fn long(&self) -> i64 {
        match self {
            Self::Int(value) => *value,
            other => unreachable!("{other:?} is no number"),
        }
    }

    pub(super) fn size(&self) -> usize {
        usize::try_from(self.long()).expect("not negative")
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            other => unreachable!("{other:?} is no text"),
        }
    }

    /// Bytes that JSON has no text for are written as hexadecimal digits.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let digits = |digits: &str| {
            let pairs = (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16));
            pairs.collect::<Result<_, _>>().expect("hexadecimal digits")
        };
        self.text().strip_prefix("hex:").map_or_else(|| self.text().into(), digits)
    }
}

impl From<i32> for Arg {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

impl From<i64> for Arg {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// One call: a name that calls.php and run.rs know, and whether the last errors are cleared afterwards.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: &'static str,
    pub(super) args: Vec<Arg>,
    pub(super) clear: bool,
}

impl Call {
    /// As calls.php reads it.
    pub(super) fn json(&self) -> String {
        let args = self.args.iter().map(Arg::json).collect::<Vec<_>>().join(",");
        format!("[\"{}\",{args}{}{}]", self.name, if args.is_empty() { "" } else { "," }, self.clear)
    }
}

pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..8 {
            random.next();
        }
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33
    }

    pub(super) fn below(&mut self, below: i32) -> i32 {
        i32::try_from(self.next() % u64::try_from(below).expect("positive")).expect("below an i32")
    }

    pub(super) fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(i32::try_from(of.len()).expect("a short list"))).expect("not negative")].clone()
    }
}
