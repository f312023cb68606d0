//! What the guides show is what runs: no line of a program is hidden, and each fragment (a block of `rs`, which is no program by
//! itself) stands in `tests/programs/guide` with what it needs around it.

use std::{error::Error, fs, path::Path};

fn read(file: &str) -> std::io::Result<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))
}

/// The blocks of code of a page, each with its language.
fn blocks(page: &str) -> Vec<(String, Vec<String>)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let block = lines.by_ref().take_while(|line| *line != "```").map(str::to_owned).collect();
            blocks.push((language.to_owned(), block));
        }
    }
    blocks
}

/// What the tests of a file have between `// shown` and `// not shown`, for each of its functions.
fn shown(tests: &str) -> Vec<Vec<String>> {
    let functions = tests.split("\n#[test]\n").skip(1);
    let lines = |function: &str| {
        let mut is_shown = false;
        let mut lines = Vec::new();
        for line in function.lines() {
            match line.trim() {
                "// shown" => is_shown = true,
                "// not shown" => is_shown = false,
                _ if is_shown => lines.push(line.to_owned()),
                _ => {}
            }
        }
        lines
    };
    functions.map(lines).map(|lines| without_indentation(&lines)).filter(|lines| !lines.is_empty()).collect()
}

fn without_indentation(lines: &[String]) -> Vec<String> {
    let indentation = |line: &String| line.len() - line.trim_start().len();
    let least = lines.iter().filter(|line| !line.is_empty()).map(indentation).min().unwrap_or_default();
    lines.iter().map(|line| line.get(least..).unwrap_or_default().to_owned()).collect()
}

fn pages() -> std::io::Result<Vec<String>> {
    let mut pages = vec!["README.md".to_owned(), "README.zh-CN.md".to_owned()];
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs"))? {
        pages.push(format!("docs/{}", entry?.file_name().to_string_lossy()));
    }
    pages.retain(|page| page.ends_with(".md"));
    Ok(pages)
}

#[test]
fn no_line_of_a_program_is_hidden() -> Result<(), Box<dyn Error>> {
    let mut programs = 0;
    for page in pages()? {
        for (_, block) in blocks(&read(&page)?).iter().filter(|(language, _)| language.starts_with("rust")) {
            programs += 1;
            let hidden = block.iter().find(|line| *line == "#" || line.starts_with("# "));
            assert_eq!(hidden, None, "{page}: is seen where the page is read as a file");
        }
    }
    assert!(programs > 10, "only {programs} programs");
    Ok(())
}

#[test]
fn each_fragment_runs() -> Result<(), Box<dyn Error>> {
    let mut count = 0;
    for page in pages()? {
        let fragments = blocks(&read(&page)?).into_iter().filter(|(language, _)| language == "rs").map(|it| it.1);
        let fragments: Vec<_> = fragments.collect();
        let name = page.trim_start_matches("docs/").trim_end_matches(".md").replace('-', "_");
        let tested = read(&format!("tests/programs/guide/{name}.rs")).map(|tests| shown(&tests)).unwrap_or_default();
        for fragment in &fragments {
            assert!(tested.contains(fragment), "{page}: no test has\n{}", fragment.join("\n"));
        }
        for fragment in &tested {
            assert!(fragments.contains(fragment), "{page} does not show\n{}", fragment.join("\n"));
        }
        count += fragments.len();
    }
    assert!(count > 20, "only {count} fragments");
    Ok(())
}

#[test]
fn the_programs_that_were_ported_have_as_many_lines_as_is_said() -> Result<(), Box<dyn Error>> {
    let mut lines = 0;
    let names = ["clock", "connect_proxy", "forking", "guess", "keys", "mail", "names", "prefork", "rooms", "syslog"];
    for name in names {
        for side in ["server", "client"] {
            let program = read(&format!("tests/parity/programs/{name}_{side}.php"))?;
            lines += program.lines().filter(|line| line.contains("socket_")).count();
        }
    }
    assert!(read("docs/from-php.md")?.contains(&format!("have {lines} lines with a socket function")), "{lines}");
    Ok(())
}
