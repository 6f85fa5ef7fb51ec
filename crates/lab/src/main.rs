//! The program `grange-lab`.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    grange_lab::cli::main()
}
