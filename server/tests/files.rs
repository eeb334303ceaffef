//! Files that only their owner can read, whatever umask the program is started under.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod common;

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use common::program::command;
use tempfile::TempDir;

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../widgets/demo.toml");
const URL: &str = "sqlite://data/shop/placet.db";

/// A command under the umask that most systems have.
fn under_022(folder: &TempDir, words: &[&str]) -> Command {
    let program = command(folder.path(), words);
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 022; exec \"$@\"", "sh"]).arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.current_dir(folder.path());
    shell
}

fn run(folder: &TempDir, words: &[&str]) -> Output {
    under_022(folder, &[words, &["--database-url", URL]].concat()).output().unwrap()
}

fn complaint(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Every file and folder in a folder.
fn within(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(within(&path));
        }
        all.push(path);
    }
    all
}

/// Checks everything in a folder, and answers the names of the files.
fn check_all(folder: &TempDir) -> Vec<String> {
    let mut names = Vec::new();
    for path in within(folder.path()) {
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), expected, "{} has mode {:04o}", path.display(), mode(&path));
        if path.is_file() {
            names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
        }
    }
    names.sort();
    names
}

#[test]
fn whatever_is_written_is_its_owners_alone() {
    let folder = TempDir::new().unwrap();
    assert!(run(&folder, &["widget", "apply", DEMO]).status.success());
    let mut serve = under_022(&folder, &["serve", "--listen", "127.0.0.1:0", "--database-url", URL]);
    let mut server = serve.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("Placet is listening on "), "{line}");
    // While it runs there are more files than the database's own.
    let running = check_all(&folder);
    assert!(running.contains(&"placet.db-wal".to_owned()) && running.contains(&"placet.key".to_owned()), "{running:?}");
    let backup = run(&folder, &["database", "backup", "copy.db"]);
    assert!(backup.status.success(), "{}", complaint(&backup));
    assert!(check_all(&folder).contains(&"copy.db".to_owned()));
    server.kill().unwrap();
    server.wait().unwrap();

    // A copy is whole, and is not written over.
    let again = run(&folder, &["database", "backup", "copy.db"]);
    assert!(
        !again.status.success() && complaint(&again).contains("copy.db cannot be opened ("),
        "{}",
        complaint(&again)
    );
    let of_copy = under_022(&folder, &["widget", "list", "--database-url", "sqlite://copy.db"]).output().unwrap();
    assert!(String::from_utf8(of_copy.stdout).unwrap().contains("Demo shop"));
    check_all(&folder);
}

#[test]
fn a_key_that_others_can_read_is_refused_with_the_command_that_mends_it() {
    let folder = TempDir::new().unwrap();
    assert!(run(&folder, &["proof", "key"]).status.success());
    let key = folder.path().join("data/shop/placet.key");
    for exposed in [0o644, 0o640, 0o604] {
        fs::set_permissions(&key, fs::Permissions::from_mode(exposed)).unwrap();
        for words in [&["proof", "key"][..], &["serve", "--listen", "127.0.0.1:0"], &["proof", "head"]] {
            let refused = run(&folder, words);
            assert_eq!(refused.status.code(), Some(1), "{words:?}");
            let complaint = complaint(&refused);
            assert!(complaint.contains(&format!("(mode {exposed:04o})")), "{complaint}");
            assert!(complaint.trim_end().ends_with("chmod 600 data/shop/placet.key"), "{complaint}");
            assert_eq!(complaint.lines().count(), 1, "{complaint}");
        }
        // It is not changed by itself: those who have read it have it.
        assert_eq!(mode(&key), exposed);
    }
    let mended = Command::new("chmod").args(["600", key.to_str().unwrap()]).status().unwrap();
    assert!(mended.success() && run(&folder, &["proof", "key"]).status.success());
}

#[test]
fn a_database_that_others_could_read_is_taken_from_them_with_a_warning() {
    let folder = TempDir::new().unwrap();
    assert!(run(&folder, &["widget", "apply", DEMO]).status.success());
    let database = folder.path().join("data/shop/placet.db");
    fs::set_permissions(&database, fs::Permissions::from_mode(0o644)).unwrap();
    let outcome = run(&folder, &["widget", "list"]);
    assert!(outcome.status.success());
    let warning = String::from_utf8([outcome.stdout, outcome.stderr].concat()).unwrap();
    assert!(warning.contains("other users could read the database") && warning.contains("0644"), "{warning}");
    check_all(&folder);
    let quiet = run(&folder, &["widget", "list"]);
    assert!(!complaint(&quiet).contains("other users"), "{}", complaint(&quiet));
}

#[test]
fn the_ways_to_run_it_keep_its_files_to_itself() {
    let read = |file: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file)).unwrap();
    let service = read("deploy/placet.service");
    for line in ["UMask=0077", "StateDirectoryMode=0700"] {
        assert!(service.lines().any(|own| own == line), "{line}");
    }
    assert!(read("Dockerfile").contains("mkdir -m 0700 /data"));
}
