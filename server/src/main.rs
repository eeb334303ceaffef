//! The command `placet-server`. What it does is in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    placet_server::cli::main()
}
