//! A reader of UCI configuration files that agrees with libuci.
//!
//! OpenWrt keeps its settings in `/etc/config/NAME`, a line-oriented text that everybody thinks
//! is simple:
//!
//! ```text
//! config interface 'mesh0'
//!     option kind 'wireless'
//!     list   accept '10.0.0.0/8'
//! ```
//!
//! libuci's idea of it has corners (a `#` inside a word, a `;` glued to one, an empty value, a
//! section that is opened twice), and a daemon that reads the file differently from `uci show`
//! lies to its owner. This crate follows libuci's `file.c` in its strict mode, which is what every
//! program on the router uses; `docs/uci.md` lists what is accepted and refused and how that was
//! compared with the real program.
//!
//! Three steps:
//!
//! 1. [`parse`] turns bytes into a [`Package`] of [`Section`]s of [`Entry`]s. Linear time, no
//!    recursion, memory within a constant factor of the input; bytes need not be UTF-8. The first
//!    error refuses the file, as in libuci, and says line and column.
//! 2. [`Package::readers`] gives a [`Reader`] per section: typed access, whose errors name package,
//!    section, option, value, place and what was expected.
//! 3. [`Reader::unknown_options`] and [`Package::unknown_sections`] list what nobody asked for, as
//!    [`Warning`]s.
//!
//! ```
//! let text = b"config interface 'mesh0'\n\toption rxcost '256'\n\toption colour 'red'\n";
//! let package = grange_uci::parse(text)?.named("grange-routed");
//! for reader in package.readers() {
//!     assert_eq!(reader.kind(), "interface");
//!     let cost = reader.unsigned("rxcost", 1..=65_534_u16)?;
//!     assert_eq!(cost, Some(256));
//!     let unknown = reader.unknown_options();
//!     assert_eq!(unknown[0].to_string(), "3:9: grange-routed.mesh0.colour: unknown option");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`write`](write::write) is the way back, for tests and for tools that make configurations: what
//! `uci export` would print.

#![forbid(unsafe_code)]

mod error;
mod lexer;
mod package;
mod parse;
mod position;
mod problem;
pub mod quantity;
mod reader;
mod reading;
mod shown;
mod value;
mod warning;
pub mod write;

pub use error::{ParseError, ParseErrorKind};
pub use package::{Content, Entry, Package, Section};
pub use parse::parse;
pub use position::Position;
pub use problem::{Problem, Problems};
pub use reader::{ReadError, ReadProblem, Reader};
pub use reading::Reading;
pub use value::{NotUtf8, Value};
pub use warning::{Warning, WarningKind};
