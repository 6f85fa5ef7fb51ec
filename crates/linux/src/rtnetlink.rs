//! The real kernel, over a netlink socket of its own.

use std::io;

use crate::address::Address;
use crate::kernel::{Kernel, RouteChange, RuleChange};
use crate::kernel_error::KernelError;
use crate::link::Link;
use crate::neighbour::Neighbour;
use crate::route::Route;
use crate::rule::Rule;

/// The real kernel. Every call waits for its answer, at most some seconds.
pub struct RtNetlink {}

impl RtNetlink {
    /// Opens the socket, in the network namespace of the process.
    pub fn new() -> io::Result<Self> {
        todo!()
    }
}

impl Kernel for RtNetlink {
    fn links(&mut self) -> Result<Vec<Link>, KernelError> {
        todo!()
    }
    fn addresses(&mut self) -> Result<Vec<Address>, KernelError> {
        todo!()
    }
    fn routes(
        &mut self,
        table: Option<u32>,
        protocol: Option<u8>,
    ) -> Result<Vec<Route>, KernelError> {
        let _ = (table, protocol);
        todo!()
    }
    fn rules(&mut self) -> Result<Vec<Rule>, KernelError> {
        todo!()
    }
    fn neighbours(&mut self) -> Result<Vec<Neighbour>, KernelError> {
        todo!()
    }
    fn change_routes(&mut self, changes: &[RouteChange]) -> Vec<Result<(), KernelError>> {
        let _ = changes;
        todo!()
    }
    fn change_rules(&mut self, changes: &[RuleChange]) -> Vec<Result<(), KernelError>> {
        let _ = changes;
        todo!()
    }
    fn sysctl(&mut self, path: &str) -> Result<String, KernelError> {
        crate::sysctl::read(path)
    }
    fn set_sysctl(&mut self, path: &str, value: &str) -> Result<(), KernelError> {
        crate::sysctl::write(path, value)
    }
}
