//! The Linux kernel for Grange daemons: netlink, UDP, signals, event loop.
//!
//! Everything a daemon asks of the kernel goes through here, so that the daemons themselves hold
//! no `unsafe`, no `libc` constant and no wire format of the kernel's.
//!
//! | module | what it is |
//! |---|---|
//! | [`kernel`] | the trait [`kernel::Kernel`]: dumps and changes, as questions with an answer |
//! | [`rtnetlink`] | the real one, over its own netlink socket |
//! | [`recording`] | the fake one for tests: tables in memory, calls recorded, failures on demand |
//! | [`kernel_error`] | what the kernel refuses, by kind, with its own words where it gave some |
//! | [`monitor`] | the kernel's announcements as events; an overrun is an event too |
//! | [`link`], [`address`], [`route`], [`rule`], [`neighbour`], [`station`], [`ip_prefix`] | the nouns |
//! | [`mesh_socket`] | the UDP socket of a link-local protocol: multicast, interface by interface |
//! | [`local_stream`], [`stream_client`], [`send_queue`] | streams to other processes of this machine, and clients that live on one |
//! | [`path_socket`], [`echo_socket`] | sockets that use one interface and mark only, and pings over them |
//! | [`conntrack`], [`nft_monitor`] | connections forgotten by mark; who took a table away |
//! | [`preference`] | IPv6 addresses that begin no connections any more |
//! | [`cake`] | queues that share a line evenly among hosts |
//! | [`vxlan`], [`wireguard`] | tunnels to other routers |
//! | [`event_loop`], [`signals`], [`clock`] | waiting for all of it in one thread |
//! | [`sysctl`] | `/proc/sys` by name |
//! | [`traffic`] | what the devices have carried |
//! | [`process`] | asking another daemon to read its files again |
//! | [`file_lock`], [`group`] | one daemon per run directory, and who may open its socket |
//! | [`fatal`] | the last line a daemon writes |
//! | `netlink` (private) | frames, attributes and the conversion of bodies to our nouns |
//! | `sys` (private) | the only module with `unsafe` |
//!
//! Invariants: no answer of the kernel, however short or odd, panics; every wait for an answer is
//! bounded; no 64-bit atomics (mips32 has none); numbers of the kernel are read byte by byte, so
//! that neither alignment nor byte order matters.

pub mod address;
pub mod cake;
pub mod clock;
pub mod conntrack;
pub mod echo_socket;
pub mod event_loop;
pub mod fatal;
pub mod file_lock;
pub mod group;
pub mod ip_prefix;
pub mod kernel;
pub mod kernel_error;
pub mod link;
pub mod local_stream;
pub mod mesh_socket;
pub mod monitor;
pub mod neighbour;
mod netlink;
pub mod nft_monitor;
pub mod path_socket;
pub mod preference;
pub mod process;
pub mod recording;
pub mod route;
pub mod rtnetlink;
pub mod rule;
pub mod send_queue;
pub mod signals;
pub mod station;
pub mod stream_client;
mod sys;
pub mod sysctl;
pub mod traffic;
pub mod vxlan;
pub mod wireguard;

pub use address::Address;
pub use cake::CakeControl;
pub use clock::monotonic_micros;
pub use conntrack::Conntrack;
pub use echo_socket::{EchoSocket, echo_reply};
pub use event_loop::{EventLoop, Interest, Ready, Token};
pub use file_lock::FileLock;
pub use ip_prefix::IpPrefix;
pub use kernel::{Kernel, RouteChange, RuleChange};
pub use kernel_error::{KernelError, KernelErrorKind};
pub use link::Link;
pub use mesh_socket::{MeshSocket, Received};
pub use monitor::{KernelEvent, Monitor};
pub use neighbour::{Neighbour, NeighbourState};
pub use nft_monitor::NftMonitor;
pub use preference::{PreferableAddress, PreferenceControl};
pub use recording::RecordingKernel;
pub use route::{Route, RouteKind};
pub use rtnetlink::RtNetlink;
pub use rule::{Family, Rule, RuleAction};
pub use send_queue::SendQueue;
pub use signals::{Signal, Signals};
pub use station::Station;
pub use stream_client::{Protocol, StreamClient};
pub use vxlan::{Vxlan, VxlanControl};
pub use wireguard::{WireguardControl, WireguardKey, WireguardPeer};
