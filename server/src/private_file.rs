//! Files and folders that only their owner can read, whatever the process's umask: the database, its copies, the signing key.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    path::Path,
};

/// Makes a new file that only its owner can read and write (mode 0600), open for writing.
///
/// # Errors
///
/// [`io::ErrorKind::AlreadyExists`] if it is there, or whatever keeps it from being made.
pub fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the folder that a file is to be in, and those above it, unless they are there: for their owner only (mode 0700).
///
/// # Errors
///
/// Whatever keeps one from being made.
pub fn create_folder_of(file: &Path) -> io::Result<()> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// The mode of an open file, if others than its owner may do anything with it.
///
/// # Errors
///
/// If the operating system does not say.
pub fn exposed_mode(file: &File) -> io::Result<Option<u32>> {
    Ok(exposed(&file.metadata()?))
}

/// Takes a file from all but its owner (mode 0600). Answers the mode that it had, if that was needed; a file that is not
/// there needs nothing.
///
/// # Errors
///
/// If the file's mode cannot be seen or changed.
pub fn protect(path: &Path) -> io::Result<Option<u32>> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata => metadata?,
    };
    let exposed = exposed(&metadata);
    #[cfg(unix)]
    if exposed.is_some() && metadata.is_file() {
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    }
    Ok(exposed)
}

#[cfg(unix)]
fn exposed(metadata: &fs::Metadata) -> Option<u32> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Other systems have other means, which a folder's owner sets.
#[cfg(not(unix))]
fn exposed(_: &fs::Metadata) -> Option<u32> {
    None
}

/// Makes the whole process's new files and folders its user's alone.
pub fn set_umask() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}
