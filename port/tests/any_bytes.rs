//! Whatever is given to it, the tool answers: scripts that were cut, doubled and mixed by chance.

use std::fs;
use std::path::Path;

use php_sockets_port::port;

/// A small generator of numbers, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % end.max(1)
    }
}

fn scripts() -> Vec<String> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut list = Vec::new();
    for folder in ["tests/held_out", "../tests/parity/programs"] {
        for entry in fs::read_dir(package.join(folder)).expect("it is there") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|e| e == "php") {
                list.push(fs::read_to_string(path).expect("a text"));
            }
        }
    }
    list.sort();
    let mut traps = String::new();
    for entry in fs::read_dir(package.join("tests/traps")).expect("it is there") {
        traps.push('\n');
        traps.push_str(&fs::read_to_string(entry.expect("an entry").path()).expect("a text"));
    }
    list.extend(traps.split("\n=== ").skip(1).filter_map(|t| t.split_once('\n')).map(|(_, t)| format!("<?php\n{t}")));
    list
}

/// A place in a text that is no middle of a character.
fn place(random: &mut Random, text: &str) -> usize {
    let mut at = random.below(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[test]
fn no_script_makes_it_panic() {
    let scripts = scripts();
    let mut random = Random(42);
    for _ in 0..3000 {
        let mut text = scripts[random.below(scripts.len())].clone();
        for _ in 0..=random.below(4) {
            let (a, b) = (place(&mut random, &text), place(&mut random, &text));
            let part = text[a.min(b)..a.max(b)].to_owned();
            match random.below(4) {
                0 => text.replace_range(a.min(b)..a.max(b), ""),
                1 => text.insert_str(a, &part),
                2 => {
                    let other = &scripts[random.below(scripts.len())];
                    let (c, d) = (place(&mut random, other), place(&mut random, other));
                    text.insert_str(a, &other[c.min(d)..c.max(d)]);
                }
                _ => {
                    let statements: Vec<&str> = text.split_inclusive(";\n").collect();
                    if statements.is_empty() {
                        continue;
                    }
                    let (c, d) = (random.below(statements.len()), random.below(statements.len()));
                    let mut statements = statements;
                    statements.swap(c, d);
                    text = statements.concat();
                }
            }
            if text.len() > 20_000 {
                let end = place(&mut random, &text);
                text.truncate(end);
            }
        }
        let output = port(&text);
        let mistakes: Vec<_> =
            output.refused.iter().filter(|r| r.reason.contains("mistake of php-sockets-port")).collect();
        assert!(mistakes.is_empty(), "{mistakes:?}\n{text}");
    }
}
