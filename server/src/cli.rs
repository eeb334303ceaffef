//! The commands.

mod audit;
mod doctor;
mod log;
mod proof;
mod ready;
mod serve;
mod statistics;
mod table;
mod token;
mod widget;

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use ed25519_dalek::SigningKey;
use jiff::{Timestamp, civil::Date};
use url::Url;
use uuid::Uuid;

use crate::{
    audit_log::{Action, Actor, AuditRecord, Outcome},
    clock,
    doctor::{NoPage, fetch::InvalidAuthority},
    heads::destination,
    http::certificate::InvalidCertificate,
    key,
    ledger::Ledger,
    private_file,
    settings::{self, Common, Listen, Serve},
    store::{self, Store},
    token::{self as tokens, ADVISED_LENGTH, AdminToken, TokenName},
    widget::Faults,
};

/// Placet's server: it tells web pages what to ask their visitors before anything is kept on their devices or sent
/// elsewhere, keeps a proof of what they decided, and finds it again.
///
/// A widget (the banner of a site) is a file that you write and review; applying it publishes a version. Pages load
/// /sdk/placet.js from this server, and proofs go into its database.
#[derive(Parser, Debug)]
#[command(
    name = "placet-server",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  placet-server widget apply widgets/demo.toml   Publish a widget, or the changes to it
  placet-server serve                            Serve on http://127.0.0.1:8787
  placet-server proof show 8a5e89c4-2243-4598-97c5-ba3cfb35a138
                                                 Show the proof whose identifier is in a browser

`placet-server help COMMAND` says more of a command."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    common: Common,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Answer pages and keep proofs, until interrupted
    ///
    /// Prints `Placet is listening on http://…` (or `https://…`) when it is ready. Widgets may be applied while it runs:
    /// they show at once. On SIGINT or SIGTERM it lets the requests that are under way end, and stops.
    #[command(after_help = "\
Examples:
  placet-server serve
  PLACET_ADMIN_TOKEN=… placet-server serve --listen 127.0.0.1:9000 --database-url sqlite:///var/lib/placet/placet.db
  placet-server serve --site www/demo            With the pages of a folder at /demo/")]
    Serve(Box<Serve>),

    /// Say whether the server on this machine is ready for requests
    ///
    /// Ends with 0 if it is, with 1 if not: for container engines that ask from within.
    Ready(Listen),

    /// Publish widgets and look at them
    #[command(subcommand)]
    Widget(Widget),

    /// Find proofs, and check them
    #[command(subcommand)]
    Proof(Proof),

    /// Make, list and revoke the admin tokens that open a workspace
    #[command(subcommand)]
    Token(Token),

    /// Print what visitors did with a widget, counted day by day
    ///
    /// How many browsers were asked, how many choices granted all, none or some of what can be refused, and for each
    /// purpose how many granted it. docs/database.md says what is counted. A server that runs adds what it has counted
    /// every ten seconds.
    #[command(after_help = "\
Examples:
  placet-server statistics                         The last 30 days
  placet-server statistics --widget 43 --from 2026-11-01 --to 2026-12-01 --format csv > november.csv")]
    Statistics(Statistics),

    /// Say who read, exported and erased what
    #[command(subcommand)]
    Audit(Audit),

    /// Look after the database
    #[command(subcommand)]
    Database(Database),

    /// Say what is right and what is wrong with Placet on a page, and what to do
    ///
    /// Fetches the page as a browser would, and what it loads from its consent server, and reads them; nothing of the page
    /// is run. Needs no database and can be run anywhere. A line for each finding begins with `ok`, `warning` or `error`.
    /// Ends with 1 if there is an error, with 2 if the page cannot be fetched. docs/first-party.md says more.
    #[command(after_help = "\
Examples:
  placet-server doctor https://shop.example
  placet-server doctor https://shop.example/checkout --json
  placet-server doctor https://shop.example --snippet 'https://consent.shop.example/sdk/placet.js?key=pk_demo&widget=43'")]
    Doctor(Doctor),
}

