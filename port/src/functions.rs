//! PHP's functions: what they take, what they return, and which function of the crate or helper they become.
//!
//! Parameters, one code each: `S` a socket, `A` bytes for the crate, `i` an i32, `z` a length, `l` an i64, `t` text of any kind
//! for a helper, `n` an i64 for a helper, `f` a float; `?` behind one means that PHP may leave it out, which is `None`.
//! Results: `()` a bool, `S` a socket, `z` `i` `l` ints, `f` a float, `b` a bool, `B` bytes, `T` text, `L` a list of bytes, `v`
//! nothing; `?` in front means that false is one of them.

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// A function of the crate: it returns a Result.
    Crate,
    /// A function of the crate that cannot fail.
    Plain,
    /// A helper without effects.
    Pure,
    /// A helper that does something.
    Effect,
}

#[derive(Debug)]
pub(crate) struct Fun {
    pub(crate) name: &'static str,
    pub(crate) params: &'static str,
    pub(crate) returns: &'static str,
    pub(crate) how: How,
    /// The name in Rust, where it is another one.
    pub(crate) rust: &'static str,
}

const fn fun(name: &'static str, params: &'static str, returns: &'static str, how: How) -> Fun {
    named(name, params, returns, how, name)
}

/// A function that has another name in Rust.
const fn named(name: &'static str, params: &'static str, returns: &'static str, how: How, rust: &'static str) -> Fun {
    Fun { name, params, returns, how, rust }
}

use How::{Crate, Effect, Plain, Pure};

