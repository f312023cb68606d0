pub(crate) fn path(name: &impl Bytes) -> std::path::PathBuf {
    String::from_utf8_lossy(&name.bytes()).into_owned().into()
}

/// The path of a file to be read or written: PHP throws if there is none.
pub(crate) fn named(name: &impl Bytes) -> std::path::PathBuf {
    let path = path(name);
    if path.as_os_str().is_empty() {
        fatal("ValueError: Path must not be empty");
    }
    path
}

/// The reason as PHP gives it: the system's text without its number.
pub(crate) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

pub(crate) fn file_get_contents(name: impl Bytes) -> Option<Vec<u8>> {
    let path = named(&name);
    let told = |error| warning(format!("file_get_contents({}): Failed to open stream: {}", path.display(), reason(&error)));
    std::fs::read(&path).map_err(told).ok()
}

pub(crate) fn file_put_contents(name: impl Bytes, data: impl Bytes) -> Option<usize> {
    let (path, data) = (named(&name), data.bytes());
    let told = |error| warning(format!("file_put_contents({}): Failed to open stream: {}", path.display(), reason(&error)));
    std::fs::write(&path, &data).map_err(told).ok().map(|()| data.len())
}

pub(crate) fn file_exists(name: impl Bytes) -> bool {
    path(&name).exists()
}

pub(crate) fn is_file(name: impl Bytes) -> bool {
    path(&name).is_file()
}

pub(crate) fn is_dir(name: impl Bytes) -> bool {
    path(&name).is_dir()
}

pub(crate) fn filesize(name: impl Bytes) -> Option<usize> {
    let path = path(&name);
    let told = |_| warning(format!("filesize(): stat failed for {}", path.display()));
    path.metadata().map_err(told).ok().map(|file| to_usize(file.len()))
}

pub(crate) fn unlink(name: impl Bytes) -> bool {
    let path = path(&name);
    let told = |error| warning(format!("unlink({}): {}", path.display(), reason(&error)));
    std::fs::remove_file(&path).map_err(told).is_ok()
}

pub(crate) fn basename(name: impl Bytes) -> Vec<u8> {
    let name = name.bytes();
    let end = name.iter().rposition(|b| *b != b'/').map_or(0, |at| at + 1);
    let start = name[..end].iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1);
    name[start..end].to_vec()
}

/// `pathinfo($name, PATHINFO_EXTENSION)`: what is behind the last dot.
pub(crate) fn extension(name: impl Bytes) -> Vec<u8> {
    let name = basename(name);
    name.iter().rposition(|b| *b == b'.').map_or_else(Vec::new, |at| name[at + 1..].to_vec())
}

/// `pathinfo($name, PATHINFO_FILENAME)`: what is in front of the last dot.
pub(crate) fn filename(name: impl Bytes) -> Vec<u8> {
    let mut name = basename(name);
    name.truncate(name.iter().rposition(|b| *b == b'.').unwrap_or(name.len()));
    name
}

/// What a command of the shell prints; null where that is nothing.
pub(crate) fn shell_exec(command: impl Bytes) -> Option<Vec<u8>> {
    use std::os::unix::ffi::OsStrExt;
    let command = command.bytes();
    if command.is_empty() {
        fatal("ValueError: shell_exec(): Argument #1 ($command) must not be empty");
    }
    if command.contains(&0) {
        fatal("ValueError: shell_exec(): Argument #1 ($command) must not contain any null bytes");
    }
    let mut shell = std::process::Command::new("/bin/sh");
    shell.arg("-c").arg(std::ffi::OsStr::from_bytes(&command));
    let output = shell.stdin(std::process::Stdio::inherit()).stderr(std::process::Stdio::inherit()).output();
    output.ok().map(|output| output.stdout).filter(|text| !text.is_empty())
}

/// A line from the standard input, with its end.
pub(crate) fn read_line() -> Option<Vec<u8>> {
    use std::io::BufRead;
    let mut line = Vec::new();
    std::io::stdin().lock().read_until(b'\n', &mut line).ok().filter(|count| *count > 0).map(|_| line)
}

/// `fgets(STDIN, $length)`: at the most one byte less than that.
pub(crate) fn read_line_of(length: usize) -> Option<Vec<u8>> {
    line_of(&mut std::io::stdin().lock(), Some(length))
}

pub(crate) fn line_of(from: &mut impl std::io::BufRead, length: Option<usize>) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    let most = length.map_or(u64::MAX, |length| length as u64 - 1);
    std::io::BufRead::read_until(&mut std::io::Read::take(from, most), b'\n', &mut line).ok();
    (!line.is_empty()).then_some(line)
}

pub(crate) fn readline(prompt: impl Bytes) -> Option<Vec<u8>> {
    output(&prompt);
    read_line().map(|line| rtrim_of(line, "\r\n"))
}

/// `fwrite(STDERR, $text)`
pub(crate) fn write_error(text: impl Bytes) -> Option<usize> {
    let text = text.bytes();
    std::io::stderr().write_all(&text).ok().map(|()| text.len())
}

/// `fwrite(STDOUT, $text)`
pub(crate) fn write_output(text: impl Bytes) -> Option<usize> {
    output(&text);
    Some(text.bytes().len())
}

/// `fopen('php://stderr', 'w')`
pub(crate) fn open_error_output() -> Option<std::fs::File> {
    use std::os::fd::AsFd;
    std::io::stderr().as_fd().try_clone_to_owned().ok().map(std::fs::File::from)
}

