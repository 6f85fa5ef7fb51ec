use proptest::prelude::*;

use super::*;

fn file(tree: Vec<u8>) -> File {
    File {
        schema: *b"test",
        tree,
        signatures: vec![vec![1, 2, 3]],
        contents: vec![(1, 2, b"content".to_vec())],
    }
}

#[test]
fn what_was_written_is_read_back() {
    let mut writer = Writer::new();
    let long = vec![b'x'; 300];
    let longer = vec![b'y'; 70_000];
    let fields = [
        writer.blob(b"short"),
        Word::default(),
        writer.blob(&long),
        writer.blob(&longer),
        writer.int(5),
        writer.int(0x1234_5678),
        writer.int(0x1234_5678_9abc),
        Word::default(),
    ];
    let object = writer.object(&fields);
    let again = writer.object(&fields);
    assert_eq!(object, again, "the same is written once");
    let octets = file(writer.finish(object)).to_compressed();
    let file = File::parse(&octets, *b"test", 1 << 20).unwrap();
    assert_eq!(file.contents, [(1, 2, b"content".to_vec())]);
    assert_eq!(file.signatures, [[1, 2, 3]]);
    let reader = Reader::new(&file.tree);
    let object = reader.object(reader.root().unwrap(), "root").unwrap();
    assert_eq!(object.len(), 7);
    assert_eq!(reader.blob(field(&object, 1), "").unwrap(), b"short");
    assert_eq!(reader.blob(field(&object, 2), "").unwrap(), b"");
    assert_eq!(reader.blob(field(&object, 3), "").unwrap(), long);
    assert_eq!(reader.blob(field(&object, 4), "").unwrap(), longer);
    assert_eq!(reader.int(field(&object, 5), "").unwrap(), 5);
    assert_eq!(reader.int(field(&object, 6), "").unwrap(), 0x1234_5678);
    assert_eq!(reader.int(field(&object, 7), "").unwrap(), 0x1234_5678_9abc);
    assert_eq!(reader.int(field(&object, 9), "").unwrap(), 0);
    assert!(reader.int(field(&object, 1), "a number").is_err());
}

#[test]
fn a_file_that_is_cut_or_of_another_schema_is_refused() {
    let whole = file(Writer::new().finish(Word::default()));
    for octets in [whole.to_octets(), whole.to_compressed()] {
        assert!(File::parse(&octets, *b"test", 1000).is_ok());
        let refused = File::parse(&octets, *b"pckg", 1000).unwrap_err();
        assert!(matches!(refused, AdbError::Schema { .. }));
        for cut in 0..octets.len() {
            let parsed = File::parse(&octets[..cut], *b"test", 1000);
            // A cut between blocks is seen by who counts the files.
            assert!(parsed.is_err() || parsed.unwrap() != whole, "{cut}");
        }
    }
    assert_eq!(
        File::parse(&whole.to_compressed(), *b"test", 10),
        Err(AdbError::TooLarge)
    );
    assert_eq!(
        File::parse(b"ADBc\x02\x09", *b"test", 10),
        Err(AdbError::Compression)
    );
}

proptest! {
    #[test]
    fn no_octets_make_the_readers_panic(octets in proptest::collection::vec(any::<u8>(), 0..200), value in any::<u32>()) {
        let mut all = b"ADB.test".to_vec();
        all.extend_from_slice(&octets);
        let _ = File::parse(&all, *b"test", 1000);
        let reader = Reader::new(&octets);
        let _ = (reader.root(), reader.blob(Word(value), ""), reader.int(Word(value), ""));
        let near = Word(value & 0xf000_00ff);
        let _ = (reader.blob(near, ""), reader.int(near, ""), reader.object(near, ""));
    }
}
