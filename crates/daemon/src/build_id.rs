//! Which build this is.

/// Names the sources and tools of a build for routers; cross/build sets it, and `scripts/where` finds the
/// line tables by it. `None`: built by hand.
pub const BUILD_ID: Option<&str> = option_env!("GRANGE_BUILD_ID");
