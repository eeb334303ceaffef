//! Where heads are kept away from the database: a folder, a bucket of S3 or of a store that speaks its protocol, or an
//! address of a web server.
//!
//! A file there is never written twice: a folder and a bucket refuse it, a web server is asked to (`If-None-Match: *`,
//! RFC 9110, section 13.1.2). Somebody who takes over the server can add statements and should not be able to change those
//! that are there: let its credentials do no more than that.

use std::{collections::BTreeSet, path::Path as FilePath, time::Duration};

use futures_util::TryStreamExt;
use object_store::{
    ClientOptions, ObjectStore, ObjectStoreExt, PutMode, PutOptions, RetryConfig, aws::AmazonS3Builder,
    local::LocalFileSystem, path::Path,
};
use reqwest::{Client, StatusCode, header, redirect};
use url::{Host, Url};

use crate::tls;

/// How long a request to a store may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the names of statements begin with.
const PREFIX: &str = "heads-";
/// What they end with.
const SUFFIX: &str = ".json";

/// A place where heads are kept.
#[derive(Debug)]
pub struct Destination {
    /// Its address, without a password.
    shown: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Objects { store: Box<dyn ObjectStore>, folder: Path },
    Web { client: Client, address: Url },
}

/// Why heads could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An unsupported address.
    #[error(
        "heads cannot be kept at {0}; write the path of a folder, `s3://` and a bucket, or an address that begins with `https://`"
    )]
    UnknownAddress(String),
    /// The folder or the settings of the bucket.
    #[error("heads cannot be kept at {shown} ({reason})")]
    Open {
        /// The address.
        shown: String,
        /// Why.
        reason: String,
    },
    /// The store said no, or nothing.
    #[error("{shown}: {reason}")]
    Refused {
        /// The address.
        shown: String,
        /// What it said.
        reason: String,
    },
}

impl Destination {
    /// The place of an address: the path of a folder, `s3://bucket/folder`, or `https://…`.
    ///
    /// # Errors
    ///
    /// [`Error`] if there can be no such place. Whether it can be reached is only seen when it is used.
    pub fn open(address: &str) -> Result<Self, Error> {
        let Some((scheme, _)) = address.split_once("://") else { return Self::folder(FilePath::new(address)) };
        let unknown = || Error::UnknownAddress(without_password(address));
        let url = Url::parse(address).map_err(|_| unknown())?;
        match scheme {
            "file" => Self::folder(&url.to_file_path().map_err(|()| unknown())?),
            "s3" => Self::bucket(address, &url),
            "https" => Self::web(address, url),
            // Without TLS, no further than this machine.
            "http" if is_loopback(&url) => Self::web(address, url),
            _ => Err(unknown()),
        }
    }

    fn folder(folder: &FilePath) -> Result<Self, Error> {
        let shown = folder.display().to_string();
        let failed = |reason: String| Error::Open { shown: shown.clone(), reason };
        std::fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| failed(error.to_string()))?;
        Ok(Self { kind: Kind::Objects { store: Box::new(store.with_fsync(true)), folder: Path::default() }, shown })
    }

    fn bucket(address: &str, url: &Url) -> Result<Self, Error> {
        let shown = without_password(address);
        tls::use_ring();
        let options = ClientOptions::default().with_timeout(PATIENCE).with_connect_timeout(PATIENCE);
        // The delivery tries again.
        let retry = RetryConfig { max_retries: 0, retry_timeout: PATIENCE, ..RetryConfig::default() };
        // What the options forbid, the variables may allow again: plain HTTP to a store on this machine.
        let builder = AmazonS3Builder::from_env().with_client_options(options).with_url(address).with_retry(retry);
        let is_plain = std::env::var("AWS_ALLOW_HTTP").is_ok_and(|value| value == "true");
        let failed = |error: object_store::Error| Error::Open { shown: shown.clone(), reason: error.to_string() };
        let store = builder.with_allow_http(is_plain).build().map_err(failed)?;
        let folder = Path::parse(url.path()).map_err(|_| Error::UnknownAddress(shown.clone()))?;
        Ok(Self { shown, kind: Kind::Objects { store: Box::new(store), folder } })
    }

    fn web(address: &str, mut url: Url) -> Result<Self, Error> {
        let shown = without_password(address);
        let client = client().map_err(|reason| Error::Open { shown: shown.clone(), reason })?;
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(Self { shown, kind: Kind::Web { client, address: url } })
    }

    /// Its address, without a password.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Writes a file that is not there yet.
    ///
    /// # Errors
    ///
    /// [`Error`] if it was not written.
    pub async fn write(&self, name: &str, content: Vec<u8>) -> Result<(), Error> {
        match &self.kind {
            Kind::Objects { store, folder } => {
                let options = PutOptions::from(PutMode::Create);
                let written = store.put_opts(&folder.clone().join(name), content.into(), options).await;
                written.map(|_| ()).map_err(|error| self.refused(&error))
            }
            Kind::Web { client, address } => {
                let media_type =
                    if name.ends_with(SUFFIX) { "application/json" } else { "application/timestamp-reply" };
                let request = client.put(self.file(address, name)?).header(header::CONTENT_TYPE, media_type);
                let answer = request.header(header::IF_NONE_MATCH, "*").body(content).send().await;
                let answer = answer.map_err(|error| self.refused(&error.without_url()))?;
                if answer.status().is_success() { Ok(()) } else { Err(self.refused(&answer.status())) }
            }
        }
    }

    /// Reads a file; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// [`Error`] if that cannot be said.
    pub async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        match &self.kind {
            Kind::Objects { store, folder } => match store.get(&folder.clone().join(name)).await {
                Ok(found) => {
                    let content = found.bytes().await.map_err(|error| self.refused(&error))?;
                    Ok(Some(content.to_vec()))
                }
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(self.refused(&error)),
            },
            Kind::Web { client, address } => {
                let refused = |error: reqwest::Error| self.refused(&error.without_url());
                let answer = client.get(self.file(address, name)?).send().await.map_err(refused)?;
                match answer.status() {
                    StatusCode::NOT_FOUND => Ok(None),
                    status if status.is_success() => Ok(Some(answer.bytes().await.map_err(refused)?.to_vec())),
                    status => Err(self.refused(&status)),
                }
            }
        }
    }

    /// The names of the statements that are there, the oldest first. A web server is asked for its address itself, and
    /// names them in whichever form it lists a folder.
    ///
    /// # Errors
    ///
    /// [`Error`] if they cannot be listed.
    pub async fn names(&self) -> Result<BTreeSet<String>, Error> {
        match &self.kind {
            Kind::Objects { store, folder } => {
                let found: Vec<_> =
                    store.list(Some(folder)).try_collect().await.map_err(|error| self.refused(&error))?;
                let names = found.iter().filter_map(|object| object.location.filename());
                Ok(names.filter(|name| is_name(name)).map(str::to_owned).collect())
            }
            Kind::Web { client, address } => {
                let refused = |error: reqwest::Error| self.refused(&error.without_url());
                let answer = client.get(address.clone()).send().await.map_err(refused)?;
                if !answer.status().is_success() {
                    return Err(self.refused(&format!("{} to a request for what is there", answer.status())));
                }
                Ok(names_in(&answer.text().await.map_err(refused)?))
            }
        }
    }

    fn file(&self, address: &Url, name: &str) -> Result<Url, Error> {
        address.join(name).map_err(|error| self.refused(&error))
    }

    fn refused(&self, reason: &dyn std::fmt::Display) -> Error {
        Error::Refused { shown: self.shown.clone(), reason: reason.to_string() }
    }
}

