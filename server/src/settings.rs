//! What is given by flags and `PLACET_*` variables; a flag goes before its variable.

use std::{
    net::SocketAddr,
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
};

use clap::Args;

use crate::{
    http::{
        certificate::CertificateFiles, client::Proxy, limits::PerMinute, log::Addresses, security_txt::SecurityContact,
    },
    token::AdminToken,
};

/// What every command needs.
#[derive(Args, Clone, Debug)]
pub struct Common {
    /// The database: `sqlite://` and the path of a file, which is made if it is not there, or `postgres://` and the
    /// address of a PostgreSQL database.
    #[arg(long, env = "PLACET_DATABASE_URL", default_value = "sqlite://placet.db", value_name = "URL", global = true)]
    pub database_url: String,

    /// The file of the key that signs proofs (Ed25519, PKCS #8 in PEM), which is made if it is not there. Without it,
    /// `placet.key` beside `placet.db`; in the current folder if the database is no file.
    #[arg(long, env = "PLACET_SIGNING_KEY", value_name = "FILE", global = true)]
    pub signing_key: Option<PathBuf>,

    /// Where the server writes how far the chains of proofs go, signed, every hour, away from the database: the path of a
    /// folder, `s3://` with a bucket and a folder in it (with the variables of AWS: `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT`), or an `https://` address that takes PUT. `proof verify`
    /// compares the database with what is there. Without it, nothing is written.
    #[arg(long, env = "PLACET_HEADS_TO", value_name = "ADDRESS", hide_env_values = true, global = true)]
    pub heads_to: Option<String>,

    /// What to write to the log (standard error): error, warn, info, debug or trace, or a filter by module as
    /// `info,placet_server::http=debug`.
    #[arg(long, env = "PLACET_LOG", default_value = "info", value_name = "FILTER", global = true)]
    pub log: String,

    /// How the log is written: text, lines for people, or json, an object a line for programs.
    #[arg(long, env = "PLACET_LOG_FORMAT", value_enum, default_value_t, value_name = "FORMAT", global = true)]
    pub log_format: LogFormat,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Lines of text.
    #[default]
    Text,
    /// JSON, an object a line.
    Json,
}

/// Where the server is.
#[derive(Args, Clone, Debug)]
pub struct Listen {
    /// The address and port to listen on; port 0 takes a free one. Behind a proxy that speaks TLS, leave it on a
    /// loopback address.
    #[arg(long, env = "PLACET_LISTEN", default_value = "127.0.0.1:8787", value_name = "ADDRESS")]
    pub listen: SocketAddr,

    /// The file of the certificate with which the server speaks TLS itself, in PEM, followed by those that lead to its
    /// authority. It is read again when it has changed. Without it, the server speaks HTTP.
    #[arg(long, env = "PLACET_TLS_CERTIFICATE", value_name = "FILE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,

    /// The file of that certificate's private key, in PEM, which not every user of the machine may read.
    #[arg(long, env = "PLACET_TLS_KEY", value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
}

impl Listen {
    /// The certificate with which the server speaks TLS, if it does.
    pub fn certificate(&self) -> Option<CertificateFiles> {
        let (certificate, key) = self.tls_certificate.clone().zip(self.tls_key.clone())?;
        Some(CertificateFiles { certificate, key })
    }
}

/// What `serve` needs.
#[derive(Args, Clone, Debug)]
pub struct Serve {
    /// Where the server is.
    #[command(flatten)]
    pub at: Listen,

    /// A folder of static pages to serve at /demo/, such as the demo shop. Without it there are none.
    #[arg(long, env = "PLACET_SITE", value_name = "FOLDER")]
    pub site: Option<PathBuf>,

    /// The contact for vulnerability reports: a `mailto:`, `https:` or `tel:` address, published at
    /// /.well-known/security.txt (RFC 9116). Without it there is no such page.
    #[arg(long, env = "PLACET_SECURITY_CONTACT", value_name = "ADDRESS")]
    pub security_contact: Option<SecurityContact>,

    /// The address of a time-stamping authority (RFC 3161), which is asked to stamp what is written to
    /// `PLACET_HEADS_TO`. Without it, nothing is stamped.
    #[arg(long, env = "PLACET_TIMESTAMP_URL", value_name = "URL", hide_env_values = true)]
    pub timestamp_url: Option<String>,

    /// The proxies in front of the server: addresses or networks, separated by commas. They are believed when they
    /// name the client in `X-Forwarded-For`, and nobody else is. Without it, whoever connects is the client.
    #[arg(long, env = "PLACET_TRUSTED_PROXIES", value_delimiter = ',', value_name = "NETWORKS")]
    pub trusted_proxies: Vec<Proxy>,

    /// What the log keeps of clients' addresses: none, or network, which is 24 bits of an IPv4 address and 48 of an IPv6
    /// address. Proofs never hold any of it.
    #[arg(long, env = "PLACET_LOG_ADDRESSES", value_enum, default_value_t, value_name = "WHAT")]
    pub log_addresses: Addresses,

