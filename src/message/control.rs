//! Control messages, to and from the system's layout.

use std::os::fd::AsRawFd;

use super::{ControlData, ControlMessage, Descriptor};
#[cfg(target_os = "linux")]
use crate::InPktInfo;
use crate::constants::*;
#[cfg(target_os = "linux")]
use crate::conversion::IN_PKTINFO_SIZE;
use crate::conversion::{IN6_PKTINFO_SIZE, conversion_error};
use crate::{In6PktInfo, Result, Socket, sys};

/// What a control message of a known type carries.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Rights,
    #[cfg(target_os = "linux")]
    Ucred,
    In6PktInfo,
    Int,
    #[cfg(target_os = "linux")]
    InPktInfo,
    /// A number, of which only a byte comes back.
    #[cfg(target_os = "linux")]
    Tos,
    #[cfg(target_os = "linux")]
    Timespec,
    #[cfg(target_os = "linux")]
    Uint16,
}

/// The types that are known.
const TABLE: &[(i32, i32, Kind)] = &[
    #[cfg(target_os = "linux")]
    (IPPROTO_IP, IP_PKTINFO, Kind::InPktInfo),
    #[cfg(target_os = "linux")]
    (IPPROTO_IP, IP_TOS, Kind::Tos),
    #[cfg(target_os = "linux")]
    (IPPROTO_IP, IP_TTL, Kind::Int),
    (IPPROTO_IPV6, IPV6_HOPLIMIT, Kind::Int),
    (IPPROTO_IPV6, IPV6_PKTINFO, Kind::In6PktInfo),
    (IPPROTO_IPV6, IPV6_TCLASS, Kind::Int),
    #[cfg(target_os = "linux")]
    (SOL_SOCKET, SCM_CREDENTIALS, Kind::Ucred),
    (SOL_SOCKET, SCM_RIGHTS, Kind::Rights),
    #[cfg(target_os = "linux")]
    (SOL_SOCKET, SO_TIMESTAMPNS, Kind::Timespec),
    #[cfg(target_os = "linux")]
    (SOL_UDP, UDP_SEGMENT, Kind::Uint16),
];

