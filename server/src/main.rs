//! The command `placet-server`. What it does is in the library beside it.

use std::process::ExitCode;

/// A proof is some hundred small pieces of memory, many of which one thread takes and another gives back. The system's own
/// allocator spends about an eighth more than this one of all that the server computes for it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    placet_server::cli::main()
}