pub(crate) const TABLE: &[Fun] = &[
    // ext/sockets
    fun("socket_create", "i i i", "?S", Crate),
    fun("socket_create_listen", "i i?", "?S", Crate),
    fun("socket_accept", "S", "?S", Crate),
    fun("socket_bind", "S A i?", "()", Crate),
    fun("socket_listen", "S i?", "()", Crate),
    fun("socket_connect", "S A i?", "()", Crate),
    fun("socket_read", "S z i?", "?B", Crate),
    fun("socket_write", "S A z?", "?z", Crate),
    fun("socket_send", "S A z i", "?z", Crate),
    fun("socket_sendto", "S A z i A i?", "?z", Crate),
    fun("socket_shutdown", "S i?", "()", Crate),
    fun("socket_set_block", "S", "()", Crate),
    fun("socket_set_nonblock", "S", "()", Crate),
    fun("socket_atmark", "S", "b", Crate),
    fun("socket_close", "S", "v", Crate),
    fun("socket_strerror", "i", "T", Plain),
    named("posix_strerror", "i", "T", Plain, "socket_strerror"),
    // text
    fun("trim", "t", "B", Pure),
    named("trim", "t t", "B", Pure, "trim_of"),
    fun("ltrim", "t", "B", Pure),
    named("ltrim", "t t", "B", Pure, "ltrim_of"),
    fun("rtrim", "t", "B", Pure),
    named("rtrim", "t t", "B", Pure, "rtrim_of"),
    named("chop", "t", "B", Pure, "rtrim"),
    named("chop", "t t", "B", Pure, "rtrim_of"),
    fun("strtolower", "t", "B", Pure),
    fun("strtoupper", "t", "B", Pure),
    fun("ucfirst", "t", "B", Pure),
    fun("lcfirst", "t", "B", Pure),
    fun("ucwords", "t", "B", Pure),
    fun("strrev", "t", "B", Pure),
    fun("substr", "t n n?", "B", Pure),
    fun("str_repeat", "t n", "B", Pure),
    fun("str_pad", "t n", "B", Pure),
    named("str_pad", "t n t", "B", Pure, "str_pad_with"),
    named("str_pad", "t n t i", "B", Pure, "str_pad_at"),
    fun("strpos", "t t n?", "?z", Pure),
    fun("stripos", "t t n?", "?z", Pure),
    fun("strrpos", "t t", "?z", Pure),
    fun("strstr", "t t", "?B", Pure),
    fun("strrchr", "t t", "?B", Pure),
    fun("str_contains", "t t", "b", Pure),
    fun("str_starts_with", "t t", "b", Pure),
    fun("str_ends_with", "t t", "b", Pure),
    fun("strcmp", "t t", "l", Pure),
    fun("strncmp", "t t n", "l", Pure),
    fun("strcasecmp", "t t", "l", Pure),
    fun("strncasecmp", "t t n", "l", Pure),
    fun("substr_count", "t t", "z", Pure),
    fun("str_replace", "t t t", "B", Pure),
    fun("explode", "t t n?", "L", Pure),
    fun("str_split", "t n?", "L", Pure),
    fun("chunk_split", "t n t", "B", Pure),
    fun("strtok", "t t", "?B", Effect),
    named("strtok", "t", "?B", Effect, "strtok_next"),
    fun("ord", "t", "l", Pure),
    fun("chr", "n", "B", Pure),
    fun("bin2hex", "t", "T", Pure),
    fun("dechex", "n", "T", Pure),
    fun("decbin", "n", "T", Pure),
    fun("decoct", "n", "T", Pure),
    fun("hexdec", "t", "l", Pure),
    fun("bindec", "t", "l", Pure),
    fun("octdec", "t", "l", Pure),
    fun("hex2bin", "t", "?B", Pure),
    fun("urlencode", "t", "T", Pure),
    fun("rawurlencode", "t", "T", Pure),
    fun("urldecode", "t", "B", Pure),
    fun("rawurldecode", "t", "B", Pure),
    fun("ctype_space", "t", "b", Pure),
    fun("ctype_upper", "t", "b", Pure),
    fun("ctype_lower", "t", "b", Pure),
    fun("ctype_xdigit", "t", "b", Pure),
    fun("ctype_punct", "t", "b", Pure),
    fun("strspn", "t t", "z", Pure),
    fun("strcspn", "t t", "z", Pure),
    fun("gmdate", "t n?", "T", Effect),
    fun("md5", "t", "T", Pure),
    fun("crc32", "t", "l", Pure),
    fun("nl2br", "t", "B", Pure),
    fun("htmlspecialchars", "t", "B", Pure),
    fun("addslashes", "t", "B", Pure),
    fun("base64_encode", "t", "T", Pure),
    fun("base64_decode", "t", "B", Pure),
    fun("sha1", "t", "T", Pure),
    fun("stripslashes", "t", "B", Pure),
    fun("utf8_encode", "t", "B", Effect),
    fun("strtr", "t t t", "B", Pure),
    fun("mb_strlen", "t", "z", Pure),
    fun("mb_substr", "t n n?", "B", Pure),
    fun("substr_replace", "t t n n?", "B", Pure),
    fun("number_format", "f n?", "T", Pure),
    named("number_format", "f n t t", "B", Pure, "number_format_with"),
    fun("ctype_digit", "t", "b", Pure),
    fun("ctype_alpha", "t", "b", Pure),
    fun("ctype_alnum", "t", "b", Pure),
    // numbers and time
    fun("round", "f n?", "f", Pure),
    fun("floor", "f", "f", Pure),
    fun("ceil", "f", "f", Pure),
    fun("sqrt", "f", "f", Pure),
    fun("intdiv", "n n", "l", Effect),
    fun("rand", "n n", "l", Effect),
    named("rand", "", "l", Effect, "rand_any"),
    named("mt_rand", "", "l", Effect, "rand_any"),
    fun("mt_getrandmax", "", "l", Pure),
    named("mt_rand", "n n", "l", Effect, "rand"),
    named("random_int", "n n", "l", Effect, "rand"),
    fun("time", "", "l", Effect),
    fun("date", "t n?", "T", Effect),
    fun("usleep", "n", "v", Effect),
    fun("sleep", "n", "l", Effect),
    fun("json_last_error", "", "l", Effect),
    // files and the system
    fun("file_get_contents", "t", "?B", Effect),
    fun("file_put_contents", "t t", "?z", Effect),
    // Names with `::` are nobody's: `parse` makes them of calls whose arguments say what is done.
    named("file_put_contents::append", "t t", "?z", Effect, "file_append"),
    fun("file", "t", "?L", Effect),
    fun("scandir", "t", "?L", Effect),
    fun("realpath", "t", "?B", Effect),
    fun("getcwd", "", "?B", Effect),
    fun("chdir", "t", "b", Effect),
    fun("error_log", "t", "b", Effect),
    fun("file_exists", "t", "b", Effect),
    fun("is_file", "t", "b", Effect),
    fun("is_dir", "t", "b", Effect),
    fun("filesize", "t", "?z", Effect),
    fun("unlink", "t", "b", Effect),
    fun("basename", "t", "B", Pure),
    fun("dirname", "t", "B", Pure),
    named("dirname", "", "B", Pure, "program_folder"),
    fun("mkdir", "t n?", "b", Effect),
    named("mkdir", "t n i", "b", Effect, "mkdir_all"),
    fun("rmdir", "t", "b", Effect),
    fun("rename", "t t", "b", Effect),
    fun("copy", "t t", "b", Effect),
    fun("touch", "t", "b", Effect),
    fun("is_readable", "t", "b", Effect),
    fun("is_writable", "t", "b", Effect),
    fun("filemtime", "t", "?l", Effect),
    fun("sys_get_temp_dir", "", "B", Effect),
    fun("uniqid", "t?", "T", Effect),
    named("uniqid", "t i", "T", Effect, "uniqid_more"),
    fun("getenv", "t", "?B", Effect),
    fun("memory_get_usage", "i?", "l", Effect),
    fun("memory_get_peak_usage", "i?", "l", Effect),
    fun("php_sapi_name", "", "T", Pure),
    fun("random_bytes", "n", "B", Effect),
    fun("inet_pton", "t", "?B", Pure),
    fun("inet_ntop", "t", "?T", Pure),
    named("filter_var::ip", "t", "?B", Pure, "valid_address"),
    fun("ip2long", "t", "?l", Pure),
    fun("long2ip", "n", "T", Pure),
    fun("getmypid", "", "l", Effect),
    fun("posix_kill", "n n", "b", Effect),
    fun("gethostbyname", "t", "B", Effect),
    fun("gethostname", "", "B", Effect),
    fun("phpversion", "", "T", Pure),
    fun("readline", "t?", "?B", Effect),
    fun("getservbyname", "t t", "?z", Effect),
    fun("getservbyport", "n t", "?B", Effect),
    fun("gethostbynamel", "t", "?L", Effect),
    fun("exec", "t", "?B", Effect),
    fun("system", "t", "?B", Effect),
    fun("passthru", "t", "v", Effect),
    fun("escapeshellarg", "t", "B", Effect),
    named("posix_getpid", "", "l", Effect, "getmypid"),
    fun("posix_getppid", "", "l", Effect),
    fun("posix_getuid", "", "l", Effect),
    fun("posix_geteuid", "", "l", Effect),
    fun("posix_getgid", "", "l", Effect),
    fun("posix_getegid", "", "l", Effect),
    fun("gethostbyaddr", "t", "?B", Effect),
    fun("php_uname", "t?", "B", Effect),
    fun("readfile", "t", "?z", Effect),
    fun("chmod", "t n", "b", Effect),
    fun("md5_file", "t", "?T", Effect),
    fun("sha1_file", "t", "?T", Effect),
    fun("utf8_decode", "t", "B", Effect),
    fun("stristr", "t t", "?B", Pure),
    fun("str_ireplace", "t t t", "B", Pure),
    fun("strripos", "t t", "?z", Pure),
    fun("strpbrk", "t t", "?B", Pure),
    fun("similar_text", "t t", "z", Pure),
    fun("levenshtein", "t t", "l", Pure),
    fun("str_word_count", "t", "z", Pure),
    fun("wordwrap", "t n t", "B", Effect),
    fun("htmlspecialchars_decode", "t", "B", Pure),
    fun("is_nan", "f", "b", Pure),
    fun("is_infinite", "f", "b", Pure),
    fun("is_finite", "f", "b", Pure),
    fun("checkdate", "n n n", "b", Pure),
    fun("is_executable", "t", "b", Effect),
    fun("tempnam", "t t", "?B", Effect),
    named("error_log::append", "t t", "b", Effect, "error_log_to"),
    fun("exp", "f", "f", Pure),
    fun("log", "f", "f", Pure),
    fun("log10", "f", "f", Pure),
    fun("sin", "f", "f", Pure),
    fun("cos", "f", "f", Pure),
    fun("tan", "f", "f", Pure),
    fun("atan", "f", "f", Pure),
    fun("atan2", "f f", "f", Pure),
    fun("asin", "f", "f", Pure),
    fun("acos", "f", "f", Pure),
    fun("deg2rad", "f", "f", Pure),
    fun("rad2deg", "f", "f", Pure),
    fun("fmod", "f f", "f", Pure),
    fun("hypot", "f f", "f", Pure),
];