/// Which page is looked at.
#[derive(Args, Debug)]
struct Doctor {
    /// The page, with its scheme: `https://shop.example`.
    #[arg(value_name = "URL", value_parser = doctor::address)]
    page: Url,
    /// The snippet's address, if a tag manager or other code puts it into the page.
    #[arg(long, value_name = "URL", value_parser = doctor::address)]
    snippet: Option<Url>,
    /// The certificate of an authority to trust besides the system's, in PEM.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Print JSON: the page, and each finding with `check`, `verdict`, `message` and, if it is about one, `line`.
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand, Debug)]
enum Audit {
    /// List the audit records, the oldest first
    ///
    /// There is one for each use of an admin token or of a command that read, exported or erased proofs, read statistics,
    /// made or revoked a token, or copied the database; wrong tokens are counted. docs/operations.md says what they hold.
    #[command(after_help = "\
Examples:
  placet-server audit list --from 2026-11-01
  placet-server audit list --token dashboard --format ndjson")]
    List(AuditList),
}

/// Which audit records are listed.
#[derive(Args, Debug)]
struct AuditList {
    /// Of one workspace. Without it of all, with those that are no workspace's.
    #[arg(long, value_name = "NUMBER")]
    workspace: Option<u32>,
    /// Of one admin token, by its name.
    #[arg(long, value_name = "NAME")]
    token: Option<TokenName>,
    /// At this moment or later: `2026-11-22`, which begins at midnight in UTC, or `2026-11-22T12:00:00Z`.
    #[arg(long, value_name = "DATE", value_parser = moment)]
    from: Option<Timestamp>,
    /// Before this moment.
    #[arg(long, value_name = "DATE", value_parser = moment)]
    to: Option<Timestamp>,
    /// The format: a table, or an object in JSON in each line.
    #[arg(long, value_enum, default_value = "table", value_name = "FORMAT")]
    format: AuditFormat,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum AuditFormat {
    Table,
    Ndjson,
}

#[derive(Subcommand, Debug)]
enum Database {
    /// Copy the whole database into a new file, while servers go on
    ///
    /// For SQLite; PostgreSQL has tools of its own. The copy can be used in the place of the database. The signing key
    /// is not in it.
    Backup {
        /// The file, which must not be there yet.
        file: PathBuf,
    },
}

#[derive(Subcommand, Debug)]
enum Widget {
    /// Publish a widget's file, or the changes to it
    ///
    /// Checks the whole file and names every fault with its place; nothing is published as long as there is one.
    /// Publishes a new version if anything has changed. Visitors who have decided are asked again only if the new
    /// version asks for more. Makes the workspace if it is new, and prints its admin token once.
    #[command(after_help = "\
Examples:
  placet-server widget schema > widget.schema.json     For your editor: it then completes and explains the file
  placet-server widget apply widgets/demo.toml")]
    Apply {
        /// The widget's file (TOML).
        file: PathBuf,
        /// Ask every visitor again, also those who have decided and of whom nothing more is asked.
        #[arg(long)]
        reask: bool,
        #[command(flatten)]
        token: settings::Token,
    },

    /// List the widgets, with the version in force of each
    List,

    /// Show what a widget says and which versions it has had
    Show {
        /// The widget's number.
        id: u32,
    },

    /// Print the file of a widget, to be changed and applied again
    ///
    /// Comments of the file that was applied are not kept.
    Export {
        /// The widget's number.
        id: u32,
        /// An earlier version, as `placet-server widget show` lists them.
        #[arg(long, value_name = "KEY")]
        version: Option<Uuid>,
    },

    /// Print the JSON Schema of widgets' files, for editors
    Schema,
}

#[derive(Subcommand, Debug)]
enum Token {
    /// Make a token and print it once
    ///
    /// One for each person and program: then one can be revoked and the others go on. The first one of a workspace is
    /// called `admin`.
    #[command(after_help = "\
Examples:
  placet-server token add dashboard --read-only --expires 90d
  placet-server token add privacy-desk --workspace 19")]
    Add {
        /// What it is called: who or what has it.
        name: TokenName,
        /// The workspace that it opens. Needed only if there are several.
        #[arg(long, value_name = "NUMBER")]
        workspace: Option<u32>,
        /// It may read proofs and statistics, and erase nothing.
        #[arg(long)]
        read_only: bool,
        /// When it ends: after a time, as `90d` or `6mo`, or at a moment, as `2027-01-31`. Without it, when it is revoked.
        #[arg(long, value_name = "WHEN", value_parser = tokens::parse_expiry)]
        expires: Option<Timestamp>,
    },

    /// List the tokens, a line each: whose, name, what it may do, when it was made, ends and was last used
    List,

