//! The error numbers: errno(3) on Unix, `WSAE*` on Windows. The texts are those of [`socket_strerror`](crate::socket_strerror).

use super::system;

/// Turns rows into constants, and into the function that finds a constant's name by its number.
macro_rules! errnos {
    ($($(#[$attribute:meta])* { $($name:ident = $header:ident: $doc:literal;)+ })+) => {
        $($(#[$attribute])* constants! { $($name = $header: $doc;)+ })+

        /// Finds the name of an error number; of two the first.
        pub(crate) fn errno_name(code: i32) -> Option<&'static str> {
            const NAMES: &[&[(i32, &str)]] = &[$($(#[$attribute])* &[$(($name, stringify!($name))),+]),+];
            NAMES.iter().copied().flatten().find(|(number, _)| *number == code).map(|(_, name)| *name)
        }
    };
}

errnos! {
    {
        SOCKET_EINTR = EINTR: "Interrupted system call.";
        SOCKET_EBADF = EBADF: "Bad file descriptor.";
        SOCKET_EAGAIN = EAGAIN: "Resource temporarily unavailable.";
        SOCKET_EACCES = EACCES: "Permission denied.";
        SOCKET_EFAULT = EFAULT: "Bad address.";
        SOCKET_EINVAL = EINVAL: "Invalid argument.";
        SOCKET_EMFILE = EMFILE: "Too many open files.";
        SOCKET_ENAMETOOLONG = ENAMETOOLONG: "File name too long.";
        SOCKET_ENOTEMPTY = ENOTEMPTY: "Directory not empty.";
        SOCKET_ELOOP = ELOOP: "Too many levels of symbolic links.";
        SOCKET_EWOULDBLOCK = EWOULDBLOCK: "Operation would block: the same number as `SOCKET_EAGAIN`.";
        SOCKET_EREMOTE = EREMOTE: "Object is remote.";
        SOCKET_EUSERS = EUSERS: "Too many users.";
        SOCKET_ENOTSOCK = ENOTSOCK: "Socket operation on non-socket.";
        SOCKET_EDESTADDRREQ = EDESTADDRREQ: "Destination address required.";
        SOCKET_EMSGSIZE = EMSGSIZE: "Message too long.";
        SOCKET_EPROTOTYPE = EPROTOTYPE: "Protocol wrong type for socket.";
        SOCKET_ENOPROTOOPT = ENOPROTOOPT: "Protocol not available.";
        SOCKET_EPROTONOSUPPORT = EPROTONOSUPPORT: "Protocol not supported.";
        SOCKET_ESOCKTNOSUPPORT = ESOCKTNOSUPPORT: "Socket type not supported.";
        SOCKET_EOPNOTSUPP = EOPNOTSUPP: "Operation not supported.";
        SOCKET_EPFNOSUPPORT = EPFNOSUPPORT: "Protocol family not supported.";
        SOCKET_EAFNOSUPPORT = EAFNOSUPPORT: "Address family not supported by protocol.";
        SOCKET_EADDRINUSE = EADDRINUSE: "Address already in use.";
        SOCKET_EADDRNOTAVAIL = EADDRNOTAVAIL: "Cannot assign requested address.";
        SOCKET_ENETDOWN = ENETDOWN: "Network is down.";
        SOCKET_ENETUNREACH = ENETUNREACH: "Network is unreachable.";
        SOCKET_ENETRESET = ENETRESET: "Network dropped connection on reset.";
        SOCKET_ECONNABORTED = ECONNABORTED: "Software caused connection abort.";
        SOCKET_ECONNRESET = ECONNRESET: "Connection reset by peer.";
        SOCKET_ENOBUFS = ENOBUFS: "No buffer space available.";
        SOCKET_EISCONN = EISCONN: "Transport endpoint is already connected.";
        SOCKET_ENOTCONN = ENOTCONN: "Transport endpoint is not connected.";
        SOCKET_ESHUTDOWN = ESHUTDOWN: "Cannot send after transport endpoint shutdown.";
        SOCKET_ETOOMANYREFS = ETOOMANYREFS: "Too many references: cannot splice.";
        SOCKET_ETIMEDOUT = ETIMEDOUT: "Connection timed out.";
        SOCKET_ECONNREFUSED = ECONNREFUSED: "Connection refused.";
        SOCKET_EHOSTDOWN = EHOSTDOWN: "Host is down.";
        SOCKET_EHOSTUNREACH = EHOSTUNREACH: "No route to host.";
        SOCKET_EALREADY = EALREADY: "Operation already in progress.";
        SOCKET_EINPROGRESS = EINPROGRESS: "Operation now in progress.";
        SOCKET_EDQUOT = EDQUOT: "Disk quota exceeded.";
    }
    #[cfg(unix)]
    {
        SOCKET_EPERM = EPERM: "Operation not permitted.";
        SOCKET_ENOENT = ENOENT: "No such file or directory.";
        SOCKET_EIO = EIO: "Input/output error.";
        SOCKET_ENXIO = ENXIO: "No such device or address.";
        SOCKET_E2BIG = E2BIG: "Argument list too long.";
        SOCKET_ENOMEM = ENOMEM: "Cannot allocate memory.";
        SOCKET_ENOTBLK = ENOTBLK: "Block device required.";
        SOCKET_EBUSY = EBUSY: "Device or resource busy.";
        SOCKET_EEXIST = EEXIST: "File exists.";
        SOCKET_EXDEV = EXDEV: "Invalid cross-device link.";
        SOCKET_ENODEV = ENODEV: "No such device.";
        SOCKET_ENOTDIR = ENOTDIR: "Not a directory.";
        SOCKET_EISDIR = EISDIR: "Is a directory.";
        SOCKET_ENFILE = ENFILE: "Too many open files in system.";
        SOCKET_ENOTTY = ENOTTY: "Inappropriate ioctl for device.";
        SOCKET_ENOSPC = ENOSPC: "No space left on device.";
        SOCKET_ESPIPE = ESPIPE: "Illegal seek.";
        SOCKET_EROFS = EROFS: "Read-only file system.";
        SOCKET_EMLINK = EMLINK: "Too many links.";
        SOCKET_EPIPE = EPIPE: "Broken pipe.";
        SOCKET_ENOLCK = ENOLCK: "No locks available.";
        SOCKET_ENOSYS = ENOSYS: "Function not implemented.";
        SOCKET_ENOMSG = ENOMSG: "No message of desired type.";
        SOCKET_EIDRM = EIDRM: "Identifier removed.";
        SOCKET_ENOLINK = ENOLINK: "Link has been severed.";
        SOCKET_EPROTO = EPROTO: "Protocol error.";
        SOCKET_EMULTIHOP = EMULTIHOP: "Multihop attempted.";
        SOCKET_EBADMSG = EBADMSG: "Bad message.";
    }
    #[cfg(target_os = "linux")]
    {
        SOCKET_ECHRNG = ECHRNG: "Channel number out of range.";
        SOCKET_EL2NSYNC = EL2NSYNC: "Level 2 not synchronized.";
        SOCKET_EL3HLT = EL3HLT: "Level 3 halted.";
        SOCKET_EL3RST = EL3RST: "Level 3 reset.";
        SOCKET_ELNRNG = ELNRNG: "Link number out of range.";
        SOCKET_EUNATCH = EUNATCH: "Protocol driver not attached.";
        SOCKET_ENOCSI = ENOCSI: "No CSI structure available.";
        SOCKET_EL2HLT = EL2HLT: "Level 2 halted.";
        SOCKET_EBADE = EBADE: "Invalid exchange.";
        SOCKET_EBADR = EBADR: "Invalid request descriptor.";
        SOCKET_EXFULL = EXFULL: "Exchange full.";
        SOCKET_ENOANO = ENOANO: "No anode.";
        SOCKET_EBADRQC = EBADRQC: "Invalid request code.";
        SOCKET_EBADSLT = EBADSLT: "Invalid slot.";
        SOCKET_ENOSTR = ENOSTR: "Device not a stream.";
        SOCKET_ENODATA = ENODATA: "No data available.";
        SOCKET_ETIME = ETIME: "Timer expired.";
        SOCKET_ENOSR = ENOSR: "Out of streams resources.";
        SOCKET_ENONET = ENONET: "Machine is not on the network.";
        SOCKET_EADV = EADV: "Advertise error.";
        SOCKET_ESRMNT = ESRMNT: "Srmount error.";
        SOCKET_ECOMM = ECOMM: "Communication error on send.";
        SOCKET_ENOTUNIQ = ENOTUNIQ: "Name not unique on network.";
        SOCKET_EBADFD = EBADFD: "File descriptor in bad state.";
        SOCKET_EREMCHG = EREMCHG: "Remote address changed.";
        SOCKET_ERESTART = ERESTART: "Interrupted system call should be restarted.";
        SOCKET_ESTRPIPE = ESTRPIPE: "Streams pipe error.";
        SOCKET_EISNAM = EISNAM: "Is a named type file.";
        SOCKET_EREMOTEIO = EREMOTEIO: "Remote I/O error.";
        SOCKET_ENOMEDIUM = ENOMEDIUM: "No medium found.";
        SOCKET_EMEDIUMTYPE = EMEDIUMTYPE: "Wrong medium type.";
    }
}
