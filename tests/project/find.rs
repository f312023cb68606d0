//! Whether a test exists that a table names.

use std::{collections::HashMap, fs, io, path::Path};

/// The texts of the files that have been looked into.
#[derive(Default)]
pub(crate) struct Tests(HashMap<String, String>);

impl Tests {
    /// Says whether there is a test `BINARY::FILE::NAME`, or `src::FILE::NAME` beside what it tests. Submodules of `FILE` need not be named.
    pub(crate) fn contain(&mut self, test: &str) -> io::Result<bool> {
        let Some((module, name)) = test.rsplit_once("::") else { return Ok(false) };
        // The cases of this binary are listed where they are called.
        if let Some(file) = module.strip_prefix("alone::") {
            return Ok(self.text("alone/main")?.contains(&format!("    {file}::{name},\n")));
        }
        let text = self.text(&module.replace("::", "/"))?;
        Ok(text.match_indices(&format!("fn {name}(")).any(|(at, _)| {
            let before = text[..at].rfind('\n').map_or("", |line| &text[..line]);
            let mut attributes = before.lines().rev().map(str::trim).take_while(|line| line.starts_with("#["));
            attributes.any(|line| line == "#[test]")
        }))
    }

    /// What a module says, with its submodules.
    fn text(&mut self, module: &str) -> io::Result<&str> {
        if !self.0.contains_key(module) {
            let within = if module.starts_with("src/") { "." } else { "tests" };
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(within).join(module);
            let mut text = fs::read_to_string(path.with_extension("rs"))?;
            if path.is_dir() {
                for entry in fs::read_dir(path)? {
                    text += &fs::read_to_string(entry?.path())?;
                }
            }
            self.0.insert(module.to_owned(), text);
        }
        Ok(&self.0[module])
    }
}
