//! What outlives a crash: router-id, sequence numbers, and the kernel's settings from before us.
//!
//! A text in the run directory, one fact a line, the first line its version:
//!
//! ```text
//! grange-routed state 1
//! router-id 02:11:22:33:44:55:66:77
//! seqno 4711
//! hello 815 mesh0
//! neighbour fe80::1 mesh0
//! sysctl 0 net/ipv4/conf/all/forwarding
//! ```
//!
//! A reader skips lines it does not know, so that an older version can start from a newer one's file.

use litemap::LiteMap;

use std::fmt::Write as _;
use std::net::Ipv6Addr;

use grange_babel::output::SavedSeqnos;
use grange_babel::router_id::RouterId;
use grange_babel::seqno::Seqno;

/// The state's name in the run directory.
pub const NAME: &str = "state";
/// The first line.
const VERSION: &str = "grange-routed state 1";
/// Most lines of a kind that are believed: a file that is not ours does not fill the memory.
const MOST_LINES: usize = 2048;

/// The saved state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The router-id in use.
    pub router_id: Option<RouterId>,
    /// The seqno to start from.
    pub seqno: Option<Seqno>,
    /// The Hello seqno to start from, by interface name.
    pub hello: LiteMap<String, Seqno>,
    /// Who relied on what we announced, by interface name.
    pub neighbours: Vec<(String, Ipv6Addr)>,
    /// Kernel settings as they were before us, by path below /proc/sys.
    pub sysctls: LiteMap<String, String>,
}

impl State {
    /// Reads a state; what cannot be read is as if it were not there.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut state = Self::default();
        let text = String::from_utf8_lossy(bytes);
        // Not `lines`, which takes a name's last octet for a part of the line's end if it is a carriage return.
        let mut lines = text.split_terminator('\n');
        if lines.next() != Some(VERSION) {
            return state;
        }
        for line in lines.take(MOST_LINES) {
            let Some((fact, rest)) = line.split_once(' ') else {
                continue;
            };
            match (fact, rest.split_once(' ')) {
                ("router-id", None) => state.router_id = rest.parse().ok(),
                ("seqno", None) => state.seqno = rest.parse().ok().map(Seqno),
                ("hello", Some((number, name))) => {
                    if let Ok(number) = number.parse() {
                        state.hello.insert(name.to_owned(), Seqno(number));
                    }
                }
                ("neighbour", Some((address, name))) => {
                    if let Ok(address) = address.parse() {
                        state.neighbours.push((name.to_owned(), address));
                    }
                }
                ("sysctl", Some((value, path))) => {
                    state.sysctls.insert(path.to_owned(), value.to_owned());
                }
                _ => {}
            }
        }
        state
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        let mut text = format!("{VERSION}\n");
        // Writing to a String cannot fail.
        if let Some(router_id) = self.router_id {
            let _ = writeln!(text, "router-id {router_id}");
        }
        if let Some(seqno) = self.seqno {
            let _ = writeln!(text, "seqno {seqno}");
        }
        for (name, number) in &self.hello {
            let _ = writeln!(text, "hello {number} {name}");
        }
        for (name, address) in &self.neighbours {
            let _ = writeln!(text, "neighbour {address} {name}");
        }
        for (path, value) in &self.sysctls {
            let _ = writeln!(text, "sysctl {value} {path}");
        }
        text
    }

    /// Takes over what the core wants kept.
    pub fn take(&mut self, saved: &SavedSeqnos) {
        self.router_id = Some(saved.router_id);
        self.seqno = Some(saved.seqno);
        self.neighbours.clone_from(&saved.neighbours);
        // Interfaces that are down keep their numbers: they may come back.
        for (name, number) in &saved.hello {
            self.hello.insert(name.clone(), *number);
        }
        while self.hello.len() > MOST_LINES / 4
            && let Some(first) = self.hello.first().map(|(name, _)| name.clone())
        {
            self.hello.remove(&first);
        }
    }
}

#[cfg(test)]
mod tests;
