/// `json_encode` of texts, ints and arrays of them; `None` for text that is not UTF-8.
pub(crate) trait Json {
    fn json(&self) -> Option<String>;
}

impl Json for str {
    fn json(&self) -> Option<String> {
        let mut out = String::from("\"");
        for unit in self.encode_utf16() {
            match char::from_u32(u32::from(unit)) {
                Some(c @ ('"' | '\\' | '/')) => out.extend(['\\', c]),
                Some('\n') => out.push_str("\\n"),
                Some('\r') => out.push_str("\\r"),
                Some('\t') => out.push_str("\\t"),
                Some('\x08') => out.push_str("\\b"),
                Some('\x0c') => out.push_str("\\f"),
                Some(c @ ' '..='\x7f') => out.push(c),
                _ => out.push_str(&format!("\\u{unit:04x}")),
            }
        }
        Some(out + "\"")
    }
}

impl Json for String {
    fn json(&self) -> Option<String> {
        self.as_str().json()
    }
}

impl Json for [u8] {
    fn json(&self) -> Option<String> {
        std::str::from_utf8(self).ok()?.json()
    }
}

impl Json for Vec<u8> {
    fn json(&self) -> Option<String> {
        self.as_slice().json()
    }
}

impl Json for i64 {
    fn json(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl<T: Json + ?Sized> Json for &T {
    fn json(&self) -> Option<String> {
        (**self).json()
    }
}

impl<V: Json> Json for Array<Vec<u8>, V> {
    fn json(&self) -> Option<String> {
        let parts = self.entries.iter().map(|(key, value)| Some(format!("{}:{}", key.json()?, value.json()?)));
        let parts = parts.collect::<Option<Vec<_>>>()?;
        Some(if parts.is_empty() { "[]".into() } else { format!("{{{}}}", parts.join(",")) })
    }
}

pub(crate) fn json_encode(value: impl Json) -> Option<Vec<u8>> {
    value.json().map(String::into_bytes)
}
