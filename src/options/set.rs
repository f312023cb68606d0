//! How the value of an option goes in.

use std::io;

use socket2::SockAddr;

use super::table::{self, Kind};
use super::{GroupReq, GroupSourceReq, Linger, OptionValue, Timeval};
use crate::{AF_INET, AF_INET6, Error, Interface, Result, Socket, address, sys};

/// Sets an option; `function` is the name that it is called by.
pub(super) fn set(socket: &Socket, function: &'static str, level: i32, option: i32, value: OptionValue) -> Result<()> {
    let system = socket.open(function)?;
    let row = table::find(level, option);
    let call = Call { socket, system: &system, function, level, option, name: row.name };
    match (row.kind, value) {
        (Kind::Int, value) => call.set(&call.int(&value, i32::MIN.into(), u32::MAX.into())?),
        (Kind::IntWithin(least, most), value) => call.set(&call.int(&value, least, most)?),
        (Kind::ByteWithin(least, most), value) => {
            let [byte, ..] = call.int(&value, least, most)?.to_le_bytes();
            call.set(&byte)
        }
        (Kind::Flag, value) => call.set(&i32::from(call.flag(&value)?)),
        (Kind::ByteFlag, value) => call.set(&u8::from(call.flag(&value)?)),
        (Kind::Linger, OptionValue::Linger(value)) => call.set(&call.linger(value)?),
        (Kind::Timeval, OptionValue::Timeval(value)) => call.set(&call.timeout(value)?),
        (Kind::Interface, value) => call.set(&call.interface(value)?),
        (Kind::InterfaceAddress, value) => call.set(&call.interface_address(value)?),
        (
            Kind::Group,
            OptionValue::GroupReq(GroupReq { group, interface })
            | OptionValue::GroupSourceReq(GroupSourceReq { group, interface, .. }),
        ) => {
            let group = call.address("group", &group)?;
            call.set(&sys::GroupRequest::new(call.index(&interface)?, group))
        }
        (Kind::GroupSource, OptionValue::GroupSourceReq(value)) => call.set_source(&value),
        (Kind::GroupSource, OptionValue::GroupReq(GroupReq { group, interface })) => {
            call.set_source(&GroupSourceReq { group, interface, ..GroupSourceReq::default() })
        }
        #[cfg(unix)]
        (Kind::In6PktInfo, OptionValue::In6PktInfo(value)) => {
            call.set(&value.to_bytes(socket, function, "in6_pktinfo")?)
        }
        #[cfg(unix)]
        (Kind::In6PktInfo, value) => {
            let text = if value.is_array() { crate::conversion::NO_ADDRESS } else { "expected an array here" };
            Err(crate::conversion::conversion_error(function, "in6_pktinfo", text))
        }
        #[cfg(any(target_os = "linux", target_os = "freebsd"))]
        (Kind::Name, OptionValue::String(value)) => call.set(call.name_of(&value)?),
        #[cfg(any(target_os = "linux", target_os = "freebsd"))]
        (Kind::Name, value) => Err(call.wrong_type("string", &value)),
        #[cfg(target_os = "linux")]
        (Kind::MemInfo | Kind::Ucred, _) => call.set(&0), // which the system refuses
        #[cfg(target_os = "linux")]
        (Kind::ReuseportFilter, OptionValue::Int(value)) => call.reuseport_filter(value),
        #[cfg(target_os = "linux")]
        (Kind::ReuseportFilter, value) => Err(call.wrong_type("int", &value)),
        (Kind::Linger, value) if value.is_array() => Err(call.missing_key("l_onoff")),
        (Kind::Timeval, value) if value.is_array() => Err(call.missing_key("sec")),
        (Kind::Group | Kind::GroupSource, value) if value.is_array() => Err(no_key("group")),
        (_, value) => Err(call.wrong_type("array", &value)),
    }
}

/// The error of a group's array without `key`.
fn no_key(key: &str) -> Error {
    Error::bare_value(format!("No key \"{key}\" passed in optval"))
}

/// The longest name has one byte less: `IFNAMSIZ`, and `TCP_CA_NAME_MAX`.
#[cfg(any(target_os = "linux", target_os = "freebsd"))]
const NAME_SIZE: usize = 16;

/// A call that sets an option.
struct Call<'a> {
    socket: &'a Socket,
    system: &'a socket2::Socket,
    function: &'static str,
    level: i32,
    option: i32,
    /// The option's name, as the table has it.
    name: &'static str,
}

