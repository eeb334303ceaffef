//! The certificate with which the server speaks TLS itself, and its renewal: read again when its files have changed.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum_server::tls_rustls::RustlsConfig;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use sha2::{Digest, Sha256};
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

/// How often the files are looked at.
const LOOKED_AT: Duration = Duration::from_mins(1);
/// What is spoken, the best first (RFC 7301).
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];
/// The largest file that is read, in bytes: chains have some 10 KB.
const LARGEST: u64 = 1024 * 1024;

/// Where a certificate is.
#[derive(Clone, Debug)]
pub struct CertificateFiles {
    /// The server's certificate, and those that lead to the authority, in PEM.
    pub certificate: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
}

/// A certificate as it was last read. Its clones are one and the same.
#[derive(Clone, Debug)]
pub struct Certificate {
    files: CertificateFiles,
    config: RustlsConfig,
    content: [u8; 32],
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidCertificate {
    /// A file cannot be read.
    #[error("{path} cannot be read ({reason}); check its name, and whether the server's user may read it")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// No certificate in the certificate's file.
    #[error("{path} holds no certificate in PEM (`-----BEGIN CERTIFICATE-----`){}", .reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default())]
    NoCertificate {
        /// The file.
        path: PathBuf,
        /// What is wrong, if something is there.
        reason: Option<String>,
    },
    /// No key in the key's file.
    #[error("{path} holds no private key in PEM (`-----BEGIN PRIVATE KEY-----`): {reason}")]
    NoKey {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Everybody on the machine can read the key.
    #[error("{path} can be read by every user of this machine (mode {mode:04o}); run `chmod o= {path}`")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The two do not fit.
    #[error("the key in {key} is not the one of the certificate in {certificate}, or cannot be used ({reason})")]
    Unfit {
        /// The key's file.
        key: PathBuf,
        /// The certificate's file.
        certificate: PathBuf,
        /// What is wrong.
        reason: rustls::Error,
    },
}

impl Certificate {
    /// Reads a certificate.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the files.
    pub fn load(files: CertificateFiles) -> Result<Self, InvalidCertificate> {
        let Loaded { config, content } = read(&files)?;
        Ok(Self { files, config: RustlsConfig::from_config(Arc::new(config)), content })
    }

    /// What the listener takes.
    pub fn config(&self) -> RustlsConfig {
        self.config.clone()
    }

    /// Takes what is in the files now, if that is another certificate than before; says whether it is. New connections get
    /// it.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the files: the certificate of before goes on.
    pub fn renew(&mut self) -> Result<bool, InvalidCertificate> {
        let Loaded { config, content } = read(&self.files)?;
        let is_new = content != self.content;
        if is_new {
            self.config.reload_from_config(Arc::new(config));
            self.content = content;
        }
        Ok(is_new)
    }

    /// Looks at the files from time to time, and when the process is told to (SIGHUP), for as long as the server runs. A fault
    /// is told once.
    ///
    /// # Errors
    ///
    /// If the process cannot listen to signals.
    pub async fn watch(mut self) -> io::Result<()> {
        #[cfg(unix)]
        let mut hangup = signal(SignalKind::hangup())?;
        let mut told = String::new();
        loop {
            #[cfg(unix)]
            let _ = tokio::time::timeout(LOOKED_AT, hangup.recv()).await;
            #[cfg(not(unix))]
            tokio::time::sleep(LOOKED_AT).await;
            match self.renew() {
                Ok(is_new) => {
                    if is_new {
                        tracing::info!("the certificate for TLS was renewed");
                    }
                    told.clear();
                }
                Err(error) if error.to_string() == told => {}
                Err(error) => {
                    tracing::error!(
                        "the certificate for TLS cannot be renewed, and the one of before goes on: {error}"
                    );
                    told = error.to_string();
                }
            }
        }
    }
}

struct Loaded {
    config: ServerConfig,
    /// What the files hold, hashed.
    content: [u8; 32],
}

fn read(CertificateFiles { certificate, key }: &CertificateFiles) -> Result<Loaded, InvalidCertificate> {
    let (chain_pem, _) = read_file(certificate)?;
    let (key_pem, key_file) = read_file(key)?;
    check_mode(key, &key_file)?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&chain_pem).collect::<Result<_, _>>().map_err(|error| {
        InvalidCertificate::NoCertificate { path: certificate.clone(), reason: Some(error.to_string()) }
    })?;
    if chain.is_empty() {
        return Err(InvalidCertificate::NoCertificate { path: certificate.clone(), reason: None });
    }
    let private_key = PrivateKeyDer::from_pem_slice(&key_pem)
        .map_err(|error| InvalidCertificate::NoKey { path: key.clone(), reason: error.to_string() })?;
    let unfit = |reason| InvalidCertificate::Unfit { key: key.clone(), certificate: certificate.clone(), reason };
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unfit)?
        .with_no_client_auth()
        .with_single_cert(chain, private_key)
        .map_err(unfit)?;
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    let content = Sha256::new().chain_update(&chain_pem).chain_update([0]).chain_update(&key_pem).finalize().into();
    Ok(Loaded { config, content })
}

fn read_file(path: &Path) -> Result<(Vec<u8>, File), InvalidCertificate> {
    let read = || -> io::Result<_> {
        let file = File::open(path)?;
        let mut content = Vec::new();
        (&file).take(LARGEST).read_to_end(&mut content)?;
        Ok((content, file))
    };
    read().map_err(|reason| InvalidCertificate::Read { path: path.to_owned(), reason })
}

/// A group may read it: that is how systems give keys to their services (Debian's `ssl-cert`).
#[cfg(unix)]
fn check_mode(path: &Path, file: &File) -> Result<(), InvalidCertificate> {
    use std::os::unix::fs::PermissionsExt;

    let metadata = file.metadata().map_err(|reason| InvalidCertificate::Read { path: path.to_owned(), reason })?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o007 != 0 { Err(InvalidCertificate::Exposed { path: path.to_owned(), mode }) } else { Ok(()) }
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: &File) -> Result<(), InvalidCertificate> {
    Ok(())
}
