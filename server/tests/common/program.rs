//! The program, as a person runs it in a folder.

use std::{path::Path, process::Command};

/// What a command said, and how it ended.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub told: String,
    pub complained: String,
}

/// A command in a folder, without the settings of whoever runs the tests.
pub fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_placet-server"));
    for (variable, _) in std::env::vars().filter(|(variable, _)| variable.starts_with("PLACET_")) {
        command.env_remove(variable);
    }
    command.current_dir(folder).args(words);
    command
}

/// Runs a command to its end.
pub fn run(folder: &Path, words: &[&str]) -> Outcome {
    let output = command(folder, words).output().unwrap();
    Outcome {
        code: output.status.code().unwrap(),
        told: String::from_utf8(output.stdout).unwrap(),
        complained: String::from_utf8(output.stderr).unwrap(),
    }
}
