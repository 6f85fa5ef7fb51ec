//! The questions and orders a daemon has for the kernel.

use litemap::LiteMap;

use crate::address::Address;
use crate::kernel_error::KernelError;
use crate::link::Link;
use crate::neighbour::Neighbour;
use crate::route::Route;
use crate::rule::Rule;
use crate::station::Station;

/// One change of a routing table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteChange {
    /// Adds; refused with `Exists` when a route has the same key (table, prefix, tos, metric).
    Add(Route),
    /// Adds, or takes the place of the route with the same key, *whoever made that one*: read
    /// back what is there first. Packets never see a gap.
    Replace(Route),
    /// Removes the route with this key, protocol, kind and next hop; `NotFound` when there is
    /// none. To the kernel, an IPv4 metric of 0 and a protocol of 0 mean "any", as does a gateway or
    /// interface that is not named: what is to be deleted exactly should have them.
    Delete(Route),
}

/// One change of the policy rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleChange {
    /// Adds; refused with `Exists` when the same rule is there.
    Add(Rule),
    /// Removes the rule that is the same in all fields; `NotFound` when there is none.
    Delete(Rule),
}

/// The kernel, as a daemon needs it: dumps and changes, each a question with an answer.
///
/// [`crate::rtnetlink::RtNetlink`] is the real one, [`crate::recording::RecordingKernel`] the one
/// of tests.
pub trait Kernel {
    /// All interfaces.
    fn links(&mut self) -> Result<Vec<Link>, KernelError>;

    /// All addresses, both families.
    fn addresses(&mut self) -> Result<Vec<Address>, KernelError>;

    /// The routes of both families, of one table and one protocol if named. A table that does not
    /// exist is empty.
    fn routes(
        &mut self,
        table: Option<u32>,
        protocol: Option<u8>,
    ) -> Result<Vec<Route>, KernelError>;

    /// The same, of each route only what `keep` makes of it: a table may be large. When the table
    /// changes under the reader it is read anew, so `keep` may see a route more than once.
    fn map_routes<T>(
        &mut self,
        table: Option<u32>,
        protocol: Option<u8>,
        keep: impl FnMut(&Route) -> Option<T>,
    ) -> Result<Vec<T>, KernelError> {
        let routes = self.routes(table, protocol)?;
        Ok(routes.iter().filter_map(keep).collect())
    }

    /// All policy rules, both families.
    fn rules(&mut self) -> Result<Vec<Rule>, KernelError>;

    /// The neighbour cache, both families.
    fn neighbours(&mut self) -> Result<Vec<Neighbour>, KernelError>;

    /// The stations that the radio of that index is associated with; none where it is no radio, or the kernel
    /// knows nothing of radios.
    fn stations(&mut self, index: u32) -> Result<Vec<Station>, KernelError>;

    /// How many packets each interface has received and sent, by name, modulo 2^32; empty where the
    /// kernel does not say.
    fn packets(&mut self) -> LiteMap<String, (u32, u32)>;

    /// Makes the changes in order; the answers are in the same order. One that fails does not
    /// stop the rest.
    fn change_routes(&mut self, changes: &[RouteChange]) -> Vec<Result<(), KernelError>>;

    /// Makes the changes in order; the answers are in the same order. One that fails does not
    /// stop the rest.
    fn change_rules(&mut self, changes: &[RuleChange]) -> Vec<Result<(), KernelError>>;

    /// Reads `/proc/sys/<path>`, without the final newline. [`crate::sysctl`] has the paths.
    fn sysctl(&mut self, path: &str) -> Result<String, KernelError>;

    /// Writes `/proc/sys/<path>`.
    fn set_sysctl(&mut self, path: &str, value: &str) -> Result<(), KernelError>;
}
