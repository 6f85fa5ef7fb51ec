//! The balancer's program; all of it is in the library.
fn main() -> std::process::ExitCode {
    grange_uplinkd::main(std::env::args_os().skip(1))
}
