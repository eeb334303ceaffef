//! TLS by the server itself: HTTP/1.1 and HTTP/2, renewal, and its bounds.

#![allow(clippy::unwrap_used)]

mod common;

use std::{fs, path::Path, time::Duration};

use common::{
    Server,
    program::{Serving, run},
};
use placet_server::http::certificate::{Certificate, CertificateFiles, InvalidCertificate};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::{Client, Version};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const NAME: &str = "consent.shop.example";

/// An authority of the tests' own.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Writes a new certificate for the server's name, and its key.
    fn issue(&self, folder: &Path) -> CertificateFiles {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![NAME.to_owned()]).unwrap().signed_by(&key, &self.0).unwrap();
        let files =
            CertificateFiles { certificate: folder.join("certificate.pem"), key: folder.join("certificate.key") };
        fs::write(&files.certificate, certificate.pem()).unwrap();
        write_key(&files.key, &key.serialize_pem());
        files
    }
}

fn write_key(path: &Path, pem: &str) {
    fs::write(path, pem).unwrap();
    set_mode(path, 0o640);
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}

/// A server that speaks TLS, its address, its certificate, and the authority and the folder of that.
async fn start() -> (Server, Certificate, Authority, TempDir) {
    let (authority, folder) = (Authority::new(), TempDir::new().unwrap());
    let certificate = Certificate::load(authority.issue(folder.path())).unwrap();
    let copy = certificate.clone();
    let server = Server::start_with(move |app| app.with_certificate(Some(copy))).await;
    (server, certificate, authority, folder)
}

fn port(server: &Server) -> u16 {
    server.address.rsplit_once(':').unwrap().1.parse().unwrap()
}

/// A client that trusts an authority.
fn client(
    server: &Server,
    authority: &Authority,
    set_up: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
) -> Client {
    let root = reqwest::Certificate::from_pem(authority.0.pem().as_bytes()).unwrap();
    let builder = Client::builder().tls_certs_only([root]).resolve(NAME, ([127, 0, 0, 1], port(server)).into());
    set_up(builder).build().unwrap()
}

async fn ask(server: &Server, client: &Client) -> reqwest::Result<reqwest::Response> {
    let address = format!("https://{NAME}:{}/v1/widgets/43?key=pk_demo", port(server));
    client.get(address).header("origin", common::PAGE).send().await
}

