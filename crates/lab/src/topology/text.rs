//! The text of a topology: statements on lines of their own or with `;` between them.
//!
//! ```text
//! router NAME... [daemon KIND]      line N | ring N | grid RxC
//! link A B [loss P%] [rate R] [wireless] [cost N] [no-ipv4] [switched]
//! uplink ROUTER [name NAME] [rate R] [unshared]
//! laptop ROUTER... | laptop all     daemon KIND          # a comment
//! ```

use std::str::FromStr;

use crate::topology::graph::{Daemon, GraphError, Topology};
use crate::topology::name::{NameError, NodeName};
use crate::topology::quantity::{LossError, RateError};
use crate::topology::shape::Shape;

/// A text that is no topology, with the place in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {kind}")]
pub struct TextError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub kind: TextErrorKind,
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextErrorKind {
    /// First word of a statement.
    #[error(
        "no statement starts with {0:?}: there are router, link, uplink, laptop, daemon, line, ring and grid"
    )]
    UnknownStatement(String),
    /// The line ends too early; holds what should have come.
    #[error("{0} is missing here")]
    Missing(&'static str),
    /// A word that the statement does not know; holds the word and what it knows.
    #[error("{0:?} does not belong here: {1}")]
    Unexpected(String, &'static str),
    /// An option given twice.
    #[error("{0:?} is given twice")]
    Twice(String),
    /// Not a name.
    #[error("{0:?}: {1}")]
    Name(String, NameError),
    /// Not a loss.
    #[error("{0:?}: {1}")]
    Loss(String, LossError),
    /// Not a rate.
    #[error("{0:?}: {1}")]
    Rate(String, RateError),
    /// Not a number in the range; holds word, least and most.
    #[error("{0:?} is no whole number from {1} to {2}")]
    Number(String, usize, usize),
    /// Not a size of a grid.
    #[error("{0:?}: a grid is given as ROWSxCOLUMNS, such as 5x10")]
    Grid(String),
    /// Not a daemon.
    #[error("{0:?}: a daemon is routed, babeld, bird or none")]
    Daemon(String),
    /// Does not fit to what is above.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// Nothing in it.
    #[error("no router in this topology")]
    Empty,
}

impl FromStr for Topology {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let mut topology = Self::default();
        for (number, line) in text.lines().enumerate() {
            let line = line.split_once('#').map_or(line, |(before, _)| before);
            let mut column = 1;
            for part in line.split(';') {
                let mut words = Words::new(part, number + 1, column);
                statement(&mut topology, &mut words)?;
                column += part.chars().count() + 1;
            }
        }
        if topology.routers.is_empty() {
            let kind = TextErrorKind::Empty;
            return Err(TextError {
                line: text.lines().count().max(1),
                column: 1,
                kind,
            });
        }
        Ok(topology)
    }
}

impl FromStr for Daemon {
    type Err = TextErrorKind;

    fn from_str(word: &str) -> Result<Self, TextErrorKind> {
        match word {
            "routed" | "grange-routed" => Ok(Self::Routed),
            "babeld" => Ok(Self::Babeld),
            "bird" => Ok(Self::Bird),
            "none" => Ok(Self::Nothing),
            _ => Err(TextErrorKind::Daemon(word.to_owned())),
        }
    }
}

/// The words of one statement, with the column of each.
struct Words<'a> {
    words: std::vec::IntoIter<(usize, &'a str)>,
    line: usize,
    end: usize,
    last: usize,
}

impl<'a> Words<'a> {
    fn new(part: &'a str, line: usize, first_column: usize) -> Self {
        let mut words = Vec::new();
        let mut column = first_column;
        let mut end = first_column;
        // Splitting at every single space keeps count of the columns that runs of spaces take.
        for word in part.split(char::is_whitespace) {
            if !word.is_empty() {
                words.push((column, word));
                end = column + word.chars().count();
            }
            column += word.chars().count() + 1;
        }
        Self {
            words: words.into_iter(),
            line,
            end,
            last: first_column,
        }
    }

