//! The coarse rings as a state file, for a restart. It lies in RAM and counts time since boot: after a reboot
//! there is none, and one from another boot is refused.
//!
//! ```text
//! "grange history 1\n", then for each series
//!   kind (1), length of the name (1), name, length of the family (1), family
//!   for minutes and hours: 0, or 1, the newest step (8, big-endian) and all codes (2 each, big-endian)
//! ```

use core::time::Duration;

use crate::history::ring::Ring;
use crate::history::series::{Kind, Name, Series};
use crate::history::span::Span;
use crate::history::state::{History, MOST_BYTES};

const FIRST_LINE: &[u8] = b"grange history 1\n";

impl History {
    /// The minutes and hours as they are written down.
    pub fn saved(&self) -> Vec<u8> {
        let mut out = FIRST_LINE.to_vec();
        for series in &self.series {
            let name = series.name();
            let texts = [name.name.as_bytes(), name.family.as_bytes()];
            let lengths = texts.map(|text| u8::try_from(text.len()).ok());
            let [Some(_), Some(_)] = lengths else {
                continue;
            };
            out.push(match name.kind {
                Kind::Uplink => 0,
                Kind::Link => 1,
            });
            for (text, length) in texts.iter().zip(lengths.iter().flatten()) {
                out.push(*length);
                out.extend_from_slice(text);
            }
            for ring in [&series.minutes, &series.hours] {
                let Some((newest, codes)) = ring.parts() else {
                    out.push(0);
                    continue;
                };
                out.push(1);
                out.extend_from_slice(&newest.to_be_bytes());
                codes.for_each(|code| out.extend_from_slice(&code.to_be_bytes()));
            }
        }
        out
    }

    /// What was written down, as far as it makes sense at that time.
    pub fn restored(octets: &[u8], now: Duration) -> Self {
        let mut history = Self::default();
        let Some(mut rest) = octets.strip_prefix(FIRST_LINE) else {
            return history;
        };
        while let Some(series) = series(&mut rest, now) {
            if history.bytes() + series.bytes_when_full() > MOST_BYTES {
                break;
            }
            history.series.push(series);
        }
        history
    }
}

fn series(rest: &mut &[u8], now: Duration) -> Option<Series> {
    let kind = match take(rest, 1)? {
        [0] => Kind::Uplink,
        [1] => Kind::Link,
        _ => return None,
    };
    let name = text(rest)?;
    let family = text(rest)?;
    let mut series = Series::new(Name { kind, name, family });
    for span in [Span::Day, Span::Month] {
        if take(rest, 1)? == [0] {
            continue;
        }
        let newest = u64::from_be_bytes(take(rest, 8)?.try_into().ok()?);
        let columns = kind.columns().len();
        let codes = take(rest, columns * span.length() * 2)?;
        let pairs = codes.chunks_exact(2);
        let codes: Vec<u16> = pairs
            .filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?)))
            .collect();
        // A time that has not come yet is of another boot.
        if newest > span.slot(now) {
            return None;
        }
        let ring = Ring::from_parts(columns, span.length(), newest, &codes)?;
        match span {
            Span::Day => series.minutes = ring,
            _ => series.hours = ring,
        }
    }
    Some(series)
}

fn text(rest: &mut &[u8]) -> Option<String> {
    let length = take(rest, 1)?.first().copied()?;
    String::from_utf8(take(rest, length.into())?.to_vec()).ok()
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(head)
}
