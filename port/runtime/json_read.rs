/// Reads JSON as PHP does.
pub(crate) struct JsonReader<'a> {
    text: &'a [u8],
    objects: bool,
    depth: usize,
}

// when: JsonReader
impl JsonReader<'_> {
    fn blank(&mut self) {
        let blanks = self.text.iter().take_while(|b| b" \t\r\n".contains(b)).count();
        self.text = &self.text[blanks..];
    }

    fn take(&mut self, word: &[u8]) -> bool {
        let there = self.text.starts_with(word);
        if there {
            self.text = &self.text[word.len()..];
        }
        there
    }

    /// What is wrong where nothing that is there can begin.
    fn mistake(&self) -> i64 {
        match self.text.first() {
            Some(0..=0x1f) => 3,
            Some(0x80..) if std::str::from_utf8(&self.text[..self.text.len().min(4)]).is_err_and(|error| error.valid_up_to() == 0) => 5,
            _ => 4,
        }
    }

    fn value(&mut self) -> std::result::Result<Json, i64> {
        self.blank();
        let value = match self.text.first() {
            Some(b'"') => Json::Text(self.string()?),
            Some(b'[') => self.list()?,
            Some(b'{') => self.object()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ if self.take(b"true") => Json::Bool(true),
            _ if self.take(b"false") => Json::Bool(false),
            _ if self.take(b"null") => Json::Null,
            _ => return Err(self.mistake()),
        };
        self.blank();
        Ok(value)
    }

    fn deeper(&mut self) -> std::result::Result<(), i64> {
        self.text = &self.text[1..];
        self.depth += 1;
        if self.depth > 511 { Err(1) } else { Ok(()) }
    }

    fn list(&mut self) -> std::result::Result<Json, i64> {
        self.deeper()?;
        let mut entries = Vec::new();
        self.blank();
        if !self.take(b"]") {
            loop {
                entries.push((JsonKey::Int(entries.len() as i64), self.value()?));
                if self.take(b"]") {
                    break;
                }
                if !self.take(b",") {
                    return Err(self.mistake());
                }
            }
        }
        self.depth -= 1;
        Ok(Json::Array(entries.into()))
    }

    fn object(&mut self) -> std::result::Result<Json, i64> {
        self.deeper()?;
        let mut entries: Vec<(JsonKey, Json)> = Vec::new();
        self.blank();
        if !self.take(b"}") {
            loop {
                self.blank();
                if self.text.first() != Some(&b'"') {
                    return Err(self.mistake());
                }
                let name = self.string()?;
                self.blank();
                if !self.take(b":") {
                    return Err(self.mistake());
                }
                let value = self.value()?;
                if self.objects && name.first() == Some(&0) {
                    return Err(9);
                }
                let key = if self.objects { JsonKey::Text(name) } else { JsonKey::from(name.as_slice()) };
                match entries.iter_mut().find(|(other, _)| *other == key) {
                    Some((_, old)) => *old = value,
                    None => entries.push((key, value)),
                }
                if self.take(b"}") {
                    break;
                }
                if !self.take(b",") {
                    return Err(self.mistake());
                }
            }
        }
        self.depth -= 1;
        let entries = entries.into();
        Ok(if self.objects { Json::Object(entries) } else { Json::Array(entries) })
    }

    fn number(&mut self) -> std::result::Result<Json, i64> {
        let digits = |text: &[u8], from: usize| text.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
        let mut end = usize::from(self.text[0] == b'-');
        let whole = if self.text.get(end) == Some(&b'0') { 1 } else { digits(self.text, end) };
        if whole == 0 {
            return Err(4);
        }
        end += whole;
        let mut float = false;
        if self.text.get(end) == Some(&b'.') && digits(self.text, end + 1) > 0 {
            float = true;
            end += 1 + digits(self.text, end + 1);
        }
        if matches!(self.text.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.text.get(end + 1), Some(b'+' | b'-')));
            let exponent = digits(self.text, end + 1 + sign);
            if exponent > 0 {
                float = true;
                end += 1 + sign + exponent;
            }
        }
        let text = std::str::from_utf8(&self.text[..end]).unwrap_or_default();
        let number = text.parse().ok().filter(|_| !float).map(Json::Int);
        let number = number.unwrap_or_else(|| Json::Float(text.parse().unwrap_or_default()));
        self.text = &self.text[end..];
        Ok(number)
    }

    fn string(&mut self) -> std::result::Result<Vec<u8>, i64> {
        let mut out = Vec::new();
        let mut rest = &self.text[1..];
        loop {
            let plain = rest.iter().take_while(|b| !matches!(b, b'"' | b'\\' | 0..=0x1f)).count();
            let (head, tail) = rest.split_at(plain);
            if std::str::from_utf8(head).is_err() {
                return Err(5);
            }
            out.extend_from_slice(head);
            let unit = |text: &[u8]| {
                let digits = text.get(..4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
                u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
            };
            rest = match tail {
                [b'"', tail @ ..] => {
                    self.text = tail;
                    return Ok(out);
                }
                [b'\\', b'u', tail @ ..] => {
                    let first = unit(tail).ok_or(4_i64)?;
                    let second = tail.get(4..6).filter(|mark| *mark == b"\\u").and_then(|_| unit(&tail[6..]));
                    let (units, length) = match second {
                        Some(second) if (0xd800..0xdc00).contains(&first) => (vec![first, second], 10),
                        _ => (vec![first], 4),
                    };
                    let text = String::from_utf16(&units).map_err(|_| 10_i64)?;
                    out.extend_from_slice(text.as_bytes());
                    &tail[length..]
                }
                [b'\\', mark, tail @ ..] => {
                    out.push(match mark {
                        b'"' | b'\\' | b'/' => *mark,
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        b'b' => 0x08,
                        b'f' => 0x0c,
                        _ => return Err(4),
                    });
                    tail
                }
                [0..=0x1f, ..] => return Err(3),
                _ => return Err(if head.is_empty() && tail.is_empty() { 3 } else { 4 }),
            };
        }
    }
}

pub(crate) fn json_read(text: impl Bytes, objects: bool) -> Json {
    let text = text.bytes();
    let mut reader = JsonReader { text: &text, objects, depth: 0 };
    let value = reader.value().and_then(|value| if reader.text.is_empty() { Ok(value) } else { Err(reader.mistake()) });
    JSON_ERROR.set(value.as_ref().err().copied().unwrap_or(0));
    value.unwrap_or(Json::Null)
}

/// `json_decode($text, true)`: objects are arrays.
pub(crate) fn json_decode(text: impl Bytes) -> Json {
    json_read(text, false)
}

/// `json_decode($text)`
pub(crate) fn json_decode_objects(text: impl Bytes) -> Json {
    json_read(text, true)
}
