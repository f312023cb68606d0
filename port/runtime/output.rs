/// Prints bytes as they are, each part as soon as it is there.
macro_rules! echo {
    ($($part:expr),+ $(,)?) => {{ $(output(&$part);)+ }};
}
pub(crate) use echo;

/// Joins what PHP joins with `.`.
macro_rules! text {
    ($($part:expr),+ $(,)?) => {{
        let mut text = Vec::new();
        $(text.extend_from_slice(&Bytes::bytes(&$part));)+
        text
    }};
}
pub(crate) use text;

/// PHP's `.=`.
macro_rules! append {
    ($text:expr, $($part:expr),+ $(,)?) => {{
        let more = text!($($part),+);
        $text.extend(more);
    }};
}
pub(crate) use append;

pub(crate) fn output(part: &impl Bytes) {
    let mut stdout = std::io::stdout().lock();
    drop(stdout.write_all(&part.bytes()).and_then(|()| stdout.flush()));
}

/// What PHP converts to a string by itself.
pub(crate) trait Bytes {
    fn bytes(&self) -> Cow<'_, [u8]>;
}

impl Bytes for str {
    fn bytes(&self) -> Cow<'_, [u8]> {
        self.as_bytes().into()
    }
}

impl Bytes for String {
    fn bytes(&self) -> Cow<'_, [u8]> {
        self.as_bytes().into()
    }
}

impl Bytes for [u8] {
    fn bytes(&self) -> Cow<'_, [u8]> {
        self.into()
    }
}

impl Bytes for Vec<u8> {
    fn bytes(&self) -> Cow<'_, [u8]> {
        self.as_slice().into()
    }
}

impl<const N: usize> Bytes for [u8; N] {
    fn bytes(&self) -> Cow<'_, [u8]> {
        self.as_slice().into()
    }
}

impl Bytes for Cow<'_, [u8]> {
    fn bytes(&self) -> Cow<'_, [u8]> {
        (**self).into()
    }
}

impl Bytes for i32 {
    fn bytes(&self) -> Cow<'_, [u8]> {
        self.to_string().into_bytes().into()
    }
}

impl Bytes for i64 {
    fn bytes(&self) -> Cow<'_, [u8]> {
        self.to_string().into_bytes().into()
    }
}

impl Bytes for usize {
    fn bytes(&self) -> Cow<'_, [u8]> {
        self.to_string().into_bytes().into()
    }
}

impl Bytes for f64 {
    fn bytes(&self) -> Cow<'_, [u8]> {
        float_text(*self).into_bytes().into()
    }
}

impl Bytes for bool {
    fn bytes(&self) -> Cow<'_, [u8]> {
        if *self { b"1".as_slice().into() } else { b"".as_slice().into() }
    }
}

/// `false` is nothing.
impl<T: Bytes> Bytes for Option<T> {
    fn bytes(&self) -> Cow<'_, [u8]> {
        self.as_ref().map_or_else(|| b"".as_slice().into(), Bytes::bytes)
    }
}

impl<T: Bytes + ?Sized> Bytes for &T {
    fn bytes(&self) -> Cow<'_, [u8]> {
        (**self).bytes()
    }
}

impl<T: Bytes + ?Sized> Bytes for &mut T {
    fn bytes(&self) -> Cow<'_, [u8]> {
        (**self).bytes()
    }
}
