/// What `json_decode` returns, whose types only those know who have sent it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Vec<u8>),
    Array(std::rc::Rc<Vec<(JsonKey, Json)>>),
    Object(std::rc::Rc<Vec<(JsonKey, Json)>>),
}

/// A key: text that is an int as PHP writes it is that int.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum JsonKey {
    Int(i64),
    Text(Vec<u8>),
}

impl From<&[u8]> for JsonKey {
    fn from(text: &[u8]) -> Self {
        let number = std::str::from_utf8(text).ok().and_then(|text| text.parse::<i64>().ok().filter(|n| n.to_string() == text));
        number.map_or_else(|| Self::Text(text.to_vec()), Self::Int)
    }
}

impl From<&str> for JsonKey {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

impl From<&String> for JsonKey {
    fn from(text: &String) -> Self {
        text.as_bytes().into()
    }
}

impl From<&Vec<u8>> for JsonKey {
    fn from(text: &Vec<u8>) -> Self {
        text.as_slice().into()
    }
}

impl From<i64> for JsonKey {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Json {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<f64> for Json {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text.into_bytes())
    }
}

impl From<Vec<u8>> for Json {
    fn from(text: Vec<u8>) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Default for Json {
    fn default() -> Self {
        Self::Null
    }
}

// when: Json
impl Json {
    /// What PHP calls its type.
    fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "stdClass",
        }
    }

    /// An element, or null; nothing is said about one that is missing.
    pub(crate) fn get(&self, key: impl Into<JsonKey>) -> Self {
        let key = key.into();
        match (self, &key) {
            (Self::Array(entries), _) => entries.iter().find(|(k, _)| *k == key).map_or(Self::Null, |(_, value)| value.clone()),
            (Self::Text(text), JsonKey::Int(at)) => {
                let place = if *at < 0 { at + text.len() as i64 } else { *at };
                let byte = usize::try_from(place).ok().and_then(|place| text.get(place));
                byte.map_or(Self::Null, |b| Self::Text(vec![*b]))
            }
            (Self::Object(_), _) => fatal("Error: Cannot use object of type stdClass as array"),
            _ => Self::Null,
        }
    }

    /// An element: PHP warns of one that is missing, and goes on with null.
    pub(crate) fn at(&self, key: impl Into<JsonKey>) -> Self {
        let key = key.into();
        match (self, &key) {
            (Self::Array(entries), _) if !entries.iter().any(|(k, _)| *k == key) => match &key {
                JsonKey::Int(at) => warning(format!("Undefined array key {at}")),
                JsonKey::Text(text) => warning(format!("Undefined array key \"{}\"", String::from_utf8_lossy(text))),
            },
            (Self::Text(_), JsonKey::Text(_)) => fatal("TypeError: Cannot access offset of type string on string"),
            (Self::Text(_), JsonKey::Int(at)) if self.get(*at) == Self::Null => {
                warning(format!("Uninitialized string offset {at}"));
                return Self::Text(Vec::new());
            }
            (Self::Array(_) | Self::Text(_) | Self::Object(_), _) => {}
            _ => warning(format!("Trying to access array offset on {}", self.kind())),
        }
        self.get(key)
    }

    /// A property of an object, or null.
    pub(crate) fn property(&self, name: &str) -> Self {
        let Self::Object(entries) = self else {
            warning(format!("Attempt to read property \"{name}\" on {}", self.kind()));
            return Self::Null;
        };
        let found = entries.iter().find(|(key, _)| *key == JsonKey::Text(name.into()));
        found.map(|(_, value)| value.clone()).unwrap_or_else(|| {
            warning(format!("Undefined property: stdClass::${name}"));
            Self::Null
        })
    }

    /// The same, of which nothing is said.
    pub(crate) fn get_property(&self, name: &str) -> Self {
        let Self::Object(entries) = self else { return Self::Null };
        entries.iter().find(|(key, _)| *key == JsonKey::Text(name.into())).map_or(Self::Null, |(_, value)| value.clone())
    }

    pub(crate) fn is_null(&self) -> bool {
        *self == Self::Null
    }

    pub(crate) fn is_array(&self) -> bool {
        matches!(self, Self::Array(_))
    }

    pub(crate) fn is_string(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    pub(crate) fn is_int(&self) -> bool {
        matches!(self, Self::Int(_))
    }

    pub(crate) fn is_bool(&self) -> bool {
        matches!(self, Self::Bool(_))
    }

    pub(crate) fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    pub(crate) fn is_numeric(&self) -> bool {
        match self {
            Self::Int(_) | Self::Float(_) => true,
            Self::Text(text) => is_numeric(text),
            _ => false,
        }
    }

    /// `$a ?? $b`
    pub(crate) fn or(self, other: impl FnOnce() -> Self) -> Self {
        if self.is_null() { other() } else { self }
    }

    /// What PHP's `if` sees.
    pub(crate) fn is_true(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Int(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Text(text) => is_true(text),
            Self::Array(entries) => !entries.is_empty(),
            Self::Object(_) => true,
        }
    }

    /// `== null`
    pub(crate) fn equals_null(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            other => !other.is_true(),
        }
    }

    /// `===` with a string.
    pub(crate) fn is_text(&self, text: impl Bytes) -> bool {
        matches!(self, Self::Text(own) if *own == *text.bytes())
    }

