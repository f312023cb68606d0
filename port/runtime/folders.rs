/// `file_put_contents($name, $data, FILE_APPEND)`
pub(crate) fn file_append(name: impl Bytes, data: impl Bytes) -> Option<usize> {
    let (path, data) = (named(&name), data.bytes());
    let told = |error| warning(format!("file_put_contents({}): Failed to open stream: {}", path.display(), reason(&error)));
    let file = std::fs::OpenOptions::new().append(true).create(true).open(&path);
    file.and_then(|mut file| file.write_all(&data)).map_err(told).ok().map(|()| data.len())
}

/// `pathinfo($name)`: the parts that there are.
pub(crate) fn path_parts(name: impl Bytes) -> Array<Vec<u8>, Vec<u8>> {
    let name = name.bytes();
    let mut parts = Array::default();
    if !name.is_empty() {
        parts.insert("dirname", dirname(&name));
    }
    parts.insert("basename", basename(&name));
    if basename(&name).contains(&b'.') {
        parts.insert("extension", extension(&name));
    }
    parts.insert("filename", filename(&name));
    parts
}

/// `filter_var($address, FILTER_VALIDATE_IP)`
pub(crate) fn valid_address(address: impl Bytes) -> Option<Vec<u8>> {
    let address = address.bytes();
    let text = std::str::from_utf8(&address).ok()?;
    text.parse::<std::net::IpAddr>().ok().map(|_| address.to_vec())
}

/// The lines of a file, each with its end.
pub(crate) fn file(name: impl Bytes) -> Option<Vec<Vec<u8>>> {
    let path = named(&name);
    let told = |error| warning(format!("file({}): Failed to open stream: {}", path.display(), reason(&error)));
    let text = std::fs::read(&path).map_err(told).ok()?;
    Some(text.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect())
}

/// The names in a folder in their order, with `.` and `..`.
pub(crate) fn scandir(name: impl Bytes) -> Option<Vec<Vec<u8>>> {
    let path = named(&name);
    let told = |error| warning(format!("scandir({}): Failed to open directory: {}", path.display(), reason(&error)));
    let names = std::fs::read_dir(&path).map_err(told).ok()?.flatten();
    let mut names: Vec<_> = names.map(|entry| entry.file_name().to_string_lossy().into_owned().into_bytes()).collect();
    names.extend([b".".to_vec(), b"..".to_vec()]);
    names.sort();
    Some(names)
}

pub(crate) fn realpath(name: impl Bytes) -> Option<Vec<u8>> {
    let path = path(&name);
    let path = if path.as_os_str().is_empty() { ".".into() } else { path };
    path.canonicalize().ok().map(|path| path.to_string_lossy().into_owned().into_bytes())
}

pub(crate) fn getcwd() -> Option<Vec<u8>> {
    std::env::current_dir().ok().map(|path| path.to_string_lossy().into_owned().into_bytes())
}

pub(crate) fn chdir(name: impl Bytes) -> bool {
    let told = |error| warning(format!("chdir(): {}", reason(&error)));
    std::env::set_current_dir(path(&name)).map_err(told).is_ok()
}

/// `error_log`, which is the standard error where php.ini names no file.
pub(crate) fn error_log(text: impl Bytes) -> bool {
    eprintln!("{}", String::from_utf8_lossy(&text.bytes()));
    true
}

/// `error_log($text, 3, $file)`
pub(crate) fn error_log_to(text: impl Bytes, name: impl Bytes) -> bool {
    let path = named(&name);
    let told = |error| warning(format!("error_log({}): Failed to open stream: {}", path.display(), reason(&error)));
    let file = std::fs::OpenOptions::new().append(true).create(true).open(&path);
    file.and_then(|mut file| file.write_all(&text.bytes())).map_err(told).is_ok()
}

pub(crate) fn is_executable(name: impl Bytes) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path(&name).metadata().is_ok_and(|file| file.permissions().mode() & 0o111 != 0)
}

