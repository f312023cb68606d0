//! Writes values as `describe()` of prelude.php does.

use php_sockets::*;

use crate::prelude::class;

/// Writes a value as JSON does, a socket by its class, bytes that are no UTF-8 as hexadecimal digits.
pub(crate) trait Describe {
    fn describe(&self) -> String;
}

impl<T: Describe> Describe for Result<T> {
    fn describe(&self) -> String {
        match self {
            Ok(value) => value.describe(),
            Err(error) if error.is_silent() => "false".to_owned(),
            Err(error) => match class(error) {
                "Warning" => format!("Warning: {error}\nfalse"),
                class => format!("{class}: {error}"),
            },
        }
    }
}

impl<T: Describe + ?Sized> Describe for &T {
    fn describe(&self) -> String {
        (**self).describe()
    }
}

/// PHP's functions return true where there is nothing else to return.
impl Describe for () {
    fn describe(&self) -> String {
        "true".to_owned()
    }
}

impl<T: Describe> Describe for Option<T> {
    fn describe(&self) -> String {
        self.as_ref().map_or_else(|| "null".to_owned(), Describe::describe)
    }
}

impl Describe for Socket {
    fn describe(&self) -> String {
        "Socket".to_owned()
    }
}

macro_rules! describe_by_display {
    ($($type:ty),+) => {$(
        impl Describe for $type {
            fn describe(&self) -> String {
                self.to_string()
            }
        }
    )+};
}
describe_by_display!(bool, u8, u16, u32, i32, i64, usize);

impl Describe for str {
    fn describe(&self) -> String {
        let mut quoted = String::from("\"");
        for character in self.chars() {
            match character {
                '"' | '\\' => quoted.extend(['\\', character]),
                '\n' => quoted.push_str("\\n"),
                '\r' => quoted.push_str("\\r"),
                '\t' => quoted.push_str("\\t"),
                '\0'..' ' => quoted.push_str(&format!("\\u{:04x}", u32::from(character))),
                _ => quoted.push(character),
            }
        }
        quoted + "\""
    }
}

impl Describe for String {
    fn describe(&self) -> String {
        self.as_str().describe()
    }
}

/// A PHP string.
impl Describe for Vec<u8> {
    fn describe(&self) -> String {
        std::str::from_utf8(self).map_or_else(|_| format!("hex:{}", hex(self)), Describe::describe)
    }
}

/// A PHP list.
impl<T: Describe> Describe for [T] {
    fn describe(&self) -> String {
        list(self.iter().map(Describe::describe))
    }
}

impl<T: Describe, const N: usize> Describe for [T; N] {
    fn describe(&self) -> String {
        self[..].describe()
    }
}

macro_rules! describe_tuples {
    ($(($($type:ident $field:tt),+))+) => {$(
        impl<$($type: Describe),+> Describe for ($($type,)+) {
            fn describe(&self) -> String {
                list([$(self.$field.describe()),+])
            }
        }
    )+};
}
describe_tuples!((A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3));

/// A PHP array with names.
macro_rules! describe_structs {
    ($($type:ident { $($field:ident),+ })+) => {$(
        impl Describe for $type {
            fn describe(&self) -> String {
                let fields = [$(format!("{}: {}", stringify!($field), self.$field.describe())),+];
                format!("{{{}}}", fields.join(", "))
            }
        }
    )+};
}
describe_structs! {
    Ucred { pid, uid, gid }
    Linger { l_onoff, l_linger }
    Timeval { sec, usec }
    MemInfo { rmem_alloc, rcvbuf, wmem_alloc, sndbuf, fwd_alloc, wmem_queued, optmem, backlog, drops }
    In6PktInfo { addr, ifindex }
}

impl Describe for Interface {
    fn describe(&self) -> String {
        match self {
            Self::Index(index) => index.describe(),
            Self::Name(name) => name.describe(),
        }
    }
}

impl Describe for OptionValue {
    fn describe(&self) -> String {
        match self {
            Self::Int(value) => value.describe(),
            Self::String(value) => value.describe(),
            Self::Linger(value) => value.describe(),
            Self::Timeval(value) => value.describe(),
            Self::MemInfo(value) => value.describe(),
            Self::In6PktInfo(value) => value.describe(),
            other => format!("{other:?}"),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn list(parts: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", parts.into_iter().collect::<Vec<_>>().join(", "))
}

/// A value that is not of one type in PHP.
pub(crate) struct Answer(String);

impl Answer {
    /// Of a value that is described already.
    pub(crate) fn text(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn of(value: impl Describe) -> Self {
        Self(value.describe())
    }
}

impl Describe for Answer {
    fn describe(&self) -> String {
        self.0.clone()
    }
}

impl Describe for AddressInfo {
    fn describe(&self) -> String {
        "AddressInfo".to_owned()
    }
}

impl Describe for Vec<AddressInfo> {
    fn describe(&self) -> String {
        self[..].describe()
    }
}

impl Describe for AddrInfo {
    fn describe(&self) -> String {
        let Self { ai_flags, ai_family, ai_socktype, ai_protocol, ai_canonname, ai_addr, .. } = self;
        let canonname =
            ai_canonname.iter().map(|name| format!("ai_canonname: {}, ", name.describe())).collect::<String>();
        format!(
            "{{ai_flags: {ai_flags}, ai_family: {ai_family}, ai_socktype: {ai_socktype}, ai_protocol: {ai_protocol}, \
             {canonname}ai_addr: {}}}",
            ai_addr.describe()
        )
    }
}

impl Describe for Sockaddr {
    fn describe(&self) -> String {
        match self {
            Self::In { sin_port, sin_addr } => format!("{{sin_port: {sin_port}, sin_addr: {}}}", sin_addr.describe()),
            Self::In6 { sin6_port, sin6_addr } => {
                format!("{{sin6_port: {sin6_port}, sin6_addr: {}}}", sin6_addr.describe())
            }
        }
    }
}

/// A message as `socket_recvmsg()` leaves it.
impl Describe for MessageHeader {
    fn describe(&self) -> String {
        let (name, control, iov) = (self.name.describe(), self.control[..].describe(), self.iov[..].describe());
        format!("{{name: {name}, control: {control}, iov: {iov}, flags: {}}}", self.flags)
    }
}

impl Describe for MessageName {
    fn describe(&self) -> String {
        let Self { family, addr, port, flowinfo, scope_id, path } = self;
        match *family {
            Some(AF_UNIX) => format!("{{family: {AF_UNIX}, path: {}}}", path.describe()),
            Some(AF_INET6) => format!(
                "{{family: {AF_INET6}, addr: {}, port: {port}, flowinfo: {flowinfo}, scope_id: {scope_id}}}",
                addr.describe()
            ),
            _ => format!("{{family: {}, addr: {}, port: {port}}}", family.describe(), addr.describe()),
        }
    }
}

impl Describe for ControlMessage {
    fn describe(&self) -> String {
        format!("{{level: {}, type: {}, data: {}}}", self.level, self.r#type, self.data.describe())
    }
}

impl Describe for ControlData {
    fn describe(&self) -> String {
        match self {
            Self::Rights(descriptors) => descriptors[..].describe(),
            Self::Ucred(credentials) => credentials.describe(),
            Self::In6PktInfo(info) => info.describe(),
            Self::Int(number) => number.describe(),
            other => format!("{other:?}"),
        }
    }
}

/// A descriptor is a Socket where it can be, and otherwise PHP's stream.
impl Describe for Descriptor {
    fn describe(&self) -> String {
        match self {
            Self::Socket(_) => "Socket".to_owned(),
            Self::Fd(_) => "stream".to_owned(),
        }
    }
}
