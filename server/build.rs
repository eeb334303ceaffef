//! Makes sure that there is a folder to take the SDK's files from, so that the server builds before the SDK has been
//! built, and that the server is built again when the files change.

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    let files = Path::new("../www/dist/sdk");
    fs::create_dir_all(files)?;
    println!("cargo:rerun-if-changed={}", files.display());
    println!("cargo:rerun-if-changed=migrations");
    Ok(())
}