    /// `==` with a string.
    pub(crate) fn equals_text(&self, text: impl Bytes) -> bool {
        match self {
            Self::Null => text.bytes().is_empty(),
            Self::Bool(value) => *value == is_true(&text),
            Self::Int(_) | Self::Float(_) | Self::Text(_) => equal(self, text),
            Self::Array(_) => false,
            Self::Object(_) => fatal("Error: Object of class stdClass could not be converted to string"),
        }
    }

    /// `===` with an int.
    pub(crate) fn is_number(&self, number: i64) -> bool {
        *self == Self::Int(number)
    }

    /// `==` with an int.
    pub(crate) fn equals_number(&self, number: i64) -> bool {
        match self {
            Self::Null | Self::Bool(_) => self.is_true() == (number != 0),
            Self::Int(own) => *own == number,
            Self::Float(own) => *own == number as f64,
            Self::Text(text) => equal(text, number),
            Self::Array(_) => false,
            Self::Object(_) => {
                warning("Object of class stdClass could not be converted to int");
                number == 1
            }
        }
    }

    /// The first of the texts that PHP's `switch` takes it for.
    pub(crate) fn case(&self, texts: &[&'static str]) -> Option<&'static str> {
        texts.iter().copied().find(|text| self.equals_text(text))
    }

    /// As an argument that is a string.
    pub(crate) fn text(&self) -> Vec<u8> {
        match self {
            Self::Array(_) | Self::Object(_) => fatal(format!("TypeError: a string is wanted, {} given", self.kind())),
            other => other.bytes().into_owned(),
        }
    }

    /// As an argument that is an int.
    pub(crate) fn number(&self) -> i64 {
        match self {
            Self::Text(text) => number(text),
            Self::Array(_) | Self::Object(_) => fatal(format!("TypeError: an int is wanted, {} given", self.kind())),
            Self::Float(own) if !own.is_finite() || own.abs() >= 9.2e18 => fatal("TypeError: an int is wanted, float given"),
            other => other.int(),
        }
    }

    /// `(int) $value`
    pub(crate) fn int(&self) -> i64 {
        match self {
            Self::Null => 0,
            Self::Bool(value) => i64::from(*value),
            Self::Int(number) => *number,
            Self::Float(number) => truncated(*number),
            Self::Text(text) => intval(text),
            Self::Array(entries) => i64::from(!entries.is_empty()),
            Self::Object(_) => {
                warning("Object of class stdClass could not be converted to int");
                1
            }
        }
    }

    /// As an argument that is an array.
    pub(crate) fn array(&self) -> Self {
        if !self.is_array() {
            fatal(format!("TypeError: an array is wanted, {} given", self.kind()));
        }
        self.clone()
    }

    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Array(entries) => entries.len(),
            other => fatal(format!("TypeError: count(): Argument #1 ($value) must be of type Countable|array, {} given", other.kind())),
        }
    }

    /// What `foreach` sees: keys and values.
    pub(crate) fn entries(&self) -> Vec<(Self, Self)> {
        let (Self::Array(entries) | Self::Object(entries)) = self else {
            warning(format!("foreach() argument must be of type array|object, {} given", self.kind()));
            return Vec::new();
        };
        let key = |key: &JsonKey| match key {
            JsonKey::Int(number) => Self::Int(*number),
            JsonKey::Text(text) => Self::Text(text.clone()),
        };
        entries.iter().map(|(name, value)| (key(name), value.clone())).collect()
    }
}

impl Bytes for JsonKey {
    fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Int(number) => number.to_string().into_bytes().into(),
            Self::Text(text) => text.into(),
        }
    }
}

impl Bytes for Json {
    fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Null => b"".as_slice().into(),
            Self::Bool(value) => if *value { b"1".as_slice() } else { b"".as_slice() }.into(),
            Self::Int(number) => number.to_string().into_bytes().into(),
            Self::Float(number) => float_text(*number).into_bytes().into(),
            Self::Text(text) => text.into(),
            Self::Array(_) => {
                warning("Array to string conversion");
                b"Array".as_slice().into()
            }
            Self::Object(_) => fatal("Error: Object of class stdClass could not be converted to string"),
        }
    }
}

impl ToJson for Json {
    fn json(&self, flags: i64) -> std::result::Result<String, i64> {
        let field = |(key, value): &(JsonKey, Self)| {
            let key = match key {
                JsonKey::Int(number) => format!("\"{number}\""),
                JsonKey::Text(text) => text.json(flags)?,
            };
            Ok(format!("{key}:{}", value.json(flags)?))
        };
        match self {
            Self::Null => Ok("null".into()),
            Self::Bool(value) => value.json(flags),
            Self::Int(number) => number.json(flags),
            Self::Float(number) => number.json(flags),
            Self::Text(text) => text.json(flags),
            Self::Array(entries) if entries.iter().enumerate().all(|(at, (key, _))| *key == JsonKey::Int(at as i64)) => {
                let parts = entries.iter().map(|(_, value)| value.json(flags)).collect::<std::result::Result<Vec<_>, i64>>()?;
                Ok(format!("[{}]", parts.join(",")))
            }
            Self::Array(entries) | Self::Object(entries) => {
                Ok(format!("{{{}}}", entries.iter().map(field).collect::<std::result::Result<Vec<_>, i64>>()?.join(",")))
            }
        }
    }
}
