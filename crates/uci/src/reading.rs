//! What comes of reading a configuration: the whole of it or nothing, and every remark.

use crate::package::Package;
use crate::parse::parse;
use crate::problem::{Problem, Problems};

/// What reading a file gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading<C> {
    /// The configuration; `None` when one of the problems is an error.
    pub config: Option<C>,
    /// All that is wrong or odd, in the order of the file.
    pub problems: Vec<Problem>,
}

impl<C: Default> Reading<C> {
    /// Reads a text; `judge` says what its package means and what is wrong with it.
    pub fn new(text: &[u8], judge: impl FnOnce(Package, &mut Problems) -> C) -> Self {
        let mut problems = Problems::default();
        let config = match parse(text) {
            Ok(package) => judge(package, &mut problems),
            Err(error) => {
                problems.parse_error(&error);
                C::default()
            }
        };
        let problems = problems.into_sorted();
        let refused = problems.iter().any(|problem| problem.is_error);
        Self {
            config: (!refused).then_some(config),
            problems,
        }
    }
}