    /// Revoke a token: from now on it opens nothing, on any server
    ///
    /// The token in PLACET_ADMIN_TOKEN is called `admin`; a server that is started with it adds it again.
    Revoke {
        /// Its name.
        name: TokenName,
        /// The workspace that it opens. Needed only if there are several.
        #[arg(long, value_name = "NUMBER")]
        workspace: Option<u32>,
    },
}

#[derive(Subcommand, Debug)]
enum Proof {
    /// Print a proof as JSON
    Show {
        /// The proof's identifier: `consentId`, as the visitor's browser keeps it.
        consent_id: Uuid,
    },

    /// List proofs, a line each: when, identifier, widget, what was granted
    List(Find),

    /// Print proofs with all that is kept of them, a line each
    ///
    /// As NDJSON, each is what `proof verify` can check.
    #[command(after_help = "\
Examples:
  placet-server proof export --widget 43 --from 2026-11-01 --to 2026-12-01 > november.ndjson
  placet-server proof export --service drift --choice granted --format csv > drift.csv")]
    Export {
        #[command(flatten)]
        find: Find,
        /// The format.
        #[arg(long, value_enum, default_value = "ndjson", value_name = "FORMAT")]
        format: ExportFormat,
    },

    /// Erase what was kept of a proof, or of all proofs of a visitor
    ///
    /// What is left says that there was a proof, and when it was erased; the chain of proofs stays whole.
    #[command(group = clap::ArgGroup::new("whose").required(true))]
    Erase {
        /// The proof's identifier.
        #[arg(group = "whose")]
        consent_id: Option<Uuid>,
        /// The site's own name for the visitor.
        #[arg(long, value_name = "NAME", group = "whose")]
        user_id: Option<String>,
    },

    /// Check that no proof was altered, removed, added or moved since it was stored
    ///
    /// Looks at the whole database, or at proofs in a FILE as they were exported, for which --key is needed and no
    /// database. Tells every fault, and ends with 1 if there is any. docs/proofs.md says what this can show.
    #[command(after_help = "\
Examples:
  placet-server proof verify                       The database, with the keys that it knows
  placet-server proof verify --key placet.pub      With the key that you have kept elsewhere
  placet-server proof verify --heads heads.json    And nothing was cut off since `proof head` printed that
  placet-server proof verify proof.json --key placet.pub")]
    Verify(Verify),

    /// Print how far every chain of proofs goes, signed
    ///
    /// Keep it away from the server: with it, `proof verify --heads` shows later that nothing before it was cut off or
    /// rewritten, not even by somebody who has the key.
    Head {
        /// Of one widget.
        #[arg(long, value_name = "NUMBER")]
        widget: Option<u32>,
    },

