/// `json_encode` in a value: none for text that is not UTF-8, and for what no number of JSON is.
pub(crate) trait ToJson {
    fn json(&self, flags: i64) -> std::result::Result<String, i64>;

    /// Several of them.
    fn json_list(list: &[Self], flags: i64) -> std::result::Result<String, i64>
    where
        Self: Sized,
    {
        let parts: std::result::Result<Vec<_>, i64> = list.iter().map(|value| value.json(flags)).collect();
        Ok(format!("[{}]", parts?.join(",")))
    }
}

pub(crate) const JSON_UNESCAPED_SLASHES: i64 = 64;

pub(crate) const JSON_UNESCAPED_UNICODE: i64 = 256;

thread_local! {
    /// What `json_last_error` says.
    pub(crate) static JSON_ERROR: std::cell::Cell<i64> = const { std::cell::Cell::new(0) };
}

pub(crate) fn json_last_error() -> i64 {
    JSON_ERROR.get()
}

impl ToJson for str {
    fn json(&self, flags: i64) -> std::result::Result<String, i64> {
        let mut out = String::from("\"");
        for c in self.chars() {
            match c {
                '/' if flags & JSON_UNESCAPED_SLASHES != 0 => out.push('/'),
                '"' | '\\' | '/' => out.extend(['\\', c]),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\x08' => out.push_str("\\b"),
                '\x0c' => out.push_str("\\f"),
                ' '..='\x7f' => out.push(c),
                // The two ends of a line that JavaScript had.
                '\u{2028}' | '\u{2029}' | '\0'..='\x1f' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
                _ if flags & JSON_UNESCAPED_UNICODE != 0 => out.push(c),
                _ => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}"))),
            }
        }
        Ok(out + "\"")
    }
}

impl ToJson for String {
    fn json(&self, flags: i64) -> std::result::Result<String, i64> {
        self.as_str().json(flags)
    }
}

/// Several bytes are text.
impl ToJson for u8 {
    fn json(&self, _flags: i64) -> std::result::Result<String, i64> {
        Ok(self.to_string())
    }

    fn json_list(list: &[Self], flags: i64) -> std::result::Result<String, i64> {
        std::str::from_utf8(list).map_err(|_| 5)?.json(flags)
    }
}

impl<T: ToJson> ToJson for [T] {
    fn json(&self, flags: i64) -> std::result::Result<String, i64> {
        T::json_list(self, flags)
    }
}

impl<T: ToJson, const N: usize> ToJson for [T; N] {
    fn json(&self, flags: i64) -> std::result::Result<String, i64> {
        T::json_list(self, flags)
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn json(&self, flags: i64) -> std::result::Result<String, i64> {
        T::json_list(self, flags)
    }
}

impl ToJson for i64 {
    fn json(&self, _flags: i64) -> std::result::Result<String, i64> {
        Ok(self.to_string())
    }
}

impl ToJson for i32 {
    fn json(&self, _flags: i64) -> std::result::Result<String, i64> {
        Ok(self.to_string())
    }
}

impl ToJson for usize {
    fn json(&self, _flags: i64) -> std::result::Result<String, i64> {
        Ok(self.to_string())
    }
}

impl ToJson for f64 {
    fn json(&self, _flags: i64) -> std::result::Result<String, i64> {
        if self.is_finite() { Ok(float_exact(*self).replace('E', "e")) } else { Err(7) }
    }
}

impl ToJson for bool {
    fn json(&self, _flags: i64) -> std::result::Result<String, i64> {
        Ok(self.to_string())
    }
}

/// A value or null.
impl<T: ToJson> ToJson for Option<T> {
    fn json(&self, flags: i64) -> std::result::Result<String, i64> {
        self.as_ref().map_or_else(|| Ok("null".into()), |value| value.json(flags))
    }
}

impl<T: ToJson + ?Sized> ToJson for &T {
    fn json(&self, flags: i64) -> std::result::Result<String, i64> {
        (**self).json(flags)
    }
}

impl<V: ToJson> ToJson for Array<Vec<u8>, V> {
    fn json(&self, flags: i64) -> std::result::Result<String, i64> {
        let fields = self.entries.iter().map(|(key, value)| Ok(format!("{}:{}", key.json(flags)?, value.json(flags)?)));
        let fields = fields.collect::<std::result::Result<Vec<_>, i64>>()?;
        Ok(if fields.is_empty() { "[]".into() } else { format!("{{{}}}", fields.join(",")) })
    }
}

/// An array whose keys are 0, 1, 2 … is a list.
impl<V: ToJson> ToJson for Array<i64, V> {
    fn json(&self, flags: i64) -> std::result::Result<String, i64> {
        let list = self.entries.iter().enumerate().all(|(at, (key, _))| i64::try_from(at) == Ok(*key));
        let part = |(key, value): &(i64, V)| {
            let value = value.json(flags)?;
            Ok(if list { value } else { format!("\"{key}\":{value}") })
        };
        let parts = self.entries.iter().map(part).collect::<std::result::Result<Vec<_>, i64>>()?.join(",");
        Ok(if list { format!("[{parts}]") } else { format!("{{{parts}}}") })
    }
}

/// The fields of a struct.
pub(crate) fn json_object(fields: &[(&str, &dyn ToJson)], flags: i64) -> std::result::Result<String, i64> {
    let field = |(key, value): &(&str, &dyn ToJson)| Ok(format!("{}:{}", key.json(flags)?, value.json(flags)?));
    Ok(format!("{{{}}}", fields.iter().map(field).collect::<std::result::Result<Vec<_>, i64>>()?.join(",")))
}

pub(crate) fn json_encode(value: impl ToJson) -> Option<Vec<u8>> {
    json_encode_with(value, 0)
}

pub(crate) fn json_encode_with(value: impl ToJson, flags: i64) -> Option<Vec<u8>> {
    let text = value.json(flags);
    JSON_ERROR.set(text.as_ref().err().copied().unwrap_or(0));
    text.ok().map(String::into_bytes)
}
