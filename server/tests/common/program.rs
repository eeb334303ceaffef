//! The program, as a person runs it in a folder.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};

/// What a command said, and how it ended.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub told: String,
    pub complained: String,
}

/// A command in a folder, without the settings of whoever runs the tests.
pub fn command(folder: &Path, words: &[&str]) -> Command {
    placet_server::tls::use_ring();
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

/// A server that runs in a folder until it is dropped.
#[derive(Debug)]
pub struct Serving {
    child: Child,
    pub address: String,
    pub metrics: Option<String>,
    log: Arc<Mutex<String>>,
}

impl Serving {
    /// Starts `serve` with these flags and variables.
    pub fn start(folder: &Path, words: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = command(folder, &[&["serve", "--listen", "127.0.0.1:0"], words].concat());
        command.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (mut complained, written) = (child.stderr.take().unwrap(), Arc::clone(&log));
        std::thread::spawn(move || {
            let mut part = [0; 4096];
            while let Ok(length @ 1..) = complained.read(&mut part) {
                written.lock().unwrap().push_str(&String::from_utf8_lossy(&part[..length]));
            }
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = |start: &str| {
            let line = lines.next().unwrap().unwrap();
            line.strip_prefix(start).unwrap_or_else(|| panic!("{line}")).to_owned()
        };
        let address = line("Placet is listening on ");
        let metrics = words.contains(&"--metrics-listen").then(|| line("Its metrics are at "));
        Self { child, address, metrics, log }
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has written to its log.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
