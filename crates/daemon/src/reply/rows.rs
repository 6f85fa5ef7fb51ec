//! A reply that is a list of objects, as a table for people.
//!
//! The replies' own types could be read back instead; measured for grange-routed that costs 91 KB of
//! program, and holding a whole list as [`Value`]s costs 39 MB for 10,000 routes. So the list is read
//! entry by entry, and a table is a list of columns that name a member each.

use crate::json::{Value, parse};
use crate::quantity::{bytes, duration};
use crate::table::{Align, Table};

/// A column: its title, its side, and what stands in it.
pub type Column = (&'static str, Align, Cell);

/// What stands in a cell of an entry's row; a member that is `null` or missing is `-`.
#[derive(Clone, Copy, Debug)]
pub enum Cell {
    /// The member of that name as it is.
    Plain(&'static str),
    /// That member, milliseconds, as a time.
    Time(&'static str),
    /// That member, milliseconds, as a time ago.
    Ago(&'static str),
    /// That member, octets, as an amount of data.
    Bytes(&'static str),
    /// Something made of several members.
    Made(fn(&Value) -> String),
}

/// The table of a list (JSON text), or the sentence that stands for an empty one; `None` if the text
/// is no list.
pub fn table(reply: &str, columns: &[Column], empty: &str) -> Option<String> {
    let titles: Vec<_> = columns
        .iter()
        .map(|&(title, align, _)| (title, align))
        .collect();
    let mut table = Table::new(&titles);
    let mut any = false;
    for_each(reply, &mut |entry| {
        any = true;
        table.row(columns.iter().map(|(_, _, cell)| shown(entry, *cell)));
    })?;
    Some(if any {
        table.finish()
    } else {
        format!("{empty}\n")
    })
}

/// Reads a list (JSON text) entry by entry; `None` if it is no list.
pub fn for_each(reply: &str, seen: &mut dyn FnMut(&Value)) -> Option<()> {
    parse::for_each(reply, seen).ok()
}

/// A member as text.
pub fn plain(entry: &Value, name: &str) -> String {
    match &entry[name] {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A member that is a number; 0 if it is not.
pub fn number(entry: &Value, name: &str) -> u64 {
    entry[name].as_u64().unwrap_or(0)
}

/// A member that is true or false; false if it is neither.
pub fn flag(entry: &Value, name: &str) -> bool {
    entry[name].as_bool().unwrap_or(false)
}

fn shown(entry: &Value, cell: Cell) -> String {
    let (name, unit): (_, fn(u64) -> String) = match cell {
        Cell::Plain(name) => return plain(entry, name),
        Cell::Made(make) => return make(entry),
        Cell::Time(name) => (name, duration),
        Cell::Ago(name) => (name, |ms| duration(ms) + " ago"),
        Cell::Bytes(name) => (name, bytes),
    };
    entry[name]
        .as_u64()
        .map_or_else(|| plain(entry, name), unit)
}

#[cfg(test)]
mod tests;
