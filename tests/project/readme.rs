//! The two READMEs say the same in two languages, and their links lead somewhere.

use std::{collections::BTreeSet, fs, io, path::Path};

const READMES: [&str; 2] = ["README.md", "README.zh-CN.md"];

fn read(name: &str) -> io::Result<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name))
}

/// The lines of the code blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(this) = line.strip_prefix("```").filter(|it| !it.is_empty()) {
            let block: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            if this == language {
                blocks.push(block.join("\n"));
            }
        }
    }
    blocks
}

/// A text without its code.
fn prose(text: &str) -> String {
    let outside = text.split("\n```").step_by(2).collect::<String>();
    outside.split('`').step_by(2).collect()
}

#[test]
fn both_have_the_same_commands_and_programs() -> io::Result<()> {
    let [english, chinese] = READMES.map(read);
    let (english, chinese) = (english?, chinese?);
    for language in ["php", "rust,no_run"] {
        assert!(!blocks(&english, language).is_empty(), "no {language}");
        assert_eq!(blocks(&english, language), blocks(&chinese, language));
    }
    // Their comments are in their own language.
    let commands = |text: &str| -> Vec<String> {
        let lines: Vec<_> = blocks(text, "sh").iter().flat_map(|block| block.lines()).map(str::to_owned).collect();
        lines.iter().map(|line| line.split('#').next().unwrap_or_default().trim().to_owned()).collect()
    };
    assert!(commands(&english).len() >= 3);
    assert_eq!(commands(&english), commands(&chinese));
    Ok(())
}

#[test]
fn each_leads_to_the_other_and_the_first_fits_a_page() -> io::Result<()> {
    for (one, other) in [(READMES[0], READMES[1]), (READMES[1], READMES[0])] {
        let text = read(one)?;
        assert!(text.lines().next().is_some_and(|line| line.contains(&format!("({other})"))), "{one}");
    }
    assert!(read(READMES[0])?.lines().count() <= 120);
    Ok(())
}

/// Every link to a file, in the READMEs and the pages of `docs/`, leads to a file that is there.
#[test]
fn links_lead_to_files() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages: BTreeSet<_> = READMES.iter().map(|name| root.join(name)).collect();
    pages.insert(root.join("benches/peers/README.md"));
    for entry in fs::read_dir(root.join("docs"))? {
        pages.insert(entry?.path());
    }
    let mut links = 0;
    for page in pages.iter().filter(|path| path.extension().is_some_and(|it| it == "md")) {
        let text = prose(&fs::read_to_string(page)?);
        let inline = text.split("](").skip(1).filter_map(|rest| rest.split([')', '\n']).next());
        let pictures = text.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let defined = text.lines().filter(|line| line.starts_with('[')).filter_map(|line| line.split_once("]: "));
        for link in inline.chain(pictures).chain(defined.map(|it| it.1)) {
            let file = link.split('#').next().unwrap_or_default();
            // The front page alone is read nowhere but in the crate's documentation.
            let is_item = link.starts_with("crate::") && page.ends_with("front.md");
            if file.is_empty() || link.contains("://") || is_item {
                continue;
            }
            let target = page.parent().unwrap_or(root).join(file);
            assert!(target.exists(), "{link} in {}", page.display());
            links += 1;
        }
    }
    assert!(links > 20, "only {links} links");
    Ok(())
}
