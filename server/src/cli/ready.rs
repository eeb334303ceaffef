//! `placet-server ready`

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::Failure;

/// How long the server may take: longer than its database may, shorter than who asks waits.
const PATIENCE: Duration = Duration::from_millis(2500);

/// Asks the server on this machine that listens on `listen` for `/readyz`.
pub async fn ready(listen: SocketAddr) -> Result<(), Failure> {
    // A server on every address is on the loopback address, too.
    let ip = match listen.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        one => one,
    };
    let address = SocketAddr::new(ip, listen.port());
    let not_ready = |reason: String| Failure::NotReady { address, reason };
    let answer = match timeout(PATIENCE, ask(address)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return Err(not_ready(error.to_string())),
        Err(_) => return Err(not_ready("it does not answer in time".to_owned())),
    };
    let status = answer.lines().next().unwrap_or_default();
    if status.starts_with("HTTP/1.1 200 ") { Ok(()) } else { Err(not_ready(format!("it answers {status}"))) }
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut connection = TcpStream::connect(address).await?;
    connection.write_all(b"GET /readyz HTTP/1.1\r\nHost: placet\r\nConnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