    /// Print the public key of the key that signs proofs, which anybody may have
    Key,
}

/// Which proofs are looked for.
#[derive(Args, Debug)]
struct Find {
    /// Of one widget.
    #[arg(long, value_name = "NUMBER")]
    widget: Option<u32>,
    /// Stored at this moment or later: `2026-11-22`, which begins at midnight in UTC, or `2026-11-22T12:00:00Z`.
    #[arg(long, value_name = "DATE", value_parser = moment)]
    from: Option<Timestamp>,
    /// Stored before this moment.
    #[arg(long, value_name = "DATE", value_parser = moment)]
    to: Option<Timestamp>,
    /// Of one visitor, by the site's own name.
    #[arg(long, value_name = "NAME")]
    user_id: Option<String>,
    /// That decide on a service, by its short name.
    #[arg(long, value_name = "SLUG")]
    service: Option<String>,
    /// That grant or refuse it; without --service: anything beside what is necessary.
    #[arg(long, value_enum, value_name = "CHOICE")]
    choice: Option<FoundChoice>,
}

fn moment(text: &str) -> Result<Timestamp, &'static str> {
    clock::parse_or_day(text).ok_or("this is no date, as `2026-11-22`, nor a moment, as `2026-11-22T12:00:00Z`")
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum FoundChoice {
    Granted,
    Refused,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum ExportFormat {
    Ndjson,
    Csv,
}

/// Which counts are printed.
#[derive(Args, Debug)]
struct Statistics {
    /// Of one widget.
    #[arg(long, value_name = "NUMBER")]
    widget: Option<u32>,
    /// From this day on (UTC): `2026-11-22`. Without it, 30 days.
    #[arg(long, value_name = "DAY")]
    from: Option<Date>,
    /// Before this day. Without it, up to today.
    #[arg(long, value_name = "DAY")]
    to: Option<Date>,
    /// The format.
    #[arg(long, value_enum, default_value = "table", value_name = "FORMAT")]
    format: StatisticsFormat,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum StatisticsFormat {
    Table,
    Csv,
}

/// What `proof verify` looks at.
#[derive(Args, Debug)]
struct Verify {
    /// A file of exported proofs, in JSON or one in each line; `-` is standard input. Without it, the database.
    file: Option<PathBuf>,
    /// One widget.
    #[arg(long, value_name = "NUMBER", conflicts_with = "file")]
    widget: Option<u32>,
    /// The public key that must have signed: a file as `proof key` prints it, or 64 hexadecimal digits. May be given
    /// several times.
    #[arg(long, value_name = "KEY")]
    key: Vec<String>,
    /// What `proof head` printed some time ago: a file; or a folder, a bucket or an address, as --heads-to names them,
    /// with all that a server has written there. Without it, what --heads-to or PLACET_HEADS_TO names.
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    heads: Option<String>,
}

/// Why a command failed. Shown to a person, so each says how to mend it.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{faults}\n{}", not_applied(.faults))]
    Faults {
        #[from]
        faults: Faults,
    },

    #[error("{path} cannot be read ({reason}); check its name")]
    Read { path: String, reason: io::Error },

    #[error(transparent)]
    Store(#[from] store::Error),

    #[error(transparent)]
    Key(#[from] key::Error),

    #[error("there is no widget {0}; `placet-server widget list` lists them")]
    UnknownWidget(u32),

    #[error("widget {0} has no version {1}; `placet-server widget show {0}` lists them")]
    UnknownVersion(u32, Uuid),

    #[error("there is no proof {0}; check that the identifier was copied whole, and that this is the right database")]
    UnknownProof(Uuid),

    #[error("proof {0} was erased at {1}")]
    ErasedProof(Uuid, String),

    #[error(transparent)]
    Heads(#[from] destination::Error),

    #[error("there is nothing to time-stamp; say where heads are to be written with --heads-to or PLACET_HEADS_TO")]
    NothingToStamp,

    #[error("{path} is no statement as `placet-server proof head` prints it ({reason})")]
    NoHeads { path: String, reason: String },

    #[error("{path} holds no proof as `placet-server proof show` prints it ({reason})")]
    NoProof { path: String, reason: String },

    #[error("{0} holds no public key as `placet-server proof key` prints it")]
    NoPublicKey(String),

    #[error("which key must have signed? Name it with --key; `placet-server proof key` prints a server's")]
    WhichKey,

    #[error("{} found: what is told above can be doubted", if *.0 == 1 { "1 fault was".to_owned() } else { format!("{} faults were", .0) })]
    Doubtful(u64),

    #[error(
        "{} not erased: altered in the database or added to it, so not what was signed. Erasing it would sign that away; it is left as it is, and `placet-server proof verify` names it",
        if *.0 == 1 { "1 proof was".to_owned() } else { format!("{} proofs were", .0) }
    )]
    Refused(u64),

    #[error("chains were left out of the statement, as nobody has signed what the database says of them: {}", .0.join("; "))]
    LeftOut(Vec<String>),

    #[error("an admin token needs a workspace, and there are several ({}); say which one with {setting}", numbers(.known))]
    WhichWorkspace { known: Vec<u32>, setting: &'static str },

    #[error("there is no workspace yet; apply a widget first: placet-server widget apply FILE")]
    NoWorkspace,

    #[error("workspace {0} has no admin token `{1}`; `placet-server token list` lists them")]
    UnknownToken(u32, TokenName),

    #[error(
        "there is no workspace {0} to give the admin token to; apply one of its widgets first: placet-server widget apply FILE"
    )]
    UnknownWorkspace(u32),

    #[error(
        "cannot listen on {address} ({reason}); is another program using the port? Choose another with --listen or PLACET_LISTEN"
    )]
    Listen { address: std::net::SocketAddr, reason: io::Error },