impl Call<'_> {
    fn set<T: sys::Plain + ?Sized>(&self, value: &T) -> Result<()> {
        sys::set_option(self.system, self.level, self.option, value).map_err(|error| self.fail(&error))
    }

    fn fail(&self, error: &io::Error) -> Error {
        self.socket.fail(self.function, "Unable to set socket option", error)
    }

    fn failure(&self, message: String) -> Error {
        Error::Failure { function: self.function, message: message.into() }
    }

    fn wrong_type(&self, expected: &str, value: &OptionValue) -> Error {
        let given = value.type_name();
        let message = match self.name {
            "" => format!("Argument #4 ($value) must be of type {expected}, {given} given"),
            name => format!(
                "Argument #4 ($value) must be of type {expected} when argument #3 ($option) is {name}, {given} given"
            ),
        };
        Error::type_(self.function, message)
    }

    /// The error of the array of another option.
    fn missing_key(&self, key: &str) -> Error {
        Error::value(self.function, format!("Argument #4 ($value) must have key \"{key}\""))
    }

    fn out_of_range(&self, key: &str, least: i64, most: i64) -> Error {
        Error::value(self.function, format!("Argument #4 ($value) {key}must be between {least} and {most}"))
    }

    /// The bits of a C int, or of an unsigned one.
    fn int(&self, value: &OptionValue, least: i64, most: i64) -> Result<i32> {
        let value = value.to_int().ok_or_else(|| self.wrong_type("int", value))?;
        if !(least..=most).contains(&value) {
            return Err(self.out_of_range("", least, most));
        }
        let [a, b, c, d, ..] = value.to_le_bytes();
        Ok(i32::from_le_bytes([a, b, c, d]))
    }

    fn flag(&self, value: &OptionValue) -> Result<bool> {
        value.to_int().map(|value| value != 0).ok_or_else(|| self.wrong_type("int", value))
    }

    fn linger(&self, value: Linger) -> Result<sys::Linger> {
        let within = |key, value| u16::try_from(value).map_err(|_| self.out_of_range(key, 0, u16::MAX.into()));
        Ok(sys::Linger::new(within("\"l_onoff\" ", value.l_onoff)?, within("\"l_linger\" ", value.l_linger)?))
    }

    fn timeout(&self, value: Timeval) -> Result<sys::Timeout> {
        sys::Timeout::new(value.sec, value.usec)
            .ok_or_else(|| self.out_of_range("\"sec\" ", 0, (u32::MAX / 1000).into()))
    }

    fn set_source(&self, value: &GroupSourceReq) -> Result<()> {
        let group = self.address("group", &value.group)?;
        let source = self.address("source", &value.source)?;
        self.set(&sys::GroupSourceRequest::new(self.index(&value.interface)?, group, source))
    }

    /// The name of an interface or of an algorithm. The system would cut it, so that it might be another one's.
    #[cfg(any(target_os = "linux", target_os = "freebsd"))]
    fn name_of<'v>(&self, value: &'v str) -> Result<&'v [u8]> {
        let name = value.as_bytes();
        if address::has_nul(name) {
            return Err(Error::value(self.function, "Argument #4 ($value) must not contain any null bytes"));
        }
        if name.len() >= NAME_SIZE {
            let missing = if self.level == crate::SOL_SOCKET { crate::SOCKET_ENODEV } else { crate::SOCKET_ENOENT };
            return Err(self.fail(&io::Error::from_raw_os_error(missing)));
        }
        Ok(name)
    }

    fn interface(&self, value: OptionValue) -> Result<u32> {
        self.index(&match value {
            OptionValue::Int(index) => Interface::Index(index),
            OptionValue::String(name) => Interface::Name(name),
            // What is no int is a name, and that is what PHP makes of them.
            OptionValue::Bool(true) => Interface::Name("1".to_owned()),
            OptionValue::Bool(false) => Interface::Name(String::new()),
            array => return Err(self.wrong_type("string", &array)),
        })
    }

    fn index(&self, interface: &Interface) -> Result<u32> {
        interface.index().ok_or_else(|| match interface {
            Interface::Index(_) => Error::bare_value(format!("Index must be between 0 and {}", u32::MAX)),
            Interface::Name(name) => self.failure(format!("No interface with name \"{name}\" could be found")),
        })
    }

    /// The value of `IP_MULTICAST_IF`.
    fn interface_address(&self, value: OptionValue) -> Result<[u8; 4]> {
        let index = self.interface(value)?;
        // A socket of AF_INET6 knows no IPv4 addresses.
        let interface = match self.socket.family() {
            AF_INET6 if index != 0 => {
                sys::socket(AF_INET, crate::SOCK_DGRAM, 0).and_then(|knowing| sys::multicast_interface(&knowing, index))
            }
            _ => sys::multicast_interface(self.system, index),
        };
        interface.map_err(|error| {
            let code = crate::error::os_code(&error);
            self.failure(format!("Failed obtaining address for interface {index}: error {code}"))
        })
    }

    /// The address at `key` of PHP's array, in the socket's family; an empty one stands for a missing key.
    fn address(&self, key: &str, host: &str) -> Result<SockAddr> {
        if host.is_empty() {
            return Err(no_key(key));
        }
        match self.socket.family() {
            AF_INET => address::inet(self.socket, self.function, host.as_bytes(), 0),
            AF_INET6 => address::inet6(self.socket, self.function, host.as_bytes(), 0),
            _ => Err(Error::bare_value("IP address used in the context of an unexpected type of socket")),
        }
    }

    /// Attaches the filter that `value` stands for, or detaches whatever is attached.
    #[cfg(target_os = "linux")]
    fn reuseport_filter(&self, value: i64) -> Result<()> {
        let result = match i32::try_from(value) {
            Ok(0) => sys::set_option(self.system, self.level, crate::SO_DETACH_REUSEPORT_BPF, &1),
            Ok(value @ (crate::SKF_AD_CPU | crate::SKF_AD_QUEUE)) => sys::attach_reuseport_cbpf(self.system, value),
            _ => return Err(self.failure("Unsupported CBPF filter".to_owned())),
        };
        result.map_err(|error| self.fail(&error))
    }
}
