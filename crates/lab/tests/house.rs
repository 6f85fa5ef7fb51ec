//! Rules of the house that no compiler checks.
#![expect(
    clippy::expect_used,
    reason = "a test ends at the first thing that fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A source file by its module path, such as `babel::router::select`.
type Module = String;

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every module that ships, with its text. Tests may import what they like.
fn modules() -> BTreeMap<Module, String> {
    let mut modules = BTreeMap::new();
    for entry in fs::read_dir(crates()).expect("the crates can be listed") {
        let folder = entry.expect("the entry can be read").path();
        let name = folder.file_name().expect("a crate has a name");
        let name = name.to_str().expect("in ASCII").to_owned();
        let mut files = Vec::new();
        rust_files(&folder.join("src"), &mut files);
        for file in files {
            let inside = file.strip_prefix(folder.join("src")).expect("it is inside");
            let mut parts: Vec<String> = inside
                .with_extension("")
                .iter()
                .map(|part| part.to_string_lossy().into_owned())
                .collect();
            if parts.iter().any(|part| part == "tests" || part == "main") {
                continue;
            }
            if parts.last().is_some_and(|last| last == "lib") {
                parts.pop();
            }
            parts.insert(0, name.clone());
            let mut text = fs::read_to_string(&file).expect("it is text");
            if let Some(tests) = text.find("#[cfg(test)]\nmod tests {") {
                text.truncate(tests);
            }
            modules.insert(parts.join("::"), text);
        }
    }
    modules
}

/// The paths after `crate::`, `self::` and `super::` in a module's text, made absolute.
fn mentions(module: &str, text: &str) -> Vec<String> {
    let krate = module.split("::").next().unwrap_or_default();
    let parent = module.rsplit_once("::").map_or(krate, |(parent, _)| parent);
    let mut paths = Vec::new();
    for line in text
        .lines()
        .map(str::trim_start)
        .filter(|line| !line.starts_with("//"))
    {
        for (marker, base) in [("crate::", krate), ("self::", module), ("super::", parent)] {
            for (at, _) in line.match_indices(marker) {
                let before = line[..at].chars().next_back();
                if before.is_some_and(|before| before.is_alphanumeric() || before == '_') {
                    continue;
                }
                let rest: String = line[at + marker.len()..]
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':')
                    .collect();
                paths.push(format!("{base}::{rest}"));
            }
        }
    }
    paths
}

/// Who imports whom, file by file.
fn imports(modules: &BTreeMap<Module, String>) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut imports = BTreeMap::new();
    for (module, text) in modules {
        let mut targets = BTreeSet::new();
        for mention in mentions(module, text) {
            let mut path = mention.trim_end_matches(':');
            // The longest leading part that is a file of its own.
            loop {
                if let Some((target, _)) = modules.get_key_value(path) {
                    if target != module {
                        targets.insert(target.as_str());
                    }
                    break;
                }
                match path.rsplit_once("::") {
                    Some((shorter, _)) => path = shorter,
                    None => break,
                }
            }
        }
        imports.insert(module.as_str(), targets);
    }
    imports
}

/// What is left after files that import nothing left are taken away, again and again.
fn knot<'a>(
    imports: &BTreeMap<&'a str, BTreeSet<&'a str>>,
) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut left = imports.clone();
    loop {
        let free: Vec<&str> = left
            .iter()
            .filter(|(_, targets)| targets.iter().all(|target| !left.contains_key(target)))
            .map(|(module, _)| *module)
            .collect();
        if free.is_empty() {
            return left;
        }
        left.retain(|module, _| !free.contains(module));
    }
}

#[test]
fn no_file_is_part_of_an_import_cycle() {
    let modules = modules();
    assert!(
        modules.len() > 100,
        "only {} files were found",
        modules.len()
    );
    let imports = imports(&modules);
    let edges: usize = imports.values().map(BTreeSet::len).sum();
    assert!(edges > 200, "only {edges} imports were found");
    let knot = knot(&imports);
    assert!(
        knot.is_empty(),
        "these files import each other in a circle: {knot:#?}"
    );
}

