//! The section `member`: a household that shares the uplinks, and what it pays.

use grange_linux::IpPrefix;
use grange_uci::{Problems, Reader};

use crate::config::gateway::{Peer, read_peer};
use crate::config::general::prefix;
use crate::date::Date;

/// A section `member`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberSection {
    /// The section's name.
    pub name: String,
    /// Its addresses.
    pub prefixes: Vec<IpPrefix>,
    /// Its router, if it may use the uplinks that this one shares.
    pub peer: Option<Peer>,
    /// Household shares.
    pub weight: u32,
    /// What it pays at most in a month, cents.
    pub cap_cents: Option<u64>,
    /// Its first day, if not for ever.
    pub joined: Option<Date>,
    /// Its last day.
    pub left: Option<Date>,
}

/// Reads a section; `None` when it cannot be used.
pub(super) fn read(reader: &Reader<'_>, problems: &mut Problems) -> Option<MemberSection> {
    let Some(name) = reader.name() else {
        let message = format!(
            "{}: a member needs a name: config member 'smith'",
            reader.path()
        );
        problems.refuse(reader.section().position, message);
        return None;
    };
    let date = |option, problems: &mut Problems| {
        let expected = "a day such as 2026-11-24";
        problems.value(reader.parse_with(option, expected, |text| Date::parse(text).ok_or("")))
    };
    let member = MemberSection {
        name: name.to_owned(),
        prefixes: problems.list(reader.list_with(
            "prefix",
            "prefixes such as 10.42.1.0/24",
            own_prefix,
        )),
        peer: read_peer(reader, problems),
        weight: problems
            .value(reader.unsigned("weight", 0..=1000))
            .unwrap_or(1),
        cap_cents: problems.value(reader.parse_with("cap", "an amount such as 15.00", cents)),
        joined: date("joined", problems),
        left: date("left", problems),
    };
    for warning in reader.unknown_options() {
        problems.warning(&warning);
    }
    Some(member)
}

/// A household's prefix: some addresses, not all.
fn own_prefix(text: &str) -> Result<IpPrefix, &'static str> {
    let prefix = prefix(text)?;
    if prefix.is_default() {
        return Err("that is everybody");
    }
    Ok(prefix)
}

/// `39.90` or `40`, in cents.
pub(super) fn cents(text: &str) -> Result<u64, &'static str> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "00"));
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    if !plain(whole) || !plain(part) || part.len() != 2 || whole.len() > 9 {
        return Err("digits, and two behind the point");
    }
    let whole: u64 = whole.parse().map_err(|_| "")?;
    let part: u64 = part.parse().map_err(|_| "")?;
    Ok(whole * 100 + part)
}
