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
            modules.insert(
                parts.join("::"),
                fs::read_to_string(&file).expect("it is text"),
            );
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
fn every_test_that_an_rfc_page_names_exists() {
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
        if !name.to_string_lossy().starts_with("rfc") {
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