pub(crate) fn find(name: &str, arity: usize) -> Option<&'static Fun> {
    TABLE.iter().find(|f| {
        f.name == name
            && f.params.split_whitespace().count() >= arity
            && f.params.split_whitespace().filter(|p| !p.ends_with('?')).count() <= arity
    })
}

pub(crate) fn known(name: &str) -> bool {
    TABLE.iter().any(|f| f.name == name)
}

/// Whether a function is named like one of ext/sockets, and is none: PHP ends where it is called.
pub(crate) fn is_undefined(name: &str) -> bool {
    const EXTENSION: &str = "accept addrinfo_bind addrinfo_connect addrinfo_explain addrinfo_lookup atmark bind clear_error \
        close cmsg_space connect create create_listen create_pair export_stream get_option getopt get_status getpeername \
        getsockname import_stream last_error listen read recv recvfrom recvmsg select send sendmsg sendto set_block \
        set_blocking set_nonblock set_option set_timeout setopt shutdown strerror write wsaprotocol_info_export \
        wsaprotocol_info_import wsaprotocol_info_release";
    let own = name.strip_prefix("socket_").is_some_and(|rest| !EXTENSION.split_whitespace().any(|known| known == rest));
    // What PHP has no more, and names that are often taken for PHP's.
    const GONE: &[&str] = &[
        "create_function",
        "each",
        "ereg",
        "ereg_replace",
        "eregi",
        "eregi_replace",
        "get_magic_quotes_gpc",
        "money_format",
        "mysql_close",
        "mysql_connect",
        "mysql_pconnect",
        "mysql_query",
        "mysql_real_escape_string",
        "mysql_select_db",
        "set_magic_quotes_runtime",
        "split",
        "spliti",
        "sql_regcase",
        "strerror",
    ];
    own || GONE.contains(&name)
}

