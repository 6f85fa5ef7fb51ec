//! Who is linked to whom.

use crate::random::Random;

/// A link between two nodes and what it costs when it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) a: usize,
    pub(crate) b: usize,
    pub(crate) cost: u16,
}

/// A network on paper.
#[derive(Clone, Debug)]
pub(crate) struct Topology {
    pub(crate) name: String,
    pub(crate) nodes: usize,
    pub(crate) edges: Vec<Edge>,
}

/// What a wired link costs unless said otherwise.
pub(crate) const WIRED_COST: u16 = 96;

impl Topology {
    /// The network of those links.
    pub(crate) fn of(name: &str, edges: &[(usize, usize, u16)]) -> Self {
        let edges: Vec<Edge> = edges
            .iter()
            .map(|&(a, b, cost)| Edge { a, b, cost })
            .collect();
        let nodes = edges.iter().map(|e| e.a.max(e.b) + 1).max().unwrap_or(1);
        Self {
            name: name.to_owned(),
            nodes,
            edges,
        }
    }

    /// `nodes` in a row.
    pub(crate) fn line(nodes: usize) -> Self {
        let edges: Vec<_> = (1..nodes).map(|n| (n - 1, n, WIRED_COST)).collect();
        Self::of(&format!("line {nodes}"), &edges)
    }

    /// `nodes` in a circle.
    pub(crate) fn ring(nodes: usize) -> Self {
        let edges: Vec<_> = (0..nodes)
            .map(|n| (n, (n + 1) % nodes, WIRED_COST))
            .collect();
        Self::of(&format!("ring {nodes}"), &edges)
    }

    /// A grid of `width` by `height`.
    pub(crate) fn grid(width: usize, height: usize) -> Self {
        let mut edges = Vec::new();
        for y in 0..height {
            for x in 0..width {
                let here = y * width + x;
                if x + 1 < width {
                    edges.push((here, here + 1, WIRED_COST));
                }
                if y + 1 < height {
                    edges.push((here, here + width, WIRED_COST));
                }
            }
        }
        Self::of(&format!("grid {width}x{height}"), &edges)
    }

    /// A random spanning tree and `extra` chords; each node joins one that `parents` picks.
    pub(crate) fn connected(parents: &[u8], extra: &[(u8, u8)], costs: &[u16]) -> Self {
        let nodes = parents.len() + 1;
        let mut edges: Vec<(usize, usize, u16)> = Vec::new();
        let mut add = |a: usize, b: usize| {
            let (a, b) = (a.min(b), a.max(b));
            if a != b && !edges.iter().any(|&(c, d, _)| (a, b) == (c, d)) {
                let cost = costs.get(edges.len() % costs.len().max(1)).copied();
                edges.push((a, b, cost.unwrap_or(WIRED_COST)));
            }
        };
        for (index, parent) in parents.iter().enumerate() {
            add(index + 1, usize::from(*parent) % (index + 1));
        }
        for &(a, b) in extra {
            add(usize::from(a) % nodes, usize::from(b) % nodes);
        }
        Self::of(&format!("random {edges:?}"), &edges.clone())
    }

    /// Nodes thrown on a square, linked to those near, and made connected by a chain of nearest
    /// earlier nodes.
    pub(crate) fn geometric(nodes: usize, degree: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let side: i64 = 1_000_000;
        let places: Vec<(i64, i64)> = (0..nodes)
            .map(|_| {
                let mut draw = || random.below(side.unsigned_abs()).cast_signed();
                (draw(), draw())
            })
            .collect();
        let square = |a: usize, b: usize| {
            let (dx, dy) = (places[a].0 - places[b].0, places[a].1 - places[b].1);
            dx * dx + dy * dy
        };
        // The disc around a node that holds `degree` others on average: n * pi * r^2 = degree.
        let reach =
            side * side / i64::try_from(nodes).unwrap_or(1) * degree.cast_signed() as i64 * 100
                / 314;
        let mut edges = Vec::new();
        for b in 1..nodes {
            let nearest = (0..b).min_by_key(|&a| square(a, b)).unwrap_or(0);
            for a in 0..b {
                if a == nearest || square(a, b) < reach {
                    edges.push((a, b, WIRED_COST));
                }
            }
        }
        let mut topology = Self::of(&format!("geometric {nodes} seed {seed}"), &edges);
        topology.nodes = nodes;
        topology
    }

    /// The number of the link between two nodes.
    pub(crate) fn edge(&self, a: usize, b: usize) -> usize {
        self.edges
            .iter()
            .position(|e| (e.a, e.b) == (a, b) || (e.a, e.b) == (b, a))
            .unwrap_or_else(|| panic!("{} has no link {a}-{b}", self.name))
    }
}
