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
        dump_entries(self.iter().enumerate().map(|(at, value)| (at.to_string(), value)), self.len(), indent)
    }
}

impl<K: Key, V: Dump> Dump for Array<K, V> {
    fn dump(&self) -> Vec<u8> {
        self.dump_in(0)
    }

    fn dump_in(&self, indent: usize) -> Vec<u8> {
        dump_entries(self.keys().map(Key::shown).zip(self.values()), self.len(), indent)
    }
}

pub(crate) fn dump_entries<'a, T: Dump + 'a>(entries: impl Iterator<Item = (String, &'a T)>, count: usize, indent: usize) -> Vec<u8> {
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
        shown_entries(self.iter().enumerate().map(|(at, value)| (at.to_string().into_bytes(), value)), indent)
    }
}

impl<K: Key + Bytes, V: Shown> Shown for Array<K, V> {
    fn shown_in(&self, indent: usize) -> Vec<u8> {
        shown_entries(self.keys().map(|key| key.bytes().into_owned()).zip(self.values()), indent)
    }
}

pub(crate) fn shown_entries<'a, T: Shown + 'a>(entries: impl Iterator<Item = (Vec<u8>, &'a T)>, indent: usize) -> Vec<u8> {
    let pad = " ".repeat(indent);
    let mut out = text!("Array\n", pad, "(\n");
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

/// `print_r` of a value of JSON.
pub(crate) fn print_json(value: &Json) {
    output(&json_lines(value, 0));
}

pub(crate) fn json_lines(value: &Json, indent: usize) -> Vec<u8> {
    let (Json::Array(entries) | Json::Object(entries)) = value else { return value.bytes().into_owned() };
    let pad = " ".repeat(indent);
    let mut out = text!(if value.is_array() { "Array\n" } else { "stdClass Object\n" }, pad, "(\n");
    for (key, value) in entries.iter() {
        let key = match key {
            JsonKey::Int(number) => number.to_string().into_bytes(),
            JsonKey::Text(text) => text.clone(),
        };
        out.extend(text!(pad, "    [", key, "] => ", json_lines(value, indent + 8), "\n"));
    }
    text!(out, pad, ")\n")
}

/// `var_dump` of a value of JSON, whose objects are arrays.
pub(crate) fn dump_json(value: &Json) {
    output(&json_dump(value, 0));
}

pub(crate) fn json_dump(value: &Json, indent: usize) -> Vec<u8> {
    let pad = " ".repeat(indent);
    match value {
        Json::Null => text!(pad, "NULL\n"),
        Json::Bool(value) => text!(pad, "bool(", value.to_string(), ")\n"),
        Json::Int(number) => text!(pad, "int(", number, ")\n"),
        Json::Float(number) => text!(pad, "float(", float_exact(*number), ")\n"),
        Json::Text(text) => text!(pad, "string(", text.len(), ") \"", text, "\"\n"),
        Json::Array(entries) | Json::Object(entries) => {
            let mut out = text!(pad, "array(", entries.len(), ") {\n");
            for (key, value) in entries.iter() {
                let key = match key {
                    JsonKey::Int(number) => text!("[", number, "]=>\n"),
                    JsonKey::Text(text) => text!("[\"", text, "\"]=>\n"),
                };
                out.extend(text!(pad, "  ", key, json_dump(value, indent + 2)));
            }
            text!(out, pad, "}\n")
        }
    }
}