    fn next(&mut self) -> Option<&'a str> {
        let (column, word) = self.words.next()?;
        self.last = column;
        Some(word)
    }

    fn need(&mut self, what: &'static str) -> Result<&'a str, TextError> {
        self.next().ok_or(TextError {
            line: self.line,
            column: self.end,
            kind: TextErrorKind::Missing(what),
        })
    }

    /// An error at the word read last.
    fn error(&self, kind: impl Into<TextErrorKind>) -> TextError {
        TextError {
            line: self.line,
            column: self.last,
            kind: kind.into(),
        }
    }

    fn finish(&mut self, known: &'static str) -> Result<(), TextError> {
        match self.next() {
            None => Ok(()),
            Some(word) => Err(self.error(TextErrorKind::Unexpected(word.to_owned(), known))),
        }
    }
}

fn statement(topology: &mut Topology, words: &mut Words<'_>) -> Result<(), TextError> {
    let Some(first) = words.next() else {
        return Ok(());
    };
    match first {
        "router" => router(topology, words),
        "link" => link(topology, words),
        "uplink" => uplink(topology, words),
        "laptop" => laptop(topology, words),
        "daemon" => {
            topology.daemon = Some(daemon(words)?);
            words.finish("one daemon is the default of all routers")
        }
        "line" | "ring" => {
            let count = number(words, "how many routers", 1, Topology::MAX_ROUTERS)?;
            let shape = if first == "line" {
                Shape::Line(count)
            } else {
                Shape::Ring(count)
            };
            shape.add_to(topology).map_err(|error| words.error(error))?;
            words.finish("one number is enough")
        }
        "grid" => {
            let (rows, columns) = grid_size(words)?;
            let shape = Shape::Grid(rows, columns);
            shape.add_to(topology).map_err(|error| words.error(error))?;
            words.finish("the size is enough")
        }
        _ => Err(words.error(TextErrorKind::UnknownStatement(first.to_owned()))),
    }
}

fn router(topology: &mut Topology, words: &mut Words<'_>) -> Result<(), TextError> {
    let mut added = vec![new_router(topology, words)?];
    while let Some(word) = words.next() {
        if word == "daemon" {
            let daemon = Some(daemon(words)?);
            for &router in &added {
                topology.routers[router].daemon = daemon;
            }
            return words.finish("the daemon comes last");
        }
        let name = node_name(words, word)?;
        added.push(
            topology
                .add_router(name)
                .map_err(|error| words.error(error))?,
        );
    }
    Ok(())
}

fn new_router(topology: &mut Topology, words: &mut Words<'_>) -> Result<usize, TextError> {
    let word = words.need("the router's name")?;
    let name = node_name(words, word)?;
    topology
        .add_router(name)
        .map_err(|error| words.error(error))
}

fn link(topology: &mut Topology, words: &mut Words<'_>) -> Result<(), TextError> {
    const KNOWN: &str = "a link takes loss, rate, wireless, cost, no-ipv4 and switched";
    let a = known_router(topology, words)?;
    let b = known_router(topology, words)?;
    let link = topology
        .add_link(a, b)
        .map_err(|error| words.error(error))?;
    while let Some(word) = words.next() {
        let twice = match word {
            "loss" => {
                let value = words.need("the loss")?;
                let loss = value.parse();
                let loss = loss.map_err(|e| words.error(TextErrorKind::Loss(value.into(), e)))?;
                link.loss.replace(loss).is_some()
            }
            "rate" => link.rate.replace(rate(words)?).is_some(),
            "wireless" => std::mem::replace(&mut link.wireless, true),
            "no-ipv4" => std::mem::replace(&mut link.without_ipv4, true),
            "switched" => std::mem::replace(&mut link.switched, true),
            "cost" => {
                let cost = number(words, "the cost", 1, 65_534)?;
                link.cost
                    .replace(u16::try_from(cost).unwrap_or(u16::MAX))
                    .is_some()
            }
            _ => return Err(words.error(TextErrorKind::Unexpected(word.to_owned(), KNOWN))),
        };
        if twice {
            return Err(words.error(TextErrorKind::Twice(word.to_owned())));
        }
    }
    Ok(())
}