#[test]
fn a_cycle_would_be_found() {
    let text = |uses: &str| uses.to_owned();
    let modules = BTreeMap::from([
        (
            "x::a".to_owned(),
            text("use crate::b::Thing;\n// use crate::f::Nothing;"),
        ),
        ("x::b".to_owned(), text("    let c = crate::c::make();")),
        ("x::c".to_owned(), text("pub use self::d::Deep;\n")),
        (
            "x::c::d".to_owned(),
            text("use crate::a::Other;\nuse crate::f::Leaf;\n"),
        ),
        ("x::f".to_owned(), text("use std::fmt;\n")),
    ]);
    let found: Vec<&str> = knot(&imports(&modules)).into_keys().collect();
    assert_eq!(found, ["x::a", "x::b", "x::c", "x::c::d"]);
}

#[test]
fn only_the_linux_crate_holds_unsafe_code() {
    for (module, text) in modules() {
        let code = text
            .lines()
            .map(str::trim_start)
            .filter(|line| !line.starts_with("//"));
        let has_unsafe = code.into_iter().any(|line| line.contains("unsafe {"));
        assert!(!has_unsafe || module.starts_with("linux::sys"), "{module}");
    }
}

/// Names in backticks that look like a test's: sentences of at least four words.
fn sentences(page: &str) -> BTreeSet<&str> {
    page.split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.matches('_').count() >= 3)
        .filter(|word| {
            word.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        })
        .collect()
}

#[test]
fn every_test_that_a_page_about_rules_names_exists() {
    let mut files = Vec::new();
    rust_files(&crates(), &mut files);
    let code: String = files
        .iter()
        .map(|file| fs::read_to_string(file).expect("it is text"))
        .collect();
    let docs = crates().join("../docs");
    let mut named = 0;
    for entry in fs::read_dir(docs).expect("there are docs") {
        let path = entry.expect("the entry can be read").path();
        let name = path.file_name().expect("a page has a name");
        let name = name.to_string_lossy();
        let has_rules =
            name.starts_with("rfc") || ["grange-uplinkd.md", "from-mwan3.md"].contains(&&*name);
        if !has_rules {
            continue;
        }
        let page = fs::read_to_string(&path).expect("it is text");
        for sentence in sentences(&page) {
            named += 1;
            assert!(
                code.contains(&format!("fn {sentence}(")),
                "{} names {sentence}, which is nowhere",
                path.display()
            );
        }
    }
    assert!(named > 40, "only {named} tests are named");
}

/// Every file below `crates`, by its path from there.
fn all_files() -> BTreeSet<String> {
    fn walk(folder: &Path, root: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                walk(&path, root, found);
            } else {
                let inside = path.strip_prefix(root).expect("it is inside");
                found.insert(inside.to_string_lossy().into_owned());
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(&crates(), &crates(), &mut found);
    found
}

/// What stands for a rule: all tests' names and all files.
struct Witnesses {
    code: String,
    files: BTreeSet<String>,
}

impl Witnesses {
    fn gather() -> Self {
        let mut sources = Vec::new();
        rust_files(&crates(), &mut sources);
        let code = sources
            .iter()
            .map(|file| fs::read_to_string(file).expect("it is text"))
            .collect();
        Self {
            code,
            files: all_files(),
        }
    }

    /// Whether a cell of a page names a test that exists: a function, a golden packet, a file of tests or
    /// a crate that has some.
    fn back(&self, cell: &str) -> bool {
        let function = |word: &str| self.code.contains(&format!("fn {word}("));
        let file = |word: &str| {
            let end = format!("/{word}");
            word.strip_suffix(".rs").is_some() && self.files.iter().any(|file| file.ends_with(&end))
        };
        let tested_crate = |word: &str| {
            word.strip_prefix("crates/").is_some_and(|name| {
                let tests = format!("{name}/tests/");
                self.files.iter().any(|file| file.starts_with(&tests))
            })
        };
        let golden = |word: &str| {
            let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '*');
            let name = word.trim_end_matches('*').trim_start_matches("golden/");
            let packet = |file: &String| {
                let inside = file.strip_prefix("babel/tests/golden/");
                let inside = inside.and_then(|file| file.strip_suffix(".hex"));
                inside.is_some_and(|inside| {
                    let short = inside.rsplit('/').next().unwrap_or(inside);
                    let same = inside == name || short == name;
                    same || word.ends_with('*') && short.starts_with(name)
                })
            };
            !name.is_empty() && self.files.iter().any(packet)
        };
        let quoted = cell.split('`').skip(1).step_by(2);
        let mut quoted = quoted.filter(|word| !word.contains(' '));
        quoted.any(|word| function(word) || file(word) || tested_crate(word) || golden(word))
            || cell.contains("golden") && cell.split_whitespace().any(golden)
    }
}

