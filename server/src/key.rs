//! The key with which a server signs proofs: a file that only its owner can read (PKCS #8 in PEM, as
//! `openssl genpkey -algorithm ed25519` writes it), made when it is first needed.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use ed25519_dalek::{
    SigningKey, VerifyingKey,
    pkcs8::{
        DecodePrivateKey, EncodePrivateKey,
        spki::{DecodePublicKey, EncodePublicKey, der::pem::LineEnding},
    },
};
use uuid::Uuid;

use crate::{private_file, seal::PublicKey};

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file can't be read, or not be made.
    #[error("the signing key {} cannot be read or made ({reason}); check the folder's permissions, or name another file with --signing-key or PLACET_SIGNING_KEY", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// Others than its owner may read the file, or write it.
    #[error("other users of this machine may read or change the signing key {path} (mode {mode:04o}), and so sign proofs themselves; make it its owner's alone: chmod 600 {path}", path = path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The file holds something else.
    #[error("{} holds no Ed25519 key in PEM; make one with `openssl genpkey -algorithm ed25519`, or name a file that does not exist yet", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The machine has no random numbers to offer.
    #[error("the operating system gives no random numbers ({0})")]
    Random(getrandom::Error),
}

/// The key in a file, which is made with a new key if it is not there.
///
/// # Errors
///
/// [`Error`] if that can't be done.
pub fn load_or_make(path: &Path) -> Result<SigningKey, Error> {
    let file = |reason| Error::File { path: path.to_owned(), reason };
    if !path.try_exists().map_err(file)? {
        make(path)?;
    }
    let mut opened = File::open(path).map_err(file)?;
    if let Some(mode) = private_file::exposed_mode(&opened).map_err(file)? {
        return Err(Error::Exposed { path: path.to_owned(), mode });
    }
    let mut pem = String::new();
    opened.read_to_string(&mut pem).map_err(file)?;
    SigningKey::from_pkcs8_pem(&pem).map_err(|_| Error::NoKey { path: path.to_owned() })
}

/// Where the key of a database is if nobody says: beside the file of SQLite, in the current folder for an engine that
/// is elsewhere.
pub fn beside(database_url: &str) -> PathBuf {
    let file = database_url.strip_prefix("sqlite:").map(|rest| rest.trim_start_matches("//"));
    let file = file.and_then(|rest| rest.split('?').next()).filter(|file| !file.is_empty());
    Path::new(file.unwrap_or("placet.db")).with_extension("key")
}

/// A public key as other tools read it (PEM), or as a proof's seal names it (64 hexadecimal digits).
pub fn parse_public(text: &str) -> Option<PublicKey> {
    let text = text.trim();
    let mut key = [0; 32];
    if hex::decode_to_slice(text, &mut key).is_ok() {
        return VerifyingKey::from_bytes(&key).is_ok().then_some(key);
    }
    VerifyingKey::from_public_key_pem(text).ok().map(|key| key.to_bytes())
}

/// A public key as other tools read it (PEM).
pub fn public_pem(key: &VerifyingKey) -> Option<String> {
    key.to_public_key_pem(LineEnding::LF).ok()
}

/// Makes the file with a new key. If somebody else makes it at the same moment, theirs stays.
fn make(path: &Path) -> Result<(), Error> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(Error::Random)?;
    let no_key = |_| Error::NoKey { path: path.to_owned() };
    let pem = SigningKey::from_bytes(&secret).to_pkcs8_pem(LineEnding::LF).map_err(no_key)?;
    write(path, pem.as_bytes()).map_err(|reason| Error::File { path: path.to_owned(), reason })
}

fn write(path: &Path, pem: &[u8]) -> io::Result<()> {
    private_file::create_folder_of(path)?;
    // Whole before it has its name, so that nobody reads half a key.
    let new = path.with_extension(format!("{}.new", Uuid::new_v4().simple()));
    let mut file = private_file::create(&new)?;
    let written = file.write_all(pem).and_then(|()| file.sync_all());
    let named = written.and_then(|()| match fs::hard_link(&new, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome,
    });
    fs::remove_file(&new)?;
    named
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_its_owner_only() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("new/placet.key");
        let key = load_or_make(&path).unwrap();
        assert_eq!(load_or_make(&path).unwrap(), key);
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn several_that_start_at_once_have_one_key() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("placet.key");
        let makers: Vec<_> = (0..8)
            .map(|_| {
                let path = path.clone();
                std::thread::spawn(move || load_or_make(&path).unwrap())
            })
            .collect();
        let keys: Vec<_> = makers.into_iter().map(|maker| maker.join().unwrap()).collect();
        assert!(keys.iter().all(|key| key == &keys[0]));
    }

    #[test]
    fn what_is_no_key_or_everybodys_is_said_to_be_so() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("placet.key");
        private_file::create(&path).unwrap().write_all(b"no key").unwrap();
        assert!(matches!(load_or_make(&path), Err(Error::NoKey { .. })));
        #[cfg(unix)]
        for mode in [0o644, 0o640, 0o604, 0o620, 0o602, 0o611] {
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
            let refused = load_or_make(&path).unwrap_err().to_string();
            let command = format!("chmod 600 {}", path.display());
            assert!(refused.contains(&format!("(mode {mode:04o})")) && refused.ends_with(&command), "{refused}");
        }
    }

    #[test]
    fn a_public_key_is_read_in_both_its_forms() {
        let key = SigningKey::from_bytes(&[7; 32]).verifying_key();
        let pem = public_pem(&key).unwrap();
        assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
        assert_eq!(parse_public(&pem), Some(key.to_bytes()));
        assert_eq!(parse_public(&format!("{}\n", hex::encode(key.to_bytes()))), Some(key.to_bytes()));
        assert_eq!(parse_public("no key"), None);
    }

    #[test]
    fn a_key_lies_beside_its_database() {
        assert_eq!(beside("sqlite:///var/lib/placet/placet.db"), Path::new("/var/lib/placet/placet.key"));
        assert_eq!(beside("sqlite://shop.db?mode=rwc"), Path::new("shop.key"));
        assert_eq!(beside("sqlite:shop.db"), Path::new("shop.key"));
        assert_eq!(beside("postgres://db.example.com/placet"), Path::new("placet.key"));
    }
}