/// A new, empty file in a folder.
pub(crate) fn tempnam(folder: impl Bytes, prefix: impl Bytes) -> Option<Vec<u8>> {
    use std::os::unix::fs::OpenOptionsExt;
    use std::os::unix::ffi::OsStringExt;
    let wanted = std::fs::canonicalize(path(&folder)).ok().filter(|folder| folder.is_dir());
    let folder = wanted.map_or_else(
        || {
            eprintln!("PHP Notice:  tempnam(): file created in the system's temporary directory");
            sys_get_temp_dir()
        },
        |folder| folder.into_os_string().into_vec(),
    );
    let prefix = basename(prefix);
    for _ in 0..100 {
        let letters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        let end: Vec<u8> = (0..19).map(|_| letters[to_usize(rand(0, letters.len() as i64 - 1))]).collect();
        let name = text!(folder, "/", prefix, end);
        if std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path(&name)).is_ok() {
            return Some(name);
        }
    }
    None
}

/// The last line that a command of the shell prints.
pub(crate) fn exec(command: impl Bytes) -> Option<Vec<u8>> {
    let text = shell_exec(command).unwrap_or_default();
    let last = text.strip_suffix(b"\n").unwrap_or(&text).rsplit(|b| *b == b'\n').next().unwrap_or_default();
    Some(last.trim_ascii_end().to_vec())
}

/// Runs a command and prints what it prints, as it comes; the value is its last line.
pub(crate) fn system(command: impl Bytes) -> Option<Vec<u8>> {
    use std::io::Read;
    let mut child = shell("system", command).stdout(std::process::Stdio::piped()).spawn().ok()?;
    let (mut printed, mut part) = (Vec::new(), [0; 4096]);
    while let Some(length) = child.stdout.as_mut()?.read(&mut part).ok().filter(|length| *length > 0) {
        output(&part[..length].to_vec());
        printed.extend_from_slice(&part[..length]);
    }
    drop(child.wait());
    let last = printed.strip_suffix(b"\n").unwrap_or(&printed).rsplit(|b| *b == b'\n').next().unwrap_or_default();
    Some(last.trim_ascii_end().to_vec())
}

pub(crate) fn passthru(command: impl Bytes) {
    drop(shell("passthru", command).status());
}

fn shell(function: &str, command: impl Bytes) -> std::process::Command {
    use std::os::unix::ffi::OsStrExt;
    let command = command.bytes();
    if command.is_empty() {
        fatal(format!("ValueError: {function}(): Argument #1 ($command) must not be empty"));
    }
    let mut shell = std::process::Command::new("/bin/sh");
    shell.arg("-c").arg(std::ffi::OsStr::from_bytes(&command));
    shell
}

pub(crate) fn escapeshellarg(text: impl Bytes) -> Vec<u8> {
    text!("'", str_replace("'", "'\\''", text), "'")
}

pub(crate) fn readfile(name: impl Bytes) -> Option<usize> {
    let path = named(&name);
    let told = |error| warning(format!("readfile({}): Failed to open stream: {}", path.display(), reason(&error)));
    let text = std::fs::read(&path).map_err(told).ok()?;
    output(&text);
    Some(text.len())
}

pub(crate) fn chmod(name: impl Bytes, mode: i64) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let told = |error| warning(format!("chmod(): {}", reason(&error)));
    let mode = std::fs::Permissions::from_mode(u32::try_from(mode & 0o7777).unwrap_or(0));
    std::fs::set_permissions(path(&name), mode).map_err(told).is_ok()
}

pub(crate) fn md5_file(name: impl Bytes) -> Option<String> {
    let path = named(&name);
    let told = |error| warning(format!("md5_file({}): Failed to open stream: {}", path.display(), reason(&error)));
    std::fs::read(&path).map_err(told).ok().map(md5)
}

pub(crate) fn sha1_file(name: impl Bytes) -> Option<String> {
    let path = named(&name);
    let told = |error| warning(format!("sha1_file({}): Failed to open stream: {}", path.display(), reason(&error)));
    std::fs::read(&path).map_err(told).ok().map(sha1)
}
