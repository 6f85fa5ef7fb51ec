//! What replies are made of, beside what the agent knows.

use grange_linux::WireguardKey;

use crate::counts::Counts;
use crate::ledger_file::Ledger;
use crate::peers::Peers;

/// What replies are made of, beside the agent.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What was counted since the start.
    pub counts: &'a Counts,
    /// The members' bytes.
    pub ledger: &'a Ledger,
    /// What other routers have said.
    pub peers: &'a Peers,
    /// What is odd about the configuration or the router.
    pub warnings: &'a [String],
    /// This router's public key, if it is facts.
    pub public_key: Option<&'a WireguardKey>,
}
