//! Translations as LuCI reads them: `.lmo`, what its `po2lmo` makes of a `.po` file.
//!
//! All numbers are 32 bits, big-endian. The translations lie one behind the other, each filled up with zeros
//! to a multiple of 4 octets. Then comes the index, sorted by key, four numbers an entry: key, how many forms
//! the message has, offset, and length of the translation. The last number is the offset of the index. A key is the
//! hash of the text in the program: of `CONTEXT\1TEXT` with a context, with `\2N` behind it for plural form N. The
//! header's formula for plurals has key 0 and 0 forms.

use crate::po::{Message, PoError, messages};

/// The catalogue of a `.po` file; nothing if nothing is translated.
pub fn catalogue(po: &str) -> Result<Vec<u8>, PoError> {
    let mut texts = Vec::new();
    let mut index: Vec<[u32; 4]> = Vec::new();
    let mut add = |key: u32, forms: usize, text: &str| {
        index.push([key, number(forms), number(texts.len()), number(text.len())]);
        texts.extend_from_slice(text.as_bytes());
        texts.resize(texts.len().next_multiple_of(4), 0);
    };
    for message in messages(po)? {
        let said = message.forms.first().is_some_and(|form| !form.is_empty());
        if message.id.is_empty() {
            if let Some(formula) = message
                .forms
                .first()
                .and_then(|header| plural_formula(header))
            {
                add(0, 0, formula);
            }
        } else if said {
            for (form, text) in message.forms.iter().enumerate() {
                let key = hash(key(&message, form).as_bytes());
                // What is the same in both languages needs no entry.
                if !text.is_empty() && key != hash(text.as_bytes()) {
                    add(key, message.forms.len(), text);
                }
            }
        }
    }
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let start = number(texts.len());
    index.sort_by_key(|[key, ..]| *key);
    texts.extend(
        index
            .iter()
            .flatten()
            .chain([&start])
            .flat_map(|word| word.to_be_bytes()),
    );
    Ok(texts)
}

fn key(message: &Message, form: usize) -> String {
    let context = message
        .context
        .iter()
        .flat_map(|context| [context.as_str(), "\u{1}"]);
    let key: String = context.chain([message.id.as_str()]).collect();
    if message.has_plural {
        format!("{key}\u{2}{form}")
    } else {
        key
    }
}

/// `nplurals=2; plural=n != 1;` of the header, whose lines end with a written `\n`.
fn plural_formula(header: &str) -> Option<&str> {
    header.split_inclusive("\\n").find_map(|line| {
        let name = line
            .get(..14)
            .filter(|name| name.eq_ignore_ascii_case("Plural-Forms: "))?;
        line[name.len()..].strip_suffix("\\n")
    })
}

fn number(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

/// Paul Hsieh's SuperFastHash, begun with the length; the odd octets at the end count as signed numbers.
fn hash(data: &[u8]) -> u32 {
    let mut hash = number(data.len());
    let pair = |pair: &[u8]| u32::from(pair[0]) | u32::from(pair[1]) << 8;
    let signed = |octet: u8| i32::from(octet.cast_signed()).cast_unsigned();
    let (fours, rest) = data.as_chunks::<4>();
    for four in fours {
        hash = hash.wrapping_add(pair(&four[..2]));
        hash = hash << 16 ^ (pair(&four[2..]) << 11 ^ hash);
        hash = hash.wrapping_add(hash >> 11);
    }
    match rest {
        [.., last] if rest.len() == 3 => {
            hash = hash.wrapping_add(pair(rest));
            hash ^= hash << 16;
            hash ^= signed(*last) << 18;
            hash = hash.wrapping_add(hash >> 11);
        }
        [_, _] => {
            hash = hash.wrapping_add(pair(rest));
            hash ^= hash << 11;
            hash = hash.wrapping_add(hash >> 17);
        }
        [last] => {
            hash = hash.wrapping_add(signed(*last));
            hash ^= hash << 10;
            hash = hash.wrapping_add(hash >> 1);
        }
        _ => return if data.is_empty() { 0 } else { scattered(hash) },
    }
    scattered(hash)
}

fn scattered(mut hash: u32) -> u32 {
    hash ^= hash << 3;
    hash = hash.wrapping_add(hash >> 5);
    hash ^= hash << 4;
    hash = hash.wrapping_add(hash >> 17);
    hash ^= hash << 25;
    hash.wrapping_add(hash >> 6)
}

#[cfg(test)]
mod tests;
