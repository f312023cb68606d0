/// `var_dump` of one value.
pub(crate) trait Dump {
    fn dump(&self) -> Vec<u8>;

    /// As an element of an array, whose lines are moved to the right.
    fn dump_in(&self, indent: usize) -> Vec<u8> {
        text!(" ".repeat(indent), self.dump())
    }
}

impl Dump for i64 {
    fn dump(&self) -> Vec<u8> {
        format!("int({self})\n").into_bytes()
    }
}

impl Dump for i32 {
    fn dump(&self) -> Vec<u8> {
        format!("int({self})\n").into_bytes()
    }
}

impl Dump for usize {
    fn dump(&self) -> Vec<u8> {
        format!("int({self})\n").into_bytes()
    }
}

impl Dump for bool {
    fn dump(&self) -> Vec<u8> {
        format!("bool({self})\n").into_bytes()
    }
}

impl Dump for f64 {
    fn dump(&self) -> Vec<u8> {
        format!("float({})\n", float_exact(*self)).into_bytes()
    }
}

impl Dump for str {
    fn dump(&self) -> Vec<u8> {
        text!("string(", self.len(), ") \"", self, "\"\n")
    }
}

impl Dump for String {
    fn dump(&self) -> Vec<u8> {
        self.as_str().dump()
    }
}

impl Dump for Vec<u8> {
    fn dump(&self) -> Vec<u8> {
        text!("string(", self.len(), ") \"", self, "\"\n")
    }
}

impl<T: Dump> Dump for Option<T> {
    fn dump(&self) -> Vec<u8> {
        self.as_ref().map_or_else(|| b"bool(false)\n".to_vec(), Dump::dump)
    }
}

impl<T: Dump + ?Sized> Dump for &T {
    fn dump(&self) -> Vec<u8> {
        (**self).dump()
    }

    fn dump_in(&self, indent: usize) -> Vec<u8> {
        (**self).dump_in(indent)
    }
}

impl<T: Dump> Dump for Vec<T> {
    fn dump(&self) -> Vec<u8> {
        self.dump_in(0)
    }

    fn dump_in(&self, indent: usize) -> Vec<u8> {
        dump_entries(self.iter().enumerate().map(|(at, value)| (text!(at), value)), self.len(), indent)
    }
}

impl<K: Key + Bytes, V: Dump> Dump for Array<K, V> {
    fn dump(&self) -> Vec<u8> {
        self.dump_in(0)
    }

    fn dump_in(&self, indent: usize) -> Vec<u8> {
        let key = |key: &K| if key.number().is_some() { text!(key) } else { text!("\"", key, "\"") };
        dump_entries(self.keys().map(key).zip(self.values()), self.len(), indent)
    }
}

/// Of JSON, whose objects are arrays.
impl Dump for Json {
    fn dump(&self) -> Vec<u8> {
        self.dump_in(0)
    }

    fn dump_in(&self, indent: usize) -> Vec<u8> {
        match self {
            Self::Null => text!(" ".repeat(indent), "NULL\n"),
            Self::Bool(value) => value.dump_in(indent),
            Self::Int(number) => number.dump_in(indent),
            Self::Float(number) => number.dump_in(indent),
            Self::Text(text) => text!(" ".repeat(indent), text.dump()),
            Self::Array(entries) | Self::Object(entries) => {
                let key = |key: &JsonKey| if let JsonKey::Int(_) = key { text!(key) } else { text!("\"", key, "\"") };
                dump_entries(entries.iter().map(|(name, value)| (key(name), value)), entries.len(), indent)
            }
        }
    }
}

pub(crate) fn dump_entries<'a, T: Dump + 'a>(entries: impl Iterator<Item = (Vec<u8>, &'a T)>, count: usize, indent: usize) -> Vec<u8> {
    let pad = " ".repeat(indent);
    let mut out = text!(pad, "array(", count, ") {\n");
    for (key, value) in entries {
        out.extend(text!(pad, "  [", key, "]=>\n", value.dump_in(indent + 2)));
    }
    text!(out, pad, "}\n")
}

pub(crate) fn var_dump(value: impl Dump) {
    output(&value.dump());
}

/// `print_r` of one value; within an array, with as many blanks in front of its lines.
pub(crate) trait Shown {
    fn shown_in(&self, indent: usize) -> Vec<u8>;
}

impl Shown for str {
    fn shown_in(&self, _indent: usize) -> Vec<u8> {
        self.into()
    }
}

impl Shown for String {
    fn shown_in(&self, _indent: usize) -> Vec<u8> {
        self.as_bytes().into()
    }
}

impl Shown for Vec<u8> {
    fn shown_in(&self, _indent: usize) -> Vec<u8> {
        self.clone()
    }
}

impl Shown for i64 {
    fn shown_in(&self, _indent: usize) -> Vec<u8> {
        self.bytes().into_owned()
    }
}

impl Shown for i32 {
    fn shown_in(&self, _indent: usize) -> Vec<u8> {
        self.bytes().into_owned()
    }
}

impl Shown for usize {
    fn shown_in(&self, _indent: usize) -> Vec<u8> {
        self.bytes().into_owned()
    }
}

impl Shown for f64 {
    fn shown_in(&self, _indent: usize) -> Vec<u8> {
        self.bytes().into_owned()
    }
}

impl<T: Shown + ?Sized> Shown for &T {
    fn shown_in(&self, indent: usize) -> Vec<u8> {
        (**self).shown_in(indent)
    }
}

impl<T: Shown> Shown for Vec<T> {
    fn shown_in(&self, indent: usize) -> Vec<u8> {
        shown_entries("Array", self.iter().enumerate().map(|(at, value)| (text!(at), value)), indent)
    }
}

impl<K: Key + Bytes, V: Shown> Shown for Array<K, V> {
    fn shown_in(&self, indent: usize) -> Vec<u8> {
        shown_entries("Array", self.keys().map(|key| text!(key)).zip(self.values()), indent)
    }
}

impl Shown for Json {
    fn shown_in(&self, indent: usize) -> Vec<u8> {
        let (Self::Array(entries) | Self::Object(entries)) = self else { return text!(self) };
        let headline = if self.is_array() { "Array" } else { "stdClass Object" };
        shown_entries(headline, entries.iter().map(|(key, value)| (text!(key), value)), indent)
    }
}

pub(crate) fn shown_entries<'a, T: Shown + 'a>(
    headline: &str,
    entries: impl Iterator<Item = (Vec<u8>, &'a T)>,
    indent: usize,
) -> Vec<u8> {
    let pad = " ".repeat(indent);
    let mut out = text!(headline, "\n", pad, "(\n");
    for (key, value) in entries {
        out.extend(text!(pad, "    [", key, "] => ", value.shown_in(indent + 8), "\n"));
    }
    text!(out, pad, ")\n")
}

pub(crate) fn print_r(value: impl Shown) {
    output(&value.shown_in(0));
}

/// `print_r($value, true)`
pub(crate) fn print_r_text(value: impl Shown) -> Vec<u8> {
    value.shown_in(0)
}
