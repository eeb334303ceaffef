//! What is given by flags and `PLACET_*` variables; a flag goes before its variable.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

use crate::token::AdminToken;

/// What every command needs.
#[derive(Args, Clone, Debug)]
pub struct Common {
    /// The database: `sqlite://` and the path of a file, which is made if it is not there.
    #[arg(long, env = "PLACET_DATABASE_URL", default_value = "sqlite://placet.db", value_name = "URL", global = true)]
    pub database_url: String,

    /// The file of the key that signs proofs (Ed25519, PKCS #8 in PEM), which is made if it is not there. Without it,
    /// `placet.key` beside `placet.db`; in the current folder if the database is no file.
    #[arg(long, env = "PLACET_SIGNING_KEY", value_name = "FILE", global = true)]
    pub signing_key: Option<PathBuf>,

    /// What to write to the log (standard error): error, warn, info, debug or trace, or a filter by module as
    /// `info,placet_server::http=debug`.
    #[arg(long, env = "PLACET_LOG", default_value = "info", value_name = "FILTER", global = true)]
    pub log: String,
}

/// What `serve` needs.
#[derive(Args, Clone, Debug)]
pub struct Serve {
    /// The address and port to listen on; port 0 takes a free one. Behind a proxy that speaks TLS, leave it on a
    /// loopback address.
    #[arg(long, env = "PLACET_LISTEN", default_value = "127.0.0.1:8787", value_name = "ADDRESS")]
    pub listen: SocketAddr,

    /// A folder of static pages to serve at /demo/, such as the demo shop. Without it there are none.
    #[arg(long, env = "PLACET_SITE", value_name = "FOLDER")]
    pub site: Option<PathBuf>,

    /// For how many days a proof is kept after the choice in it has expired; then it is removed. Five years by default,
    /// within which a claim may be brought (French civil code, article 2224).
    #[arg(long, env = "PLACET_KEEP_EXPIRED", default_value_t = 1826, value_name = "DAYS")]
    pub keep_expired: u16,

    /// Who may read the proofs.
    #[command(flatten)]
    pub token: Token,

    /// The workspace that the admin token opens. Needed only if there are several.
    #[arg(long, env = "PLACET_ADMIN_WORKSPACE", value_name = "NUMBER")]
    pub admin_workspace: Option<u32>,
}

/// An admin token that the operator chose.
#[derive(Args, Clone, Debug)]
pub struct Token {
    /// The admin token of the workspace, in the place of any that it had. Without it, one is made when the workspace
    /// is, and printed once. Better given as a variable: other users of the machine can see flags.
    #[arg(
        long,
        env = "PLACET_ADMIN_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true,
        value_parser = |token: &str| AdminToken::new(token).ok_or("it is empty; leave it out or give it a value")
    )]
    pub admin_token: Option<AdminToken>,
}
