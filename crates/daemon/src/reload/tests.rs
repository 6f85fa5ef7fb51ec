use super::*;

fn parse(bytes: &[u8]) -> Result<u32, Located> {
    let text = str::from_utf8(bytes).unwrap_or_default().trim();
    text.parse().map_err(|_| Located {
        line: 3,
        column: 12,
        text: format!("'{text}' is no number"),
    })
}

fn file(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("grange-reload-{name}-{}", std::process::id()))
}

#[test]
fn a_change_hands_over_old_and_new() {
    let path = file("change");
    std::fs::write(&path, "1").unwrap();
    let mut reload = Reload::new(&path, parse).unwrap();
    assert_eq!(*reload.current(), 1);
    assert!(matches!(reload.reload(), Ok(None)));
    std::fs::write(&path, "2").unwrap();
    assert!(matches!(reload.reload(), Ok(Some(1))));
    assert_eq!(*reload.current(), 2);
    reload.restore(1);
    assert_eq!(*reload.current(), 1);
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn an_error_names_its_place_and_the_old_configuration_stays() {
    let path = file("error");
    std::fs::write(&path, "1").unwrap();
    let mut reload = Reload::new(&path, parse).unwrap();
    std::fs::write(&path, "x").unwrap();
    let error = reload.reload().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{}:3:12: 'x' is no number", path.display())
    );
    assert_eq!(*reload.current(), 1);
    std::fs::remove_file(&path).unwrap();
    let error = reload.reload().unwrap_err();
    assert!(matches!(error, LoadError::Io { .. }));
    assert!(
        error
            .to_string()
            .starts_with("cannot read the configuration /")
    );
    assert_eq!(*reload.current(), 1);
}

#[test]
fn a_file_without_an_end_is_not_read() {
    let error = load(Path::new("/dev/zero"), parse).unwrap_err();
    assert!(matches!(error, LoadError::Io { .. }));
}
