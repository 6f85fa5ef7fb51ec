//! From the name of a method to its plan.

use grange_ubus::{Status, Table};

use crate::compatible;
use crate::mesh;
use crate::overview;
use crate::plan::Plan;
use crate::uplinks;

/// How a method of an object is answered.
pub fn plan(object: &str, method: &str, arguments: Table<'_>) -> Result<Plan, Status> {
    match object {
        "grange" => overview::plan(method, arguments),
        "grange.mesh" => mesh::plan(method, arguments),
        "grange.uplink" => uplinks::plan(method, arguments),
        "babeld" => compatible::babeld(method),
        "mwan3" => compatible::mwan3(arguments),
        _ => Err(Status::NOT_FOUND),
    }
}
