//! The feed tool's program; all of it is in the library.
fn main() -> std::process::ExitCode {
    grange_feed::main()
}
