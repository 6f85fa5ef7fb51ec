//! Pages of long lists, and replies that fit.

use std::rc::Rc;

use grange_daemon::json::{Members, Value};
use grange_ubus::{Data, Status, Table, json};

/// The longest reply, octets: what LuCI and rpcd handle with ease.
pub const LONGEST_REPLY_BYTES: usize = 256 << 10;

/// Rows in a page, where nothing else is said.
pub const MOST_ROWS: usize = 500;

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Entries to skip.
    pub offset: usize,
    /// Entries to take at most.
    pub limit: usize,
}

impl Page {
    /// What `limit` and `offset` ask for, no more than `most`.
    pub fn read(arguments: Table<'_>, most: usize) -> Result<Self, Status> {
        let number = |name| match arguments.integer(name) {
            None => Ok(None),
            Some(number) => usize::try_from(number)
                .map(Some)
                .map_err(|_| Status::INVALID_ARGUMENT),
        };
        Ok(Self {
            offset: number("offset")?.unwrap_or(0),
            limit: number("limit")?.unwrap_or(most).min(most),
        })
    }

    /// The entries of that part.
    pub fn of<T>(self, entries: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
        entries.into_iter().skip(self.offset).take(self.limit)
    }

    /// Whether a list of that length goes on after that part.
    pub fn has_more(self, total: usize) -> bool {
        self.offset.saturating_add(self.limit) < total
    }
}

/// A reply as a message. Too long a one loses the ends of its longest list until it fits, and says `more`.
pub fn message(reply: Value) -> Result<Rc<Data>, Status> {
    let Value::Object(mut members) = reply else {
        return Err(Status::UNKNOWN_ERROR);
    };
    loop {
        let data = json::from_json(&members);
        match data {
            Ok(data) if data.as_bytes().len() < LONGEST_REPLY_BYTES => return Ok(Rc::new(data)),
            _ => shorten(&mut members).ok_or(Status::UNKNOWN_ERROR)?,
        }
    }
}

fn shorten(members: &mut Members) -> Option<()> {
    let lists = members
        .iter_mut()
        .filter_map(|(_, value)| value.as_array_mut());
    let longest = lists.max_by_key(|list| list.len())?;
    if longest.is_empty() {
        return None;
    }
    longest.truncate(longest.len() / 2);
    if let Some(more) = members.get_mut("more") {
        *more = true.into();
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use grange_ubus::Writer;

    #[test]
    fn a_page_is_as_asked_and_no_longer_than_allowed() {
        let read = |limit: i32, offset: i32| {
            let data = Writer::data(|writer| {
                writer.int32("limit", limit).int32("offset", offset);
            });
            Page::read(data.unwrap_or_default().table(), 100)
        };
        assert_eq!(
            read(5, 2).map(|page| page.of(0..9).collect()),
            Ok(vec![2, 3, 4, 5, 6])
        );
        assert_eq!(read(900, 0).map(|page| page.limit), Ok(100));
        assert_eq!(read(-1, 0), Err(Status::INVALID_ARGUMENT));
        assert_eq!(
            read(5, 4).map(|page| (page.has_more(9), page.has_more(10))),
            Ok((false, true))
        );
    }

    #[test]
    fn a_reply_that_is_too_long_loses_rows_and_says_so() {
        let rows = vec![json!({"name": "x".repeat(1000)}); 1000];
        let reply = message(json!({"rows": rows, "more": false}));
        let reply = Value::Object(json::to_json(reply.unwrap_or_default().table()));
        assert_eq!(reply["more"], json!(true));
        assert_eq!(reply["rows"].as_array().map(<[Value]>::len), Some(250));
        assert_eq!(message(Value::Null).err(), Some(Status::UNKNOWN_ERROR));
        let text = json!({"text": "x".repeat(300_000)});
        assert_eq!(message(text).err(), Some(Status::UNKNOWN_ERROR));
    }
}
