//! Dies in the way its argument names, with the handler of fatal signals installed: what comes out
//! on a router's CPU, and what `scripts/where` makes of it. `crash HOW`, see `WAYS`.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_macros,
    reason = "its output is what it is for"
)]

use std::hint::black_box;
use std::process::ExitCode;

use grange_linux::fatal::install_fatal_handler;

const WAYS: &str = "index overflow divide unwrap abort";
const BUILD_ID: &str = match option_env!("GRANGE_BUILD_ID") {
    Some(id) => id,
    None => "unnamed-build",
};

fn main() -> ExitCode {
    install_fatal_handler("crash", env!("CARGO_PKG_VERSION"), BUILD_ID);
    let how = std::env::args().nth(1).unwrap_or_default();
    let nothing = black_box(&[0_usize; 0][..]);
    match how.as_str() {
        "index" => println!("{}", index(nothing)),
        "overflow" => println!("{}", overflow(usize::MAX)),
        "divide" => println!("{}", divide(nothing.len())),
        "unwrap" => println!("{}", unwrap(nothing)),
        "abort" => std::process::abort(),
        _ => println!("usage: crash HOW, one of: {WAYS}"),
    }
    // Whoever gets here has not crashed, which is what a caller looks for.
    ExitCode::SUCCESS
}

#[inline(never)]
fn index(values: &[usize]) -> usize {
    values[values.len() + 7]
}

/// Checked here whatever the profile says: what is shown is how a panic ends.
#[inline(never)]
fn overflow(value: usize) -> usize {
    #[expect(clippy::expect_used, reason = "the panic is the point")]
    black_box(value).checked_add(1).expect("an overflow")
}

#[inline(never)]
fn divide(by: usize) -> usize {
    7 / black_box(by)
}

#[inline(never)]
fn unwrap(values: &[usize]) -> usize {
    #[expect(clippy::unwrap_used, reason = "the panic is the point")]
    *values.first().unwrap()
}
