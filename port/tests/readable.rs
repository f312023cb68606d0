//! Outputs that a person reads as program text, kept beside their scripts: a change of what is written is seen here.
//! `PHP_SOCKETS_PORT_WRITE=1` writes them anew.

use std::path::Path;
use std::{env, fs};

#[test]
fn outputs_are_as_they_were_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readable");
    let anew = env::var_os("PHP_SOCKETS_PORT_WRITE").is_some();
    let mut different = Vec::new();
    let mut scripts = 0;
    for entry in fs::read_dir(&folder).expect("it is there") {
        let script = entry.expect("an entry").path();
        if script.extension().is_none_or(|end| end != "php") {
            continue;
        }
        scripts += 1;
        let output = php_sockets_port::port_file(&script).expect("a text");
        assert!(output.refused.is_empty(), "{}: {:?}", script.display(), output.refused);
        let kept = script.with_extension("rs");
        if anew {
            fs::write(&kept, &output.rust).expect("it can be written");
        } else if fs::read_to_string(&kept).ok().as_deref() != Some(output.rust.as_str()) {
            different.push(kept);
        }
    }
    assert!(scripts > 0);
    assert!(different.is_empty(), "written otherwise than kept: {different:#?}");
}
