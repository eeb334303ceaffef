//! The commands.

mod proof;
mod ready;
mod serve;
mod widget;

use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

use crate::{
    settings::{Common, Listen, LogFormat, Serve, Token},
    store,
    token::{ADVISED_LENGTH, AdminToken},
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
    /// Prints `Placet is listening on http://…` when it is ready. Widgets may be applied while it runs: they show at
    /// once. On SIGINT or SIGTERM it lets the requests that are under way end, and stops.
    #[command(after_help = "\
Examples:
  placet-server serve
  PLACET_ADMIN_TOKEN=… placet-server serve --listen 127.0.0.1:9000 --database-url sqlite:///var/lib/placet/placet.db
  placet-server serve --site www/demo            With the pages of a folder at /demo/")]
    Serve(Serve),

    /// Say whether the server on this machine is ready for requests
    ///
    /// Ends with 0 if it is, with 1 if not: for container engines that ask from within.
    Ready(Listen),

    /// Publish widgets and look at them
    #[command(subcommand)]
    Widget(Widget),

    /// Find proofs
    #[command(subcommand)]
    Proof(Proof),
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
        token: Token,
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
enum Proof {
    /// Print a proof as JSON
    Show {
        /// The proof's identifier: `consentId`, as the visitor's browser keeps it.
        consent_id: Uuid,
    },
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

    #[error("there is no widget {0}; `placet-server widget list` lists them")]
    UnknownWidget(u32),

    #[error("widget {0} has no version {1}; `placet-server widget show {0}` lists them")]
    UnknownVersion(u32, Uuid),

    #[error("there is no proof {0}; check that the identifier was copied whole, and that this is the right database")]
    UnknownProof(Uuid),

    #[error("an admin token needs a workspace, and there are several ({}); say which one with --admin-workspace or PLACET_ADMIN_WORKSPACE", .0.iter().map(u32::to_string).collect::<Vec<_>>().join(", "))]
    WhichWorkspace(Vec<u32>),

    #[error(
        "there is no workspace {0} to give the admin token to; apply one of its widgets first: placet-server widget apply FILE"
    )]
    UnknownWorkspace(u32),

    #[error(
        "cannot listen on {address} ({reason}); is another program using the port? Choose another with --listen or PLACET_LISTEN"
    )]
    Listen { address: std::net::SocketAddr, reason: io::Error },

    #[error("the server on {address} is not ready: {reason}")]
    NotReady { address: std::net::SocketAddr, reason: String },

    #[error("{0} is no folder; --site or PLACET_SITE names the folder of the pages for /demo/, or is left out")]
    NoSite(String),

    #[error("`{0}` is no log filter ({1}); write error, warn, info, debug or trace")]
    Log(String, tracing_subscriber::filter::ParseError),

    #[error("this cannot be written down ({0}), which is a mistake in Placet; please report it")]
    Write(String),

    #[error("the operating system does not do as it should: {0}")]
    System(#[from] io::Error),
}

fn not_applied(faults: &Faults) -> String {
    match faults.faults.len() {
        1 => format!("{} was not applied: it has a fault.", faults.file),
        several => format!("{} was not applied: it has {several} faults.", faults.file),
    }
}

/// Runs the command that the process was started with: 0 if it did what it should, 1 if not, 2 if there is no such
/// command.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(io::stderr(), "{failure}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(cli: Cli) -> Result<(), Failure> {
    start_log(&cli.common)?;
    if let Command::Widget(Widget::Schema) = cli.command {
        return print(&crate::widget::file::schema_text());
    }
    if let Command::Ready(Listen { listen }) = cli.command {
        return ready::ready(listen).await;
    }
    let store = store::open(&cli.common.database_url).await?;
    let outcome = match cli.command {
        Command::Serve(settings) => serve::serve(Arc::clone(&store), settings).await,
        Command::Ready(Listen { listen }) => ready::ready(listen).await,
        Command::Widget(command) => widget::run(&*store, command).await,
        Command::Proof(Proof::Show { consent_id }) => proof::show(&*store, consent_id).await,
    };
    store.close().await;
    outcome
}

fn start_log(common: &Common) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&common.log).map_err(|error| Failure::Log(common.log.clone(), error))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match common.log_format {
        LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().flatten_event(true).with_span_list(false).init(),
    }
    Ok(())
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

    use clap::CommandFactory;

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
        let mut commands = vec![Cli::command()];
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
        Cli::command().debug_assert();
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
