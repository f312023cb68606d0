/// `var_dump` of one value.
pub(crate) trait Dump {
    fn dump(&self) -> Vec<u8>;
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
}

pub(crate) fn var_dump(value: impl Dump) {
    output(&value.dump());
}
