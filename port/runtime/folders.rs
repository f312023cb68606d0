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

/// The last line that a command of the shell prints.
pub(crate) fn exec(command: impl Bytes) -> Option<Vec<u8>> {
    let text = shell_exec(command).unwrap_or_default();
    let last = text.strip_suffix(b"\n").unwrap_or(&text).rsplit(|b| *b == b'\n').next().unwrap_or_default();
    Some(last.trim_ascii_end().to_vec())
}