/// The rows of a page's tables whose last column is about tests.
fn rows(page: &str) -> Vec<Vec<&str>> {
    let mut rows = Vec::new();
    let mut is_wanted = false;
    for line in page.lines() {
        let Some(line) = line.trim().strip_prefix('|') else {
            is_wanted = false;
            continue;
        };
        let cells: Vec<&str> = line
            .trim_end_matches('|')
            .split('|')
            .map(str::trim)
            .collect();
        if cells.last() == Some(&"test") {
            is_wanted = true;
        } else if is_wanted && !cells[0].starts_with("--") {
            rows.push(cells);
        }
    }
    rows
}

/// The pages about RFCs: number and text.
fn rfc_pages() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    for entry in fs::read_dir(crates().join("../docs")).expect("there are docs") {
        let path = entry.expect("the entry can be read").path();
        let name = path
            .file_name()
            .expect("a page has a name")
            .to_string_lossy();
        let number = name
            .strip_prefix("rfc")
            .and_then(|name| name.strip_suffix(".md"));
        if let Some(number) = number {
            pages.insert(
                number.to_owned(),
                fs::read_to_string(&path).expect("it is text"),
            );
        }
    }
    pages
}

#[test]
fn every_rule_on_an_rfc_page_names_a_test_that_exists() {
    let witnesses = Witnesses::gather();
    let pages = rfc_pages();
    assert!(pages.contains_key("8966"));
    for (number, page) in &pages {
        let rows = rows(page);
        assert!(
            rows.len() > 5,
            "docs/rfc{number}.md has no table of rules and tests"
        );
        let mut before = false;
        for row in rows {
            let cell = row.last().copied().unwrap_or_default();
            let backed = witnesses.back(cell) || cell.starts_with("the same") && before;
            assert!(backed, "docs/rfc{number}.md: no test for {row:?}");
            before = backed;
        }
    }
}

#[test]
fn a_rule_without_a_test_would_be_found() {
    let witnesses = Witnesses {
        code: "#[test]\nfn it_is_so_and_so() {}".to_owned(),
        files: [
            "babel/tests/golden/rfc/hello.hex",
            "babel/src/cost/tests.rs",
            "lab/tests/ring.rs",
        ]
        .map(str::to_owned)
        .into(),
    };
    for cell in [
        "`it_is_so_and_so`",
        "golden hello, other",
        "`cost/tests.rs`",
        "tests of `crates/lab`",
        "golden `hel*`",
    ] {
        assert!(witnesses.back(cell), "{cell}");
    }
    for cell in [
        "",
        "named above",
        "`it_is_not_so_at_all`",
        "golden goodbye",
        "`crates/none`",
        "`gone/tests.rs`",
        "hello",
    ] {
        assert!(!witnesses.back(cell), "{cell}");
    }
    let page =
        "| § | rule | test |\n|---|---|---|\n| 1 | r | `t` |\n\n| a | b |\n|---|---|\n| c | d |\n";
    assert_eq!(rows(page), [["1", "r", "`t`"]]);
}

