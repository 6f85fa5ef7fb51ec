//! The parts of a neighbourhood and the rules between them.

use crate::topology::name::NodeName;
use crate::topology::quantity::{Loss, Rate};

/// Which routing daemon a router runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Daemon {
    /// `grange-routed`.
    #[default]
    Routed,
    /// `babeld`, to prove that both understand each other.
    Babeld,
    /// `bird` (version 2), likewise.
    Bird,
    /// None: only the wires, for tests that start their own.
    Nothing,
}

/// A router: one household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Router {
    /// Its name.
    pub name: NodeName,
    /// What it runs; `None` means the lab's default.
    pub daemon: Option<Daemon>,
    /// Whether a laptop is plugged into its `lan`.
    pub laptop: bool,
}

/// A link of the mesh between two routers, given by their positions in [`Topology::routers`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The two ends, in the order of the text.
    pub ends: [usize; 2],
    /// Loss in each direction.
    pub loss: Option<Loss>,
    /// Rate in each direction.
    pub rate: Option<Rate>,
    /// The routers are told that this is a radio link.
    pub wireless: bool,
    /// Receiving cost set at both ends, instead of the daemon's own.
    pub cost: Option<u16>,
    /// Neither end has an IPv4 address here: IPv4 goes by way of IPv6 next hops.
    pub without_ipv4: bool,
    /// A switch stands between the two: what gets lost there the interfaces at the ends do not see.
    pub switched: bool,
}

/// A way out to the internet at one router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uplink {
    /// Position of the router in [`Topology::routers`].
    pub router: usize,
    /// Name of the provider: a node of its own.
    pub provider: NodeName,
    /// Rate in each direction.
    pub rate: Option<Rate>,
    /// Whether the neighbours may use it.
    pub shared: bool,
}

/// A neighbourhood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Topology {
    /// Routers in the order of the text: the position gives the addresses.
    pub routers: Vec<Router>,
    /// Mesh links.
    pub links: Vec<Link>,
    /// Uplinks; a router may have several.
    pub uplinks: Vec<Uplink>,
    /// What routers run that do not say it themselves; `None` leaves it to whoever starts the lab.
    pub daemon: Option<Daemon>,
}

/// A part does not fit to the others.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// Two nodes with one name.
    #[error("there is already a node called {0}")]
    NameTaken(NodeName),
    /// More than [`Topology::MAX_ROUTERS`].
    #[error(
        "more than {} routers: the lab has no addresses for them",
        Topology::MAX_ROUTERS
    )]
    TooManyRouters,
    /// More than [`Topology::MAX_UPLINKS`].
    #[error(
        "more than {} uplinks: the lab has no addresses for them",
        Topology::MAX_UPLINKS
    )]
    TooManyUplinks,
    /// No such router.
    #[error("no router called {0} above this line")]
    UnknownRouter(String),
    /// A router linked with itself.
    #[error("a link needs two different routers")]
    Loop,
    /// Interfaces are named after the peer, so there is one link a pair.
    #[error("{0} and {1} are linked already")]
    LinkedAlready(NodeName, NodeName),
    /// Second laptop at one router.
    #[error("{0} has a laptop already")]
    LaptopAlready(NodeName),
}

impl Topology {
    /// Each router has an IPv4 /24 of its own within the village's /16.
    pub const MAX_ROUTERS: usize = 250;
    /// Each uplink has an IPv4 /30 within a /24.
    pub const MAX_UPLINKS: usize = 60;

    /// Position of the router of this name.
    pub fn router(&self, name: &str) -> Result<usize, GraphError> {
        let found = self
            .routers
            .iter()
            .position(|router| router.name.as_str() == name);
        found.ok_or_else(|| GraphError::UnknownRouter(name.to_owned()))
    }

    /// Adds a router.
    pub fn add_router(&mut self, name: NodeName) -> Result<usize, GraphError> {
        self.check_name(&name)?;
        if self.routers.len() == Self::MAX_ROUTERS {
            return Err(GraphError::TooManyRouters);
        }
        self.routers.push(Router {
            name,
            daemon: None,
            laptop: false,
        });
        Ok(self.routers.len() - 1)
    }

    /// Adds a link without loss or limits, and returns it for these.
    pub fn add_link(&mut self, a: usize, b: usize) -> Result<&mut Link, GraphError> {
        if a == b {
            return Err(GraphError::Loop);
        }
        if self
            .links
            .iter()
            .any(|link| link.ends == [a, b] || link.ends == [b, a])
        {
            let name = |router: usize| self.routers[router].name.clone();
            return Err(GraphError::LinkedAlready(name(a), name(b)));
        }
        self.links.push(Link {
            ends: [a, b],
            loss: None,
            rate: None,
            wireless: false,
            cost: None,
            without_ipv4: false,
            switched: false,
        });
        let last = self.links.len() - 1;
        Ok(&mut self.links[last])
    }

    /// Adds an uplink; without a name the provider is called after the router.
    pub fn add_uplink(
        &mut self,
        router: usize,
        provider: Option<NodeName>,
    ) -> Result<&mut Uplink, GraphError> {
        let provider = provider.unwrap_or_else(|| self.routers[router].name.provider());
        self.check_name(&provider)?;
        if self.uplinks.len() == Self::MAX_UPLINKS {
            return Err(GraphError::TooManyUplinks);
        }
        self.uplinks.push(Uplink {
            router,
            provider,
            rate: None,
            shared: true,
        });
        let last = self.uplinks.len() - 1;
        Ok(&mut self.uplinks[last])
    }

    /// Plugs a laptop into a router's `lan`.
    pub fn add_laptop(&mut self, router: usize) -> Result<(), GraphError> {
        let name = self.routers[router].name.clone();
        if self.routers[router].laptop {
            return Err(GraphError::LaptopAlready(name));
        }
        self.check_name(&name.laptop())?;
        self.routers[router].laptop = true;
        Ok(())
    }

    /// Uplinks of one router, in the order of the text.
    pub fn uplinks_of(&self, router: usize) -> impl Iterator<Item = &Uplink> {
        self.uplinks
            .iter()
            .filter(move |uplink| uplink.router == router)
    }

    fn check_name(&self, name: &NodeName) -> Result<(), GraphError> {
        let laptops = self
            .routers
            .iter()
            .filter(|r| r.laptop)
            .map(|r| r.name.laptop());
        let taken = *name == NodeName::internet()
            || self.routers.iter().any(|router| router.name == *name)
            || self.uplinks.iter().any(|uplink| uplink.provider == *name)
            || laptops.into_iter().any(|laptop| laptop == *name);
        if taken {
            Err(GraphError::NameTaken(name.clone()))
        } else {
            Ok(())
        }
    }
}
