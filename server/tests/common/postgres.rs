//! A PostgreSQL of the tests' own, in a temporary folder, that ends with them.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::OnceLock,
    time::Duration,
};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// A PostgreSQL server.
pub struct Postgres {
    /// The address of its databases, without the name.
    base: String,
    /// Parameters of the address.
    query: String,
    cluster: Option<Cluster>,
}

/// The programs and files of a server that was started here.
struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    running: Option<Running>,
}

/// A server's process, and the pipe that ends it when it is closed, however these tests end.
struct Running {
    keeper: Child,
    lifeline: ChildStdin,
}

/// The server that the tests of one program share: the one that `PLACET_TEST_POSTGRES_URL` names, or one of their own.
pub fn shared() -> &'static Postgres {
    static SHARED: OnceLock<Postgres> = OnceLock::new();
    SHARED.get_or_init(|| match std::env::var("PLACET_TEST_POSTGRES_URL") {
        Ok(url) => Postgres::at(&url),
        // What the disk does is not what most tests are about.
        Err(_) => Postgres::start(&["-c", "fsync=off"]),
    })
}

impl Postgres {
    fn at(url: &str) -> Self {
        let (rest, query) =
            url.split_once('?').map_or((url, String::new()), |(rest, query)| (rest, format!("?{query}")));
        let (base, _) = rest.rsplit_once('/').unwrap();
        Self { base: base.to_owned(), query, cluster: None }
    }

    /// Starts a server with these options.
    pub fn start(options: &[&str]) -> Self {
        let programs = programs();
        let folder = TempDir::new().unwrap();
        let data = folder.path().join("data");
        if is_root() {
            // PostgreSQL does not run as root.
            assert!(Command::new("chown").arg("nobody").arg(folder.path()).status().unwrap().success());
        }
        let mut init = as_nobody(&programs.join("initdb"));
        init.args(["--pgdata", data.to_str().unwrap(), "--username=placet", "--auth=trust", "--no-sync"]);
        init.args(["--encoding=UTF8", "--locale=C"]);
        let made = init.current_dir(folder.path()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let socket =
            url::form_urlencoded::byte_serialize(folder.path().to_str().unwrap().as_bytes()).collect::<String>();
        let cluster = Cluster { folder, programs, running: None };
        let mut server =
            Self { base: format!("postgres://placet@{socket}"), query: String::new(), cluster: Some(cluster) };
        server.resume(options);
        server
    }

    /// Starts a server that was stopped.
    pub fn resume(&mut self, options: &[&str]) {
        let cluster = self.cluster.as_mut().unwrap();
        let folder = cluster.folder.path();
        // The shell waits until its input ends, which it does when the tests let go of it or are gone; then it stops
        // the server at once (SIGQUIT), removes its files unless it is told to keep them, and ends.
        let script = r#"
            "$@" <&- >&- 2>"$LOG" &
            server=$!
            read -r word
            kill -QUIT $server
            wait $server
            [ "$word" = keep ] || rm -rf "$PWD"
        "#;
        let mut keeper = as_nobody(Path::new("sh"));
        keeper.args(["-c", script, "sh"]).arg(cluster.programs.join("postgres"));
        keeper.args(["-D", folder.join("data").to_str().unwrap(), "-k", folder.to_str().unwrap()]);
        keeper.args(["-c", "listen_addresses=", "-c", "max_connections=300", "-c", "log_min_messages=fatal"]);
        keeper.args(options).env("LOG", folder.join("log")).current_dir(folder);
        let mut keeper = keeper.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let lifeline = keeper.stdin.take().unwrap();
        cluster.running = Some(Running { keeper, lifeline });
        let ready = || {
            let status =
                Command::new(cluster.programs.join("pg_isready")).args(["-q", "-h", folder.to_str().unwrap()]).status();
            status.unwrap().success()
        };
        while !ready() {
            let running = cluster.running.as_mut().unwrap();
            let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
            assert!(running.keeper.try_wait().unwrap().is_none(), "PostgreSQL has ended: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops the server at once, as a machine that loses its power would.
    pub fn stop(&mut self) {
        let Running { mut keeper, mut lifeline } = self.cluster.as_mut().unwrap().running.take().unwrap();
        lifeline.write_all(b"keep\n").unwrap();
        keeper.wait().unwrap();
    }

    /// The address of a new, empty database.
    pub async fn new_database(&self) -> String {
        let name = format!("placet_{}", Uuid::new_v4().simple());
        let mut connection = PgConnection::connect(&format!("{}/postgres{}", self.base, self.query)).await.unwrap();
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        connection.close().await.unwrap();
        format!("{}/{name}{}", self.base, self.query)
    }
}

/// A command that is run by a user who is not root.
fn as_nobody(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]).arg(program);
    command
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout == b"0\n"
}

/// Where PostgreSQL's programs are: Debian's latest, or those of the path.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path());
    let mut versions: Vec<_> = versions
        .map(|version| version.join("bin"))
        .filter(|programs| programs.join("initdb").exists() && programs.join("postgres").exists())
        .collect();
    versions.sort();
    versions
        .pop()
        .or_else(|| {
            let output = Command::new("pg_config").arg("--bindir").output().ok()?;
            let line = BufReader::new(output.stdout.as_slice()).lines().next()?.ok()?;
            Path::new(&line).join("initdb").exists().then(|| PathBuf::from(line))
        })
        .expect("the tests need PostgreSQL's programs (Debian's package `postgresql`), or PLACET_TEST_POSTGRES_URL")
}