/// The sections that a text cites, as (RFC, section): `RFC 8966 §3.5.1`, `RFC 8966 section 3.5.1` or
/// `RFC 8966 appendix B`; only of Babel's RFCs.
fn cited(text: &str) -> BTreeSet<(&str, &str)> {
    const BABEL: [&str; 5] = ["8966", "8967", "9079", "9229", "9616"];
    let mut cited = BTreeSet::new();
    for (at, _) in text.match_indices("RFC ") {
        let rest = &text[at + 4..];
        let Some((number, rest)) = rest.split_at_checked(4) else {
            continue;
        };
        let rest = rest.trim_start();
        let section = ["§", "section ", "appendix "]
            .iter()
            .find_map(|word| rest.strip_prefix(word));
        let Some(section) = section.filter(|_| BABEL.contains(&number)) else {
            continue;
        };
        let end = section
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '.')
            .unwrap_or(section.len());
        cited.insert((number, section[..end].trim_end_matches('.')));
    }
    cited
}

/// The sections that a page is about.
fn treated(page: &str) -> BTreeSet<&str> {
    let rows = rows(page);
    let first = rows
        .into_iter()
        .flat_map(|row| row[0].split(", ").collect::<Vec<_>>());
    let text = page.split('§').skip(1).filter_map(|rest| {
        rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '.')
            .next()
    });
    first
        .chain(text.map(|section| section.trim_end_matches('.')))
        .collect()
}

#[test]
fn every_section_that_code_cites_is_on_its_rfcs_page() {
    let pages = rfc_pages();
    let mut count = 0;
    let mut silent = Vec::new();
    for (module, text) in modules() {
        for (number, section) in cited(&text) {
            count += 1;
            let Some(page) = pages.get(number) else {
                // A key is read and refused: nothing of RFC 8967 is obeyed by that.
                assert!(
                    module.starts_with("routed::config::key"),
                    "{module} cites RFC {number}, which has no page"
                );
                continue;
            };
            // The page may be about the whole of it, or about its parts.
            let inside = |short: &str, long: &str| {
                long.strip_prefix(short)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            let is_treated = treated(page).into_iter().any(|treated| {
                !treated.is_empty() && (inside(treated, section) || inside(section, treated))
            });
            if !is_treated {
                silent.push(format!("{module} cites RFC {number} §{section}"));
            }
        }
    }
    assert!(
        silent.is_empty(),
        "the pages about these RFCs are silent about them: {silent:#?}"
    );
    assert!(count > 50, "only {count} citations were found");
}

#[test]
fn citations_are_found_in_each_of_their_forms() {
    let text = "// RFC 8966 §3.5.1: a\n//! (RFC 8966 section 4.6.9).\n// RFC 8966 appendix B, RFC 8200 section 5";
    let found: Vec<_> = cited(text).into_iter().collect();
    assert_eq!(found, [("8966", "3.5.1"), ("8966", "4.6.9"), ("8966", "B")]);
}

#[test]
fn a_step_of_the_clock_changes_nothing_because_routing_never_asks_for_the_date() {
    // Monotonic time does not step; the core is even handed it by its caller.
    let dates = [
        "SystemTime",
        "CLOCK_REALTIME",
        "gettimeofday",
        "libc::time(",
    ];
    let routing = ["babel", "linux", "daemon", "uci", "routed"];
    let mut looked_at = BTreeSet::new();
    for (module, text) in modules() {
        let crate_name = module.split("::").next().expect("a module is in a crate");
        let Some(name) = routing.iter().find(|name| **name == crate_name) else {
            continue;
        };
        looked_at.insert(*name);
        for date in dates {
            assert!(!text.contains(date), "{module} uses {date}");
        }
    }
    assert_eq!(looked_at.len(), routing.len());
}