#[tokio::test]
async fn both_versions_of_http_are_spoken() {
    let (server, _, authority, _folder) = start().await;
    for (set_up, version) in
        [(reqwest::ClientBuilder::http1_only as fn(_) -> _, Version::HTTP_11), (|builder| builder, Version::HTTP_2)]
    {
        let answer = ask(&server, &client(&server, &authority, set_up)).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    }
    // A client that does not trust the authority learns nothing.
    assert!(ask(&server, &client(&server, &Authority::new(), |builder| builder)).await.is_err());
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_and_a_broken_one_is_not() {
    let (server, mut certificate, authority, folder) = start().await;
    assert!(!certificate.renew().unwrap());
    let other = Authority::new();
    let files = other.issue(folder.path());
    assert!(certificate.renew().unwrap());
    assert_eq!(ask(&server, &client(&server, &other, |builder| builder)).await.unwrap().status(), 200);
    assert!(ask(&server, &client(&server, &authority, |builder| builder)).await.is_err());
    // Half of a renewal: the key of before.
    let key = fs::read_to_string(&files.key).unwrap();
    other.issue(folder.path());
    write_key(&files.key, &key);
    assert!(matches!(certificate.renew(), Err(InvalidCertificate::Unfit { .. })));
    fs::write(&files.certificate, "").unwrap();
    assert!(matches!(certificate.renew(), Err(InvalidCertificate::NoCertificate { .. })));
    fs::remove_file(&files.certificate).unwrap();
    assert!(matches!(certificate.renew(), Err(InvalidCertificate::Read { .. })));
    assert_eq!(ask(&server, &client(&server, &other, |builder| builder)).await.unwrap().status(), 200);
}

#[tokio::test]
async fn what_is_no_certificate_is_refused_with_what_to_do() {
    let (authority, folder) = (Authority::new(), TempDir::new().unwrap());
    let files = authority.issue(folder.path());
    let said = |files: &CertificateFiles| Certificate::load(files.clone()).unwrap_err().to_string();
    let swapped = CertificateFiles { certificate: files.key.clone(), key: files.certificate.clone() };
    set_mode(&files.certificate, 0o600);
    assert!(said(&swapped).contains("holds no certificate in PEM"), "{}", said(&swapped));
    set_mode(&files.certificate, 0o644);
    let missing = CertificateFiles { key: folder.path().join("nothing.key"), ..files.clone() };
    assert!(said(&missing).contains("nothing.key cannot be read"), "{}", said(&missing));
    let both = CertificateFiles { key: files.certificate.clone(), ..files.clone() };
    set_mode(&files.certificate, 0o600);
    assert!(said(&both).contains("holds no private key in PEM"), "{}", said(&both));
    write_key(&files.key, &KeyPair::generate().unwrap().serialize_pem());
    assert!(said(&files).contains("is not the one of the certificate"), "{}", said(&files));
    #[cfg(unix)]
    {
        set_mode(&files.key, 0o644);
        assert!(said(&files).contains("(mode 0644); run `chmod o= "), "{}", said(&files));
    }
}

#[tokio::test]
async fn who_speaks_no_tls_and_who_never_ends_the_handshake_keeps_nobody_out() {
    let (authority, folder) = (Authority::new(), TempDir::new().unwrap());
    let certificate = Certificate::load(authority.issue(folder.path())).unwrap();
    let server = Server::start_with(move |app| {
        let times = placet_server::http::listen::Times { headers: Duration::from_secs(1), ..Default::default() };
        let most = placet_server::http::connections::MostConnections { in_all: 40, of_client: 30 };
        app.with_certificate(Some(certificate)).waiting(times).connected(most)
    })
    .await;
    let address = format!("127.0.0.1:{}", port(&server));
    let mut plain = TcpStream::connect(&address).await.unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains("200"), "{answer:?}");

    let client = client(&server, &authority, |builder| builder);
    let mut silent = Vec::new();
    for _ in 0..60 {
        silent.push(TcpStream::connect(&address).await.unwrap());
    }
    assert_eq!(ask(&server, &client).await.unwrap().status(), 200);
    // Each of them is closed once its time is over, or its place was needed.
    for mut connection in silent {
        let _ = connection.read(&mut [0; 16]).await;
    }
    assert_eq!(ask(&server, &client).await.unwrap().status(), 200);
}

#[test]
fn the_program_speaks_tls_as_its_settings_say() {
    let (authority, folder) = (Authority::new(), TempDir::new().unwrap());
    let files = authority.issue(folder.path());
    let (certificate, key) = (files.certificate.to_str().unwrap(), files.key.to_str().unwrap());
    let tls = ["--tls-certificate", certificate, "--tls-key", key];
    let serving = Serving::start(folder.path(), &tls, &[]);
    let address = serving.address.strip_prefix("https://").unwrap().to_owned();
    let ready = run(folder.path(), &[&["ready", "--listen", &address], tls.as_slice()].concat());
    assert_eq!(ready.code, 0, "{ready:?}");
    assert_eq!(run(folder.path(), &["ready", "--listen", &address]).code, 1);

    // A renewal that is told by a signal.
    #[cfg(unix)]
    {
        authority.issue(folder.path());
        let renewed = || serving.log().contains("the certificate for TLS was renewed");
        let told = std::process::Command::new("kill").args(["-HUP", &serving.id().to_string()]).status().unwrap();
        assert!(told.success());
        while !renewed() {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    let alone = run(folder.path(), &["serve", "--listen", "127.0.0.1:0", "--tls-certificate", certificate]);
    assert_eq!(alone.code, 2);
    assert!(alone.complained.contains("--tls-key <FILE>"), "{}", alone.complained);
    let swapped = run(folder.path(), &["serve", "--listen", "127.0.0.1:0", "--tls-certificate", key, "--tls-key", key]);
    assert_eq!(swapped.code, 1);
    assert!(swapped.complained.contains("the server cannot speak TLS: "), "{}", swapped.complained);
    assert!(swapped.complained.contains("holds no certificate in PEM"), "{}", swapped.complained);
}
