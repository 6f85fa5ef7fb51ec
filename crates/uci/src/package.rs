//! What a file holds: sections of entries.

use crate::position::Position;
use crate::value::Value;
use crate::warning::Warning;

/// A configuration file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Package {
    /// The name. libuci names a package after its file and ignores a `package` line in it, so
    /// callers set it with [`named`](Self::named); without, it is that of the last such line.
    pub name: Option<String>,
    /// In the order of the file; a section opened twice stands where it was opened first.
    pub sections: Vec<Section>,
    /// What was read as libuci reads it, though hardly as its author meant it.
    pub warnings: Vec<Warning>,
}

impl Package {
    /// The same package under its file's name.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            ..self
        }
    }

    /// The section of this name, anonymous ones excluded.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections
            .iter()
            .find(|section| section.name.as_deref() == Some(name))
    }
}

/// A section: `config KIND [NAME]` and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The type: printable ASCII without blanks.
    pub kind: String,
    /// The name, letters, digits and `_`; `None` for an anonymous section.
    pub name: Option<String>,
    /// The how-manieth of its type it is, named ones counted too: n in `@type[n]`.
    pub index: usize,
    /// In the order in which each name appeared first; names are unique.
    pub entries: Vec<Entry>,
    /// Where its type stands for the first time.
    pub position: Position,
}

impl Section {
    /// An empty section that no file holds.
    pub fn new(kind: impl Into<String>, name: Option<&str>) -> Self {
        Self {
            kind: kind.into(),
            name: name.map(str::to_owned),
            index: 0,
            entries: Vec::new(),
            position: Position::NOWHERE,
        }
    }

    /// The entry of this name.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// What `uci` calls this section on its command line: the name, or `@type[n]`.
    pub fn reference(&self) -> String {
        self.name
            .clone()
            .unwrap_or_else(|| format!("@{}[{}]", self.kind, self.index))
    }
}

/// An option or a list: libuci knows both as "option".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Letters, digits and `_`.
    pub name: String,
    /// One value or several.
    pub content: Content,
    /// Where the name stood last.
    pub position: Position,
}

impl Entry {
    /// The value or the items.
    pub fn values(&self) -> &[Value] {
        match &self.content {
            Content::Option(value) => std::slice::from_ref(value),
            Content::List(items) => items,
        }
    }
}

/// What an entry holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// From `option`: one value, never empty.
    Option(Value),
    /// From `list`: one item or more, in order, duplicates and empty ones kept.
    List(Vec<Value>),
}
