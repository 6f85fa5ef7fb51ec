use super::*;
use crate::write::write;
use std::fmt::Write as _;

mod golden;
mod properties;
mod second_opinion;

fn export(mut package: Package) -> Vec<u8> {
    package.name = None;
    write(&package).unwrap()
}

#[test]
fn every_trap_is_read_as_libuci_reads_it() {
    for case in golden::GOLDEN {
        match (parse(case.text), &case.result) {
            (Ok(package), Ok(expected)) => {
                let found = export(package);
                let (found, expected) = (found.escape_ascii(), expected.escape_ascii());
                assert_eq!(found.to_string(), expected.to_string(), "{}", case.name);
            }
            (Err(error), Err(expected)) => {
                assert_eq!(error.to_string(), **expected, "{}", case.name);
            }
            (found, expected) => panic!("{}: {found:?} instead of {expected:?}", case.name),
        }
    }
}

#[test]
fn every_trap_is_a_seed_for_the_fuzzer_and_every_seed_is_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/uci");
    for case in golden::GOLDEN {
        let seed = std::fs::read(format!("{folder}/{}", case.name)).unwrap();
        assert_eq!(seed, case.text, "{}", case.name);
    }
    let mut replayed = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read(file.unwrap().path()).unwrap();
        if let Ok(package) = parse(&text) {
            write(&package).unwrap();
        }
        replayed += 1;
    }
    assert!(replayed >= golden::GOLDEN.len());
}

#[test]
fn a_package_line_is_the_name_until_the_file_has_one() {
    let package = parse(b"package foo\nconfig a b\npackage 'bar-1'\n").unwrap();
    assert_eq!(package.name.as_deref(), Some("bar-1"));
    assert_eq!(package.named("file").name.as_deref(), Some("file"));
}

#[test]
fn positions_point_at_the_words() {
    let text = b"# c\n config  a  'b'\n\toption x 'one\ntwo'  ; list\tl \\\n 3\n\tlist l '4'\n";
    let error = parse(text).unwrap_err();
    assert_eq!((error.position.line, error.position.column), (5, 2));

    let text = b"# c\n config  a  'b'\n\toption x 'one\ntwo'  ; list\tl 3\n\tlist l '4'\n";
    let package = parse(text).unwrap();
    let section = package.section("b").unwrap();
    let place = |entry: &str, value: usize| {
        let entry = section.entry(entry).unwrap();
        format!("{} {}", entry.position, entry.values()[value].position())
    };
    assert_eq!(section.position.to_string(), "2:10");
    assert_eq!(place("x", 0), "3:9 3:11");
    assert_eq!(place("l", 0), "5:7 4:16");
    assert_eq!(place("l", 1), "5:7 5:9");
}

#[test]
fn anonymous_sections_are_counted_as_uci_show_counts_them() {
    let package = parse(b"config r\nconfig q\nconfig r 'n'\nconfig r\n").unwrap();
    let references: Vec<String> = package.sections.iter().map(Section::reference).collect();
    assert_eq!(references, ["@r[0]", "@q[0]", "n", "@r[2]"]);
}

#[test]
fn generated_names_are_those_of_libuci() {
    // As `uci -n export` named them.
    for (count, kind, name) in [
        (1, "r", "cfg01b617"),
        (2, "a.b-c/d@1", "cfg02f42a"),
        (4, "interface", "cfg046d96"),
        (5, "wifi-iface", "cfg053579"),
    ] {
        assert_eq!(generated_name(count, kind), name);
    }
}

#[test]
fn text_that_libuci_drops_in_silence_is_warned_about() {
    let warned = |text: &[u8]| {
        let warnings = parse(text).unwrap().warnings;
        warnings
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" | ")
    };
    assert_eq!(
        warned(b"config a\noption psk abc;def\n"),
        "2:15: the rest of the line after ';' is ignored: \
         quote the value or put a blank before the ';'"
    );
    assert_eq!(
        warned(b"config a\noption psk abc#def\n"),
        "2:15: '#' starts a comment even inside a word: quote the value"
    );
    assert_eq!(
        warned(b"config a\noption x 1\noption x ''\n"),
        "3:8: an empty value is ignored: the option keeps the value it had"
    );
    assert_eq!(
        warned(b"config a\noption x 1; # c\noption y ''\noption z 'a#b;c' # d\n"),
        ""
    );
    let both = warned(b"config a\noption x 1\noption x ''\noption y 1;2\n");
    assert!(both.starts_with("3:8") && both.contains("| 4:11"), "{both}");
}

#[test]
fn no_error_repeats_a_value() {
    for text in [
        "config a\noption key SECRET two\n",
        "config a\noption key 'SECRET\n",
        "config a\nlist key 'x'SECRET SECRET\n",
        "config a\noption key 'SECRET' ; \n",
        "config a\noption key 'SECRET\0'\n",
    ] {
        let error = format!("{:?}", parse(text.as_bytes()).unwrap_err());
        assert!(!error.contains("SECRET"), "{error}");
    }
}

#[test]
fn hostile_words_are_shown_short_and_harmless() {
    let word = format!("\u{1b}[31m{}\u{202e}", "é".repeat(1000));
    let error = parse(word.as_bytes()).unwrap_err().to_string();
    assert!(error.starts_with("1:1: '\\u{1b}[31mééé"), "{error}");
    assert!(error.contains("é...' is not a command"), "{error}");
    assert!(error.len() < 120, "{error}");
}

/// Steps of the lexer for a text; the rest of the parser does a fixed number of look-ups a word.
fn steps(text: &[u8]) -> usize {
    let mut lexer = Lexer::new(text);
    // Refused or not: the work until then is what counts.
    drop(run(text, &mut lexer, &mut Builder::default()));
    lexer.steps
}

#[test]
fn work_grows_with_the_text_and_no_faster() {
    let families: [(&str, &str, &str); 10] = [
        ("", "\n", ""),
        ("", "#", ""),
        ("config a\noption x '", "\n", "'"),
        ("config a\noption x '", "\n", ""),
        ("config a\noption x ", "\\\n", ""),
        ("config a\noption x \"", "\\\r\n", ""),
        ("config a\noption x ", "''", "\n"),
        ("config a b\n", "option x 1;;;;;\n", ""),
        ("config a b\n", "list x 'y' ; ", ""),
        ("", "config a ''\n", ""),
    ];
    for (head, unit, tail) in families {
        for repeats in [100, 1000, 10_000] {
            let text = format!("{head}{}{tail}", unit.repeat(repeats));
            let steps = steps(text.as_bytes());
            assert!(
                steps <= 8 * text.len() + 8,
                "{steps} steps for {} of {unit:?}",
                text.len()
            );
        }
    }
}

#[test]
fn many_sections_and_options_are_all_kept() {
    let mut text = String::new();
    for section in 0..2000 {
        writeln!(
            text,
            "config s 'n{section}'\n\toption o{section} '{section}'"
        )
        .unwrap();
    }
    for option in 0..2000 {
        writeln!(text, "\toption o{option} 'x'\n\tlist l '{option}'").unwrap();
    }
    let package = parse(text.as_bytes()).unwrap();
    assert_eq!(package.sections.len(), 2000);
    let last = package.section("n1999").unwrap();
    assert_eq!(last.entries.len(), 2001);
    assert_eq!(last.entry("l").unwrap().values().len(), 2000);
    assert_eq!(last.entry("o1999").unwrap().values()[0].as_bytes(), b"x");
}
