//! The section `key`: a key for packet authentication (RFC 8967).

use grange_babel::mac::{Algorithm, Key, KeySet, KeyUse};
use grange_uci::quantity::hexadecimal;
use grange_uci::{Problems, Reader};

/// A shorter secret can be guessed by trying.
// RFC 8967 section 7: ideally, keys should have a length of 32 octets and be chosen randomly
const SHORT: usize = 16;

/// Reads a section; `None` when something in it is wrong.
pub(super) fn read(reader: &Reader<'_>, known: &[Key], problems: &mut Problems) -> Option<Key> {
    let name = problems
        .value(reader.string("id"))
        .or_else(|| reader.name());
    if name.is_none() {
        problems.error(&reader.refuse("id", "a name, or a section with a name"));
    }
    if known.iter().any(|key| Some(key.name()) == name) {
        problems.error(&reader.refuse("id", "a name that no other key has"));
    }
    let algorithm = reader.required("type", |reader, option| {
        reader.choice(
            option,
            &[
                ("hmac-sha256", Algorithm::HmacSha256),
                ("blake2s128", Algorithm::Blake2s128),
            ],
        )
    });
    let algorithm = problems.value(algorithm.map(Some));
    let usage = reader.choice(
        "use",
        &[
            ("accept", KeyUse::Accept),
            ("both", KeyUse::Both),
            ("off", KeyUse::Off),
        ],
    );
    let usage = problems.value(usage).unwrap_or_default();
    let longest = algorithm.map_or(64, Algorithm::longest_key);
    let expected = format!("1 to {longest} octets in hexadecimal");
    let secret = reader.required("value", |reader, option| {
        reader.secret_with(option, &expected, |text| {
            hexadecimal(text)
                .filter(|octets| (1..=longest).contains(&octets.len()))
                .ok_or(())
        })
    });
    let secret = problems.value(secret.map(Some));
    if let Some(secret) = secret.as_ref().filter(|secret| secret.len() < SHORT) {
        let text = format!(
            "{}.value: {} octets can be guessed; a good key is 32 random ones",
            reader.path(),
            secret.len()
        );
        problems.warn(reader.section().position, text);
    }
    for warning in reader.unknown_options() {
        problems.warning(&warning);
    }
    // A wrong length was refused above.
    Key::new(name?, usage, algorithm?, &secret?).ok()
}

/// Reads the options of an interface that have to do with keys.
pub(super) fn read_set(reader: &Reader<'_>, keys: &[Key], problems: &mut Problems) -> KeySet {
    let mut set = KeySet {
        keys: Vec::new(),
        permissive: problems
            .value(reader.flag("permissive"))
            .unwrap_or_default(),
    };
    let names = problems.list(reader.list("key"));
    for name in &names {
        match keys.iter().find(|key| key.name() == *name) {
            Some(key) if !set.keys.contains(key) => set.keys.push(key.clone()),
            Some(_) => {}
            None => {
                let expected = format!("names of sections key: there is no good one named {name}");
                problems.error(&reader.refuse("key", &expected));
            }
        }
    }
    if set.keys.len() > KeySet::MOST {
        let expected = format!("no more than {} keys", KeySet::MOST);
        problems.error(&reader.refuse("key", &expected));
    }
    // Packets that nobody signs would be refused by those who have the same keys.
    let signs = set.keys.iter().any(|key| key.usage() == KeyUse::Both);
    if set.keys.len() == names.len() && !names.is_empty() && !signs {
        let expected = "one key at least with `option use both`, or packets would not be signed";
        problems.error(&reader.refuse("key", expected));
    }
    if set.permissive && names.is_empty() {
        let text = format!(
            "{}.permissive: it changes nothing without a key",
            reader.path()
        );
        problems.warn(reader.section().position, text);
    }
    set
}