pub(super) fn find(level: i32, r#type: i32) -> Option<Kind> {
    TABLE.iter().find(|row| (row.0, row.1) == (level, r#type)).map(|row| row.2)
}

impl Kind {
    /// Bytes of data, with `number` elements where that varies.
    pub(super) fn size(self, number: usize) -> Option<usize> {
        match self {
            Self::Rights => number.checked_mul(size_of::<i32>()),
            #[cfg(target_os = "linux")]
            Self::Ucred => Some(crate::Ucred::SIZE),
            Self::In6PktInfo => Some(IN6_PKTINFO_SIZE),
            Self::Int => Some(size_of::<i32>()),
            #[cfg(target_os = "linux")]
            Self::InPktInfo => Some(IN_PKTINFO_SIZE),
            #[cfg(target_os = "linux")]
            Self::Tos => Some(size_of::<i32>()),
            #[cfg(target_os = "linux")]
            Self::Timespec => Some(sys::TIMESPEC_SIZE),
            #[cfg(target_os = "linux")]
            Self::Uint16 => Some(size_of::<u16>()),
        }
    }
}

/// Lays control messages out as sendmsg(2) wants them.
pub(super) fn encode(socket: &Socket, function: &'static str, messages: &[ControlMessage]) -> Result<Vec<u8>> {
    let mut buffer = Vec::new();
    for (number, message) in messages.iter().enumerate() {
        let path = format!("msghdr > control > element #{number}");
        let data = data_bytes(socket, function, &path, message)?;
        sys::push_control(&mut buffer, message.level, message.r#type, &data);
    }
    Ok(buffer)
}

fn data_bytes(socket: &Socket, function: &'static str, path: &str, message: &ControlMessage) -> Result<Vec<u8>> {
    let (level, r#type) = (message.level, message.r#type);
    let Some(kind) = find(level, r#type) else {
        let text = format!("cmsghdr with level {level} and type {type} not supported");
        return Err(conversion_error(function, path, text));
    };
    let data_path = format!("{path} > data");
    match (kind, &message.data) {
        (Kind::Rights, ControlData::Rights(descriptors)) if descriptors.is_empty() => {
            Err(conversion_error(function, path, "expected at least one element in this array"))
        }
        (Kind::Rights, ControlData::Rights(descriptors)) => {
            let mut data = Vec::with_capacity(size_of::<i32>() * descriptors.len());
            // PHP counts these from 1.
            for (element, descriptor) in (1..).zip(descriptors) {
                let Some(number) = number(descriptor) else {
                    let path = format!("{data_path} > element #{element}");
                    return Err(conversion_error(function, &path, "socket is already closed"));
                };
                data.extend_from_slice(&number.to_ne_bytes());
            }
            Ok(data)
        }
        #[cfg(target_os = "linux")]
        (Kind::Ucred, ControlData::Ucred(credentials)) if credentials.pid < 0 => {
            let text = "given PHP integer is out of bounds for a pid_t value";
            Err(conversion_error(function, &format!("{data_path} > pid"), text))
        }
        #[cfg(target_os = "linux")]
        (Kind::Ucred, ControlData::Ucred(credentials)) => Ok(credentials.to_bytes().into()),
        (Kind::In6PktInfo, ControlData::In6PktInfo(info)) => Ok(info.to_bytes(socket, function, &data_path)?.into()),
        (Kind::Int, ControlData::Int(value)) => Ok(value.to_ne_bytes().into()),
        #[cfg(target_os = "linux")]
        (Kind::Tos, ControlData::Int(value)) => Ok(value.to_ne_bytes().into()),
        #[cfg(target_os = "linux")]
        (Kind::InPktInfo, ControlData::InPktInfo(info)) => Ok(info.to_bytes(socket, function, &data_path)?.into()),
        #[cfg(target_os = "linux")]
        (Kind::Timespec, _) => Err(conversion_error(function, path, "it is only received")),
        #[cfg(target_os = "linux")]
        (Kind::Uint16, ControlData::Int(value)) => match u16::try_from(*value) {
            Ok(value) => Ok(value.to_ne_bytes().into()),
            Err(_) => {
                let text = "given PHP integer is out of bounds for an unsigned 16-bit integer";
                Err(conversion_error(function, &data_path, text))
            }
        },
        (Kind::Rights, _) => Err(conversion_error(function, path, "expected an array here")),
        (Kind::Int, _) => Err(conversion_error(function, &data_path, NOT_AN_INT)),
        #[cfg(target_os = "linux")]
        (Kind::Uint16 | Kind::Tos, _) => Err(conversion_error(function, &data_path, NOT_AN_INT)),
        (_, _) => Err(conversion_error(function, &data_path, "expected an array here")),
    }
}

const NOT_AN_INT: &str = "expected an integer, either of a PHP integer type or of a convertible type";

/// The number of a descriptor to send; `None` for a closed socket.
fn number(descriptor: &Descriptor) -> Option<i32> {
    match descriptor {
        Descriptor::Socket(socket) => (!socket.is_closed()).then(|| socket.as_raw_fd()),
        Descriptor::Fd(descriptor) => Some(descriptor.as_raw_fd()),
    }
}

/// Reads a control message that recvmsg(2) has received.
pub(super) fn decode(control: sys::Control) -> ControlMessage {
    match control {
        sys::Control::Descriptors { r#type, descriptors } => {
            let descriptors = descriptors.into_iter().map(receive).collect();
            ControlMessage { level: SOL_SOCKET, r#type, data: ControlData::Rights(descriptors) }
        }
        sys::Control::Other { level, r#type, data } => {
            let known = find(level, r#type).and_then(|kind| known(kind, &data));
            ControlMessage { level, r#type, data: known.unwrap_or(ControlData::Bytes(data)) }
        }
    }
}

/// Reads the data of a known type; `None` where it is too short.
fn known(kind: Kind, data: &[u8]) -> Option<ControlData> {
    match kind {
        Kind::Rights => None,
        #[cfg(target_os = "linux")]
        Kind::Ucred => data.first_chunk().map(|bytes| ControlData::Ucred(crate::Ucred::from_bytes(*bytes))),
        Kind::In6PktInfo => data.first_chunk().map(|bytes| ControlData::In6PktInfo(In6PktInfo::from_bytes(*bytes))),
        Kind::Int => data.first_chunk().map(|bytes| ControlData::Int(i32::from_ne_bytes(*bytes))),
        #[cfg(target_os = "linux")]
        Kind::InPktInfo => data.first_chunk().map(|bytes| ControlData::InPktInfo(InPktInfo::from_bytes(*bytes))),
        #[cfg(target_os = "linux")]
        Kind::Tos => data.first().map(|byte| ControlData::Int((*byte).into())),
        #[cfg(target_os = "linux")]
        Kind::Timespec => sys::timespec(data).map(|(sec, nsec)| ControlData::Timespec(crate::Timespec { sec, nsec })),
        #[cfg(target_os = "linux")]
        Kind::Uint16 => data.first_chunk().map(|bytes| ControlData::Int(u16::from_ne_bytes(*bytes).into())),
    }
}

/// Makes a received descriptor a [`Socket`] if it is one.
fn receive(descriptor: std::os::fd::OwnedFd) -> Descriptor {
    let socket = socket2::Socket::from(descriptor);
    match sys::family(&socket) {
        Ok(family) => Descriptor::Socket(Socket::foreign(socket, family)),
        Err(_) => Descriptor::Fd(socket.into()),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// What a message that recvmsg(2) has received says, as text.
    fn text(level: i32, r#type: i32, data: &[u8]) -> String {
        let decoded = decode(sys::Control::Other { level, r#type, data: data.to_vec() });
        assert_eq!((decoded.level, decoded.r#type), (level, r#type));
        format!("{:?}", decoded.data)
    }

    fn numbers(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_ne_bytes()).collect()
    }

    #[test]
    fn known_types_are_read_and_what_is_cut_short_stays_bytes() {
        let [loopback, two] = [[127, 0, 0, 1], [192, 0, 2, 2]];
        let mut ipv6 = vec![0; 15];
        ipv6.push(1);
        ipv6.extend(numbers(&[7]));
        let ipv4 = [&numbers(&[7])[..], &loopback, &two].concat();
        let cases: [(i32, i32, &[u8], &str); 9] = [
            (IPPROTO_IP, IP_TTL, &numbers(&[64]), "Int(64)"),
            (IPPROTO_IP, IP_TOS, &[16], "Int(16)"),
            (IPPROTO_IPV6, IPV6_HOPLIMIT, &numbers(&[7]), "Int(7)"),
            (IPPROTO_IPV6, IPV6_TCLASS, &numbers(&[u32::MAX]), "Int(-1)"),
            (SOL_UDP, UDP_SEGMENT, &1400_u16.to_ne_bytes(), "Int(1400)"),
            (SOL_SOCKET, SCM_CREDENTIALS, &numbers(&[1, 2, 3]), "Ucred(Ucred { pid: 1, uid: 2, gid: 3 })"),
            (
                IPPROTO_IP,
                IP_PKTINFO,
                &ipv4,
                "InPktInfo(InPktInfo { ifindex: Index(7), spec_dst: \"127.0.0.1\", addr: \"192.0.2.2\" })",
            ),
            (IPPROTO_IPV6, IPV6_PKTINFO, &ipv6, "In6PktInfo(In6PktInfo { addr: \"::1\", ifindex: Index(7) })"),
            (SOL_SOCKET, SCM_RIGHTS, &[], "Bytes([])"),
        ];
        for (level, r#type, data, expected) in cases {
            assert_eq!(text(level, r#type, data), expected);
            // More than there should be is passed over; less is no value.
            if !data.is_empty() {
                assert_eq!(text(level, r#type, &[data, &[0xff]].concat()), expected);
                let short = &data[..data.len() - 1];
                assert_eq!(text(level, r#type, short), format!("Bytes({short:?})"));
            }
        }
        let [second, nanoseconds] = [1_700_000_000_i64.to_ne_bytes(), 5_i64.to_ne_bytes()];
        if sys::TIMESPEC_SIZE == 16 {
            let stamp = text(SOL_SOCKET, SO_TIMESTAMPNS, &[second, nanoseconds].concat());
            assert_eq!(stamp, "Timespec(Timespec { sec: 1700000000, nsec: 5 })");
            assert!(text(SOL_SOCKET, SO_TIMESTAMPNS, &second).starts_with("Bytes("));
        }
    }
}
