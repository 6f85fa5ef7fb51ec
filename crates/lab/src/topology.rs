//! What a neighbourhood consists of, and the text that describes one.
//!
//! [`graph`] holds the parts (routers, links, uplinks, laptops) and the rules between them,
//! [`text`] reads them from a file or a command line, [`catalogue`] finds the text by name.

pub mod catalogue;
pub mod graph;
pub mod name;
pub mod quantity;
pub mod shape;
pub mod text;