/// `fopen('php://stdout', 'w')`
pub(crate) fn open_output() -> Option<std::fs::File> {
    use std::os::fd::AsFd;
    std::io::stdout().as_fd().try_clone_to_owned().ok().map(std::fs::File::from)
}

/// `fopen` of a file for reading (`r`), writing (`w`), or at its end (`a`); it is made anew by `x`, and kept by `c`.
pub(crate) fn fopen(name: impl Bytes, mode: &str) -> Option<std::fs::File> {
    let path = named(&name);
    let mut options = std::fs::OpenOptions::new();
    let mode = mode.replace(['b', 't'], "");
    match mode.trim_end_matches('+') {
        "w" => options.write(true).create(true).truncate(true),
        "a" => options.append(true).create(true),
        "x" => options.write(true).create_new(true),
        "c" => options.write(true).create(true).truncate(false),
        _ => options.read(true),
    };
    if mode.ends_with('+') {
        options.read(true).write(true);
    }
    let told = |error| warning(format!("fopen({}): Failed to open stream: {}", path.display(), reason(&error)));
    options.open(&path).map_err(told).ok()
}

pub(crate) fn fwrite(mut file: &std::fs::File, data: impl Bytes) -> Option<usize> {
    let data = data.bytes();
    let told = |error| warning(format!("fwrite(): Write of {} bytes failed: {}", data.len(), reason(&error)));
    file.write_all(&data).map_err(told).ok().map(|()| data.len())
}

pub(crate) fn dirname(name: impl Bytes) -> Vec<u8> {
    let name = name.bytes();
    let end = name.iter().rposition(|b| *b != b'/').map_or(0, |at| at + 1);
    let Some(slash) = name[..end].iter().rposition(|b| *b == b'/') else {
        return if name.first() == Some(&b'/') { b"/".to_vec() } else { b".".to_vec() };
    };
    let folder = name[..slash].iter().rposition(|b| *b != b'/').map_or(0, |at| at + 1);
    if folder == 0 { b"/".to_vec() } else { name[..folder].to_vec() }
}

/// `__DIR__`: the folder that the program is in.
pub(crate) fn program_folder() -> Vec<u8> {
    let folder = std::env::current_exe().ok().and_then(|path| Some(path.parent()?.to_owned())).unwrap_or_default();
    folder.to_string_lossy().into_owned().into_bytes()
}

pub(crate) fn mkdir(name: impl Bytes, _mode: impl Into<Option<i64>>) -> bool {
    let told = |error| warning(format!("mkdir(): {}", reason(&error)));
    std::fs::create_dir(path(&name)).map_err(told).is_ok()
}

/// `mkdir($name, $mode, $recursive)`
pub(crate) fn mkdir_all(name: impl Bytes, mode: i64, recursive: i32) -> bool {
    if recursive == 0 || path(&name).exists() {
        return mkdir(name, mode);
    }
    let told = |error| warning(format!("mkdir(): {}", reason(&error)));
    std::fs::create_dir_all(path(&name)).map_err(told).is_ok()
}

pub(crate) fn rmdir(name: impl Bytes) -> bool {
    let path = path(&name);
    let told = |error| warning(format!("rmdir({}): {}", path.display(), reason(&error)));
    std::fs::remove_dir(&path).map_err(told).is_ok()
}

pub(crate) fn rename(from: impl Bytes, to: impl Bytes) -> bool {
    let (from, to) = (path(&from), path(&to));
    let told = |error| warning(format!("rename({},{}): {}", from.display(), to.display(), reason(&error)));
    std::fs::rename(&from, &to).map_err(told).is_ok()
}

pub(crate) fn copy(from: impl Bytes, to: impl Bytes) -> bool {
    let from = path(&from);
    let told = |error| warning(format!("copy({}): Failed to open stream: {}", from.display(), reason(&error)));
    std::fs::copy(&from, path(&to)).map_err(told).is_ok()
}

pub(crate) fn touch(name: impl Bytes) -> bool {
    let file = std::fs::OpenOptions::new().append(true).create(true).open(path(&name));
    let told = |error| warning(format!("touch(): Unable to create file {} because {}", path(&name).display(), reason(&error)));
    file.and_then(|file| file.set_modified(std::time::SystemTime::now())).map_err(told).is_ok()
}

pub(crate) fn is_readable(name: impl Bytes) -> bool {
    let path = path(&name);
    if path.is_dir() { std::fs::read_dir(path).is_ok() } else { std::fs::File::open(path).is_ok() }
}

pub(crate) fn is_writable(name: impl Bytes) -> bool {
    let path = path(&name);
    if path.is_dir() {
        return path.metadata().is_ok_and(|folder| !folder.permissions().readonly());
    }
    std::fs::OpenOptions::new().append(true).open(path).is_ok()
}

pub(crate) fn filemtime(name: impl Bytes) -> Option<i64> {
    let path = path(&name);
    let told = |_| warning(format!("filemtime(): stat failed for {}", path.display()));
    let time = path.metadata().and_then(|file| file.modified()).map_err(told).ok()?;
    time.duration_since(std::time::SystemTime::UNIX_EPOCH).ok().map(|time| time.as_secs() as i64)
}

pub(crate) fn sys_get_temp_dir() -> Vec<u8> {
    getenv("TMPDIR").filter(|folder| !folder.is_empty()).map_or_else(|| b"/tmp".to_vec(), |folder| rtrim_of(folder, "/"))
}
