//! The program behind the web pages; all of it is in the library.
fn main() -> std::process::ExitCode {
    grange_rpcd::main(std::env::args_os().skip(1))
}
