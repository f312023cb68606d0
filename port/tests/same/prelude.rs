//! What prelude.php of the parity scripts has, for their ports: `show` and `listening`.
#![allow(dead_code, reason = "each program uses some of it")]

use php_sockets::Socket;

pub(crate) fn listening(address: impl Shown) {
    eprintln!("{}", String::from_utf8_lossy(&address.raw()));
}

pub(crate) fn show(value: impl Describe) {
    println!("{}", value.describe());
}

pub(crate) trait Shown {
    fn raw(&self) -> Vec<u8>;
}

impl Shown for i32 {
    fn raw(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl Shown for str {
    fn raw(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }
}

impl Shown for String {
    fn raw(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }
}

impl Shown for Vec<u8> {
    fn raw(&self) -> Vec<u8> {
        self.clone()
    }
}

impl<T: Shown + ?Sized> Shown for &T {
    fn raw(&self) -> Vec<u8> {
        (**self).raw()
    }
}

/// Writes a value as JSON does, a socket by its class.
pub(crate) trait Describe {
    fn describe(&self) -> String;
}

impl Describe for bool {
    fn describe(&self) -> String {
        self.to_string()
    }
}

impl Describe for i32 {
    fn describe(&self) -> String {
        self.to_string()
    }
}

impl Describe for i64 {
    fn describe(&self) -> String {
        self.to_string()
    }
}

impl Describe for usize {
    fn describe(&self) -> String {
        self.to_string()
    }
}

impl Describe for Socket {
    fn describe(&self) -> String {
        "Socket".into()
    }
}

impl Describe for str {
    fn describe(&self) -> String {
        let mut out = String::from("\"");
        for c in self.chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                _ => out.push(c),
            }
        }
        out + "\""
    }
}

impl Describe for String {
    fn describe(&self) -> String {
        self.as_str().describe()
    }
}

impl Describe for Vec<u8> {
    fn describe(&self) -> String {
        String::from_utf8_lossy(self).as_ref().describe()
    }
}

impl<T: Describe> Describe for Option<T> {
    fn describe(&self) -> String {
        self.as_ref().map_or_else(|| "false".into(), Describe::describe)
    }
}

impl<A: Describe, B: Describe, C: Describe> Describe for (A, B, C) {
    fn describe(&self) -> String {
        format!("[{}, {}, {}]", self.0.describe(), self.1.describe(), self.2.describe())
    }
}

impl<T: Describe + ?Sized> Describe for &T {
    fn describe(&self) -> String {
        (**self).describe()
    }
}
