//! `placet-server ready`

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use super::Failure;
use crate::{settings::Listen, tls};

/// How long the server may take: longer than its database may, shorter than who asks waits.
const PATIENCE: Duration = Duration::from_millis(2500);

/// Asks the server on this machine for `/readyz`.
pub async fn ready(at: &Listen) -> Result<(), Failure> {
    // A server on every address is on the loopback address, too.
    let ip = match at.listen.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        one => one,
    };
    let address = SocketAddr::new(ip, at.listen.port());
    let not_ready = |reason: String| Failure::NotReady { address, reason };
    let scheme = if at.certificate().is_some() { "https" } else { "http" };
    let status = ask(&format!("{scheme}://{address}/readyz")).await.map_err(|error| {
        not_ready(if error.is_timeout() { "it does not answer in time".to_owned() } else { reason(&error) })
    })?;
    if status.is_success() { Ok(()) } else { Err(not_ready(format!("it answers {status}"))) }
}

async fn ask(address: &str) -> reqwest::Result<reqwest::StatusCode> {
    tls::use_ring();
    // The certificate is for the server's name, not for its address, and what is asked is no secret.
    let client =
        reqwest::Client::builder().tls_danger_accept_invalid_certs(true).no_proxy().timeout(PATIENCE).build()?;
    Ok(client.get(address).send().await?.status())
}

/// What lies at the bottom of an error: the rest only says that something was asked.
fn reason(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