    /// The address and port to tell Prometheus at, under /metrics. Leave it on an address that the public cannot reach:
    /// it asks for no token. Without it, nothing is counted.
    #[arg(long, env = "PLACET_METRICS_LISTEN", value_name = "ADDRESS")]
    pub metrics_listen: Option<SocketAddr>,

    /// How long the server goes on when it is told to stop, in seconds, while /readyz already says no. As long as a load
    /// balancer in front of it takes to notice.
    #[arg(long, env = "PLACET_DRAIN_DELAY", default_value_t = 0, value_name = "SECONDS")]
    pub drain_delay: u64,

    /// The most connections at a time, as far as the system lets the process open files. When there is no room for another,
    /// the one whose client has sent or read nothing for the longest is closed.
    #[arg(long, env = "PLACET_CONNECTIONS", default_value = "2048", value_name = "NUMBER")]
    pub connections: NonZeroUsize,

    /// The most connections of one client at a time, an IPv4 address or 64 bits of an IPv6 address; 0 is no limit. It does
    /// not hold for trusted proxies.
    #[arg(long, env = "PLACET_CONNECTIONS_PER_CLIENT", default_value_t = 256, value_name = "NUMBER")]
    pub connections_per_client: usize,

    /// How many requests are answered.
    #[command(flatten)]
    pub limits: Limits,

    /// For how many days a proof is kept after the choice in it has expired; then it is removed. Five years by default,
    /// within which a claim may be brought (French civil code, article 2224).
    #[arg(long, env = "PLACET_KEEP_EXPIRED", default_value_t = 1826, value_name = "DAYS")]
    pub keep_expired: u16,

    /// For how many days an audit record, of who read, exported or erased what, is kept. A year by default, the most
    /// that the CNIL recommends for logs (resolution of 14 October 2021).
    #[arg(long, env = "PLACET_KEEP_AUDIT", default_value_t = 365, value_name = "DAYS")]
    pub keep_audit: u16,

    /// Who may read the proofs.
    #[command(flatten)]
    pub token: Token,

    /// The workspace that the admin token opens. Needed only if there are several.
    #[arg(long, env = "PLACET_ADMIN_WORKSPACE", value_name = "NUMBER")]
    pub admin_workspace: Option<u32>,
}

/// How many requests are answered, each a minute; 0 is no limit. A minute's worth may come all at once. What comes
/// beyond is answered with 429 and when to try again, and the browser does.
#[derive(Args, Clone, Debug)]
pub struct Limits {
    /// The most proofs of one client a minute; 0 is no limit. A client is an IPv4 address or 64 bits of an IPv6 address,
    /// which may be an office: each person in it decides once in many months.
    #[arg(long, env = "PLACET_PROOFS_PER_CLIENT", default_value_t = 600, value_name = "NUMBER")]
    pub proofs_per_client: u32,

    /// The most proofs of one widget a minute; 0 is no limit.
    #[arg(long, env = "PLACET_PROOFS_PER_WIDGET", default_value_t = 120_000, value_name = "NUMBER")]
    pub proofs_per_widget: u32,

    /// The most other requests to the API of one client a minute; 0 is no limit.
    #[arg(long, env = "PLACET_REQUESTS_PER_CLIENT", default_value_t = 6_000, value_name = "NUMBER")]
    pub requests_per_client: u32,

    /// The most wrong admin tokens of one client a minute; 0 is no limit. Beyond it, none of the client's tokens is looked
    /// at until it has waited.
    #[arg(long, env = "PLACET_FAILED_TOKENS_PER_CLIENT", default_value_t = 10, value_name = "NUMBER")]
    pub failed_tokens_per_client: u32,

    /// The most other requests for one widget a minute; 0 is no limit.
    #[arg(long, env = "PLACET_REQUESTS_PER_WIDGET", default_value_t = 600_000, value_name = "NUMBER")]
    pub requests_per_widget: u32,
}

impl Limits {
    /// As the server takes them.
    pub fn per_minute(&self) -> PerMinute {
        PerMinute {
            client_reading: NonZeroU32::new(self.requests_per_client),
            client_keeping: NonZeroU32::new(self.proofs_per_client),
            client_failing: NonZeroU32::new(self.failed_tokens_per_client),
            widget_reading: NonZeroU32::new(self.requests_per_widget),
            widget_keeping: NonZeroU32::new(self.proofs_per_widget),
        }
    }
}

/// An admin token that the operator chose.
#[derive(Args, Clone, Debug)]
pub struct Token {
    /// The first admin token of the workspace, in the place of the one that it had; those of `placet-server token add`
    /// stay. Without it, one is made when the workspace is, and printed once. Better given as a variable: other users of
    /// the machine can see flags.
    #[arg(
        long,
        env = "PLACET_ADMIN_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true,
        value_parser = |token: &str| AdminToken::new(token).ok_or("it is empty; leave it out or give it a value")
    )]
    pub admin_token: Option<AdminToken>,
}