/// A client for requests to other servers.
///
/// # Errors
///
/// In words, if the machine has no certificates to trust.
pub fn client() -> Result<Client, String> {
    tls::use_ring();
    let client = Client::builder().timeout(PATIENCE).redirect(redirect::Policy::none());
    client.build().map_err(|error| error.to_string())
}

/// The name of a statement of a moment, by the first digits of the key that has signed it.
pub fn name(date: &str, key: &str) -> String {
    format!("{PREFIX}{}-{}{SUFFIX}", date.replace(':', "-"), key.get(..8).unwrap_or(key))
}

/// The name of the time-stamp of a statement (RFC 3161).
pub fn timestamp_name(name: &str) -> String {
    format!("{}.tsr", name.strip_suffix(SUFFIX).unwrap_or(name))
}

fn is_name(name: &str) -> bool {
    let middle = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    middle.is_some_and(|middle| !middle.is_empty() && middle.chars().all(is_of_name))
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '.')
}

/// The names of statements in a text of any form.
fn names_in(text: &str) -> BTreeSet<String> {
    let parts = text.split(|character: char| !is_of_name(character));
    parts.filter(|part| is_name(part)).map(str::to_owned).collect()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// An address as it may be shown.
pub fn without_password(address: &str) -> String {
    match Url::parse(address) {
        Ok(mut url) => {
            if url.password().is_some() {
                let _ = url.set_password(Some("***"));
            }
            url.set_query(None);
            url.to_string()
        }
        Err(_) => address.split_once("://").map_or_else(|| address.to_owned(), |(scheme, _)| format!("{scheme}://…")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_whichever_form_a_folder_is_listed() {
        let named = name("2026-11-22T12:00:00.000Z", "0123456789abcdef");
        assert_eq!(named, "heads-2026-11-22T12-00-00.000Z-01234567.json");
        for listing in [
            format!(r#"<a href="{named}">{named}</a> <a href="heads-x.tsr">"#),
            format!(r#"[{{"name":"{named}","type":"file"}}]"#),
            format!("{named}\n"),
            format!("/kept/{named}"),
        ] {
            assert_eq!(names_in(&listing).into_iter().collect::<Vec<_>>(), [named.as_str()], "{listing}");
        }
        assert_eq!(names_in("heads-.json nothing heads-1.tsr"), BTreeSet::new());
        assert_eq!(timestamp_name(&named), "heads-2026-11-22T12-00-00.000Z-01234567.tsr");
    }

    #[test]
    fn nothing_leaves_the_machine_without_tls() {
        for address in ["http://heads.example.com/", "ftp://heads.example.com", "http://127.0.0.1.example.com/", "x://"]
        {
            assert!(matches!(Destination::open(address), Err(Error::UnknownAddress(_))), "{address}");
        }
        assert!(Destination::open("http://127.0.0.1:1/").is_ok());
        assert!(Destination::open("https://heads.example.com/kept").is_ok());
    }

    #[test]
    fn no_password_is_shown() {
        assert_eq!(
            without_password("https://placet:secret@heads.example.com/?token=x"),
            "https://placet:***@heads.example.com/"
        );
    }
}