/// The error of a call of ext/sockets with too few or too many arguments.
pub(crate) fn wrong_count(name: &str, given: usize) -> Option<String> {
    let fun = TABLE.iter().find(|f| f.name == name && f.how == Crate)?;
    let most = fun.params.split_whitespace().count();
    let least = fun.params.split_whitespace().filter(|p| !p.ends_with('?')).count();
    let (word, expected) = match given {
        _ if (least..=most).contains(&given) => return None,
        _ if least == most => ("exactly", least),
        _ if given < least => ("at least", least),
        _ => ("at most", most),
    };
    let plural = if expected == 1 { "" } else { "s" };
    Some(format!("ArgumentCountError: {name}() expects {word} {expected} argument{plural}, {given} given"))
}

/// Functions that PHP has for its process, of which nothing is left: their line falls away.
pub(crate) fn without_effect(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "error_reporting",
        "set_time_limit",
        "ob_implicit_flush",
        "ignore_user_abort",
        "flush",
        "ob_flush",
        "gc_collect_cycles",
        "gc_enable",
        "fflush",
        "header",
        "session_write_close",
        // There is no buffer, as ob_start() is refused.
        "ob_end_flush",
        "ob_end_clean",
        "clearstatcache",
        "readline_add_history",
    ];
    NAMES.contains(&name)
}

/// Whether the function returns an object or false.
pub(crate) fn returns_handle(name: &str) -> bool {
    ["socket_create", "socket_create_listen", "socket_accept", "fopen"].contains(&name)
}

/// Whether the function returns a value that is not a bool, or false.
pub(crate) fn returns_or_false(name: &str) -> bool {
    ["socket_select", "socket_recv", "socket_recvfrom", "fgets"].contains(&name)
        || TABLE.iter().any(|f| f.name == name && f.returns.starts_with('?'))
}

/// Whether the function returns an array or false.
pub(crate) fn may_be_no_array(name: &str) -> bool {
    name == "unpack" || TABLE.iter().any(|f| f.name == name && f.returns == "?L")
}

/// The arguments that a function assigns to, and those that it changes.
pub(crate) fn references(name: &str) -> (&'static [usize], &'static [usize]) {
    match name {
        "socket_getsockname" | "socket_getpeername" => (&[1, 2], &[]),
        "socket_recv" => (&[1], &[]),
        "socket_recvfrom" => (&[1, 4, 5], &[]),
        "socket_create_pair" => (&[3], &[]),
        "socket_select" => (&[], &[0, 1, 2]),
        "socket_recvmsg" => (&[], &[1]),
        "sort" | "rsort" | "ksort" | "krsort" | "asort" | "arsort" | "array_push" | "array_pop" | "array_shift"
        | "array_unshift" | "array_splice" | "shuffle" | "usort" => (&[], &[0]),
        _ => (&[], &[]),
    }
}

/// Whether a call changes nothing and shows nothing.
pub(crate) fn is_pure(name: &str) -> bool {
    const OTHERS: &[&str] = &[
        "strlen",
        "exception::getmessage",
        "exception::getcode",
        "exception::getline",
        "count",
        "sizeof",
        "implode",
        "join",
        "in_array",
        "array_search",
        "array_keys",
        "array_values",
        "array_merge",
        "array_reverse",
        "array_sum",
        "array_key_exists",
        "array_key_first",
        "array_key_last",
        "is_numeric",
        "intval",
        "strval",
        "floatval",
        "sprintf",
        "max",
        "min",
        "abs",
        "spl_object_id",
        "socket_last_error",
        "getprotobyname",
        "array_slice",
        "array_unique",
        "range",
        "microtime",
        "is_null",
        "is_string",
        "is_int",
        "is_array",
        "array_map",
        "socket_strerror",
        "json_encode",
    ];
    OTHERS.contains(&name) || TABLE.iter().any(|f| f.name == name && (matches!(f.how, Pure | Plain) || name == "time"))
}