    #[error("the server cannot speak TLS: {0}")]
    Certificate(#[from] InvalidCertificate),

    #[error("the server on {address} is not ready: {reason}")]
    NotReady { address: std::net::SocketAddr, reason: String },

    #[error("{0} is no folder; --site or PLACET_SITE names the folder of the pages for /demo/, or is left out")]
    NoSite(String),

    #[error("`{0}` is no log filter ({1}); write error, warn, info, debug or trace")]
    Log(String, tracing_subscriber::filter::ParseError),

    #[error(transparent)]
    NoPage(#[from] NoPage),

    #[error(transparent)]
    Authority(#[from] InvalidAuthority),

    #[error("{} found; what to do about each stands in its line", if *.0 == 1 { "1 error was".to_owned() } else { format!("{} errors were", .0) })]
    Unwell(usize),

    #[error("this cannot be written down ({0}), which is a mistake in Placet; please report it")]
    Write(String),

    #[error("the operating system does not do as it should: {0}")]
    System(#[from] io::Error),
}

impl Failure {
    /// What the process ends with.
    fn code(&self) -> ExitCode {
        match self {
            Self::NoPage(_) | Self::Authority(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}

fn numbers(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

fn not_applied(faults: &Faults) -> String {
    match faults.faults.len() {
        1 => format!("{} was not applied: it has a fault.", faults.file),
        several => format!("{} was not applied: it has {several} faults.", faults.file),
    }
}

/// The commands. Their help tells the names of the variables and not what is in them: that may be a password, and help is
/// what people paste.
fn command() -> clap::Command {
    fn without_values(command: clap::Command) -> clap::Command {
        command.mut_args(|argument| argument.hide_env_values(true)).mut_subcommands(without_values)
    }
    without_values(Cli::command())
}

/// Runs the command that the process was started with: 0 if it did what it should, 1 if not, 2 if there is no such
/// command or, for `doctor`, no such page.
pub fn main() -> ExitCode {
    private_file::set_umask();
    let parsed = command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // What the database holds may be in it.
            let lines = failure.to_string();
            for line in lines.lines() {
                let _ = writeln!(io::stderr(), "{}", log::printable(line));
            }
            failure.code()
        }
    }
}

#[tokio::main]
async fn run(cli: Cli) -> Result<(), Failure> {
    if let Command::Doctor(asked) = &cli.command {
        // What goes wrong is what it tells, so there is no log beside it.
        return doctor::doctor(asked).await;
    }
    log::start(&cli.common)?;
    if let Command::Widget(Widget::Schema) = cli.command {
        return print(&crate::widget::file::schema_text());
    }
    if let Command::Ready(at) = &cli.command {
        return ready::ready(at).await;
    }
    if let Command::Proof(Proof::Verify(verify)) = &cli.command
        && let Some(file) = &verify.file
    {
        return proof::verify_file(file, verify);
    }
    if let Command::Proof(Proof::Key) = &cli.command {
        return proof::public_key(&signing_key(&cli.common)?);
    }
    let store = store::open(&cli.common.database_url).await?;
    let outcome = match cli.command {
        Command::Serve(settings) => {
            let ledger = ledger(&cli.common, &store).await?;
            let outcome =
                serve::serve(Arc::clone(&store), ledger.clone(), *settings, cli.common.heads_to.clone()).await;
            ledger.close().await;
            outcome
        }
        Command::Ready(at) => ready::ready(&at).await,
        Command::Doctor(asked) => doctor::doctor(&asked).await,
        Command::Widget(command) => widget::run(&*store, command).await,
        Command::Database(Database::Backup { file }) => back_up(&*store, &file).await,
        Command::Audit(Audit::List(list)) => audit::list(&*store, list).await,
        Command::Token(command) => token::run(&*store, command).await,
        Command::Statistics(asked) => statistics::statistics(&*store, asked).await,
        Command::Proof(command) => proof(&store, command, &cli.common).await,
    };
    store.close().await;
    outcome
}

async fn back_up(store: &dyn Store, file: &Path) -> Result<(), Failure> {
    store.backup(file).await?;
    record(store, Action::BackUp, None, None, Outcome::Done, None).await?;
    print(&format!("The database was copied to {}.\n", file.display()))
}

/// Adds an audit record of what a command does.
async fn record(
    store: &dyn Store,
    action: Action,
    workspace: Option<u32>,
    subject: Option<String>,
    outcome: Outcome,
    count: Option<u64>,
) -> Result<(), Failure> {
    let record = AuditRecord { subject, count, ..AuditRecord::new(Actor::Command, workspace, action, outcome) };
    Ok(store.add_audit_records(&[record]).await?)
}

async fn proof(store: &Arc<dyn Store>, command: Proof, common: &Common) -> Result<(), Failure> {
    match command {
        Proof::Show { consent_id } => proof::show(&**store, consent_id).await,
        Proof::List(find) => proof::list(&**store, find).await,
        Proof::Export { find, format } => proof::export(&**store, find, format).await,
        Proof::Erase { consent_id, user_id } => {
            let ledger = ledger(common, store).await?;
            let outcome = proof::erase(&**store, &ledger, consent_id, user_id).await;
            ledger.close().await;
            outcome
        }
        Proof::Verify(verify) => proof::verify(&**store, &verify, common.heads_to.as_deref()).await,
        Proof::Head { widget } => proof::head(&**store, widget, &signing_key(common)?).await,
        Proof::Key => proof::public_key(&signing_key(common)?),
    }
}

/// The key that the settings name.
fn signing_key(common: &Common) -> Result<SigningKey, Failure> {
    let path = common.signing_key.clone().unwrap_or_else(|| key::beside(&common.database_url));
    Ok(key::load_or_make(&path)?)
}

/// The ledger on a store, with the key that the settings name.
async fn ledger(common: &Common, store: &Arc<dyn Store>) -> Result<Ledger, Failure> {
    Ok(Ledger::open(Arc::clone(store), signing_key(common)?).await?)
}

/// The workspace that an admin token is to open: the only one, unless `setting` has named one.
async fn the_workspace(store: &dyn Store, named: Option<u32>, setting: &'static str) -> Result<u32, Failure> {
    let known = store.workspaces().await?;
    match (named, known.as_slice()) {
        (Some(named), known) if known.contains(&named) => Ok(named),
        (Some(named), _) => Err(Failure::UnknownWorkspace(named)),
        (None, [only]) => Ok(*only),
        (None, []) => Err(Failure::NoWorkspace),
        (None, _) => Err(Failure::WhichWorkspace { known, setting }),
    }
}

/// Writes to standard output. Whoever reads it may stop reading (`| head`): that is no failure.
fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => Ok(outcome?),
    }
}

/// Says so if a token that the operator chose may be guessed.
fn warn_if_short(token: &AdminToken) {
    if token.reveal().chars().count() < ADVISED_LENGTH {
        tracing::warn!(
            "the admin token has fewer than {ADVISED_LENGTH} characters and may be guessed; \
             choose a long random one for anything but trying things out"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, env, fs, path::PathBuf};

    use super::*;

    const BEGIN: &str =
        "<!-- The settings: written by `PLACET_WRITE_SETTINGS=1 cargo test -p placet-server settings` -->";
    const END: &str = "<!-- End of the settings -->";

    fn page() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/operations.md")
    }

    /// A row for each variable: its name, what it is when it is left out, what it means.
    fn settings() -> Vec<[String; 3]> {
        let mut rows = BTreeMap::new();
        let mut commands = vec![command()];
        while let Some(command) = commands.pop() {
            for argument in command.get_arguments() {
                let Some(name) = argument.get_env().and_then(|name| name.to_str()) else { continue };
                let default: Vec<_> =
                    argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
                let default = if default.is_empty() { String::new() } else { format!("`{}`", default.join(",")) };
                let help =
                    argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
                let help = help.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
                rows.insert(name.to_owned(), [format!("`{name}`"), default, help]);
            }
            commands.extend(command.get_subcommands().cloned());
        }
        rows.into_values().collect()
    }

    /// The cells of a line of a table.
    fn cells(line: &str) -> Vec<&str> {
        line.trim().trim_matches('|').split(" | ").map(str::trim).collect()
    }

    #[test]
    fn the_commands_are_sound() {
        command().debug_assert();
    }

    #[test]
    fn the_table_of_settings_is_up_to_date() {
        let text = fs::read_to_string(page()).unwrap();
        let (before, rest) = text.split_once(BEGIN).unwrap();
        let (table, after) = rest.split_once(END).unwrap();
        let settings = settings();
        if env::var_os("PLACET_WRITE_SETTINGS").is_some() {
            let rows: Vec<_> = settings.iter().map(|row| format!("| {} |", row.join(" | "))).collect();
            let table = format!("| variable | default | what |\n| --- | --- | --- |\n{}\n", rows.join("\n"));
            fs::write(page(), format!("{before}{BEGIN}\n\n{table}\n{END}{after}")).unwrap();
            return;
        }
        let written: Vec<_> = table.lines().filter(|line| line.starts_with("| `")).map(cells).collect();
        assert_eq!(written, settings, "write it anew: PLACET_WRITE_SETTINGS=1 cargo test -p placet-server settings");
    }
}