fn uplink(topology: &mut Topology, words: &mut Words<'_>) -> Result<(), TextError> {
    const KNOWN: &str = "an uplink takes name, rate and unshared";
    let router = known_router(topology, words)?;
    let (mut provider, mut limit, mut unshared) = (None, None, false);
    while let Some(word) = words.next() {
        let twice = match word {
            "name" => {
                let value = words.need("the provider's name")?;
                provider.replace(node_name(words, value)?).is_some()
            }
            "rate" => limit.replace(rate(words)?).is_some(),
            "unshared" => std::mem::replace(&mut unshared, true),
            _ => return Err(words.error(TextErrorKind::Unexpected(word.to_owned(), KNOWN))),
        };
        if twice {
            return Err(words.error(TextErrorKind::Twice(word.to_owned())));
        }
    }
    let uplink = topology
        .add_uplink(router, provider)
        .map_err(|error| words.error(error))?;
    uplink.rate = limit;
    uplink.shared = !unshared;
    Ok(())
}

fn laptop(topology: &mut Topology, words: &mut Words<'_>) -> Result<(), TextError> {
    let mut word = words.need("a router's name, or all,")?;
    if word == "all" {
        for router in 0..topology.routers.len() {
            topology
                .add_laptop(router)
                .map_err(|error| words.error(error))?;
        }
        return words.finish("all is enough");
    }
    loop {
        let router = topology.router(word).map_err(|error| words.error(error))?;
        topology
            .add_laptop(router)
            .map_err(|error| words.error(error))?;
        match words.next() {
            Some(next) => word = next,
            None => return Ok(()),
        }
    }
}

fn known_router(topology: &Topology, words: &mut Words<'_>) -> Result<usize, TextError> {
    let word = words.need("a router's name")?;
    topology.router(word).map_err(|error| words.error(error))
}

fn node_name(words: &Words<'_>, word: &str) -> Result<NodeName, TextError> {
    NodeName::new(word, NodeName::ROUTER_MAX)
        .map_err(|error| words.error(TextErrorKind::Name(word.to_owned(), error)))
}

fn daemon(words: &mut Words<'_>) -> Result<Daemon, TextError> {
    let word = words.need("the daemon")?;
    word.parse()
        .map_err(|kind: TextErrorKind| words.error(kind))
}

fn rate(words: &mut Words<'_>) -> Result<crate::topology::quantity::Rate, TextError> {
    let word = words.need("the rate")?;
    word.parse()
        .map_err(|error| words.error(TextErrorKind::Rate(word.to_owned(), error)))
}

fn number(
    words: &mut Words<'_>,
    what: &'static str,
    least: usize,
    most: usize,
) -> Result<usize, TextError> {
    let word = words.need(what)?;
    let number = word
        .parse()
        .ok()
        .filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| words.error(TextErrorKind::Number(word.to_owned(), least, most)))
}

fn grid_size(words: &mut Words<'_>) -> Result<(usize, usize), TextError> {
    let word = words.need("the size, such as 5x10,")?;
    let most = 1..=Topology::MAX_ROUTERS;
    let size = word.split_once('x').and_then(|(rows, columns)| {
        let (rows, columns) = (rows.parse().ok()?, columns.parse().ok()?);
        (most.contains(&rows) && most.contains(&columns)).then_some((rows, columns))
    });
    size.ok_or_else(|| words.error(TextErrorKind::Grid(word.to_owned())))
}

#[cfg(test)]
mod tests;
