//! Neighbourhoods that one word describes: a line, a ring, a grid.

use crate::topology::graph::{GraphError, Topology};
use crate::topology::name::NodeName;

/// A regular arrangement of routers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `r1` to `rN`, each linked with the next.
    Line(usize),
    /// A line whose last router is linked with its first.
    Ring(usize),
    /// Rows and columns, `r1c1` to `rRcC`, each linked with the next in its row and column.
    Grid(usize, usize),
}

impl Shape {
    /// Adds the routers and links of this shape.
    pub fn add_to(self, topology: &mut Topology) -> Result<(), GraphError> {
        match self {
            Self::Line(count) => row(topology, count).map(drop),
            Self::Ring(count) => {
                let routers = row(topology, count)?;
                match routers[..] {
                    [first, _, .., last] if count > 2 => topology.add_link(last, first).map(drop),
                    _ => Ok(()),
                }
            }
            Self::Grid(rows, columns) => grid(topology, rows, columns),
        }
    }
}

fn row(topology: &mut Topology, count: usize) -> Result<Vec<usize>, GraphError> {
    let mut routers = Vec::new();
    for number in 1..=count {
        routers.push(add(topology, &format!("r{number}"))?);
    }
    for pair in routers.windows(2) {
        topology.add_link(pair[0], pair[1])?;
    }
    Ok(routers)
}

fn grid(topology: &mut Topology, rows: usize, columns: usize) -> Result<(), GraphError> {
    let mut above: Vec<usize> = Vec::new();
    for row in 1..=rows {
        let mut this = Vec::new();
        for column in 1..=columns {
            let router = add(topology, &format!("r{row}c{column}"))?;
            if let Some(&left) = this.last() {
                topology.add_link(left, router)?;
            }
            if let Some(&up) = above.get(column - 1) {
                topology.add_link(up, router)?;
            }
            this.push(router);
        }
        above = this;
    }
    Ok(())
}

fn add(topology: &mut Topology, name: &str) -> Result<usize, GraphError> {
    // A count that makes the name too long is far over the limit of routers.
    let name = NodeName::new(name, NodeName::ROUTER_MAX).map_err(|_| GraphError::TooManyRouters)?;
    topology.add_router(name)
}
