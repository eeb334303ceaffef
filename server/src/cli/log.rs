//! How the log is written: each event is one line, whatever is in it.
//!
//! What a client sends may reach an event by many ways: a path, a name, the words of a library's error. A line break in it
//! would begin a line that looks like the server's own, and what a terminal obeys (ESC) or hides (U+202E) would change what
//! is read. So it is escaped where lines are written, and not where each event is made.

use std::{
    fmt::{self, Debug, Write as _},
    io::{self, IsTerminal, Write},
    panic,
};

use tracing::field::Field;
use tracing_subscriber::{
    EnvFilter,
    field::MakeExt,
    fmt::{
        MakeWriter,
        format::{Writer, debug_fn},
    },
};

use super::Failure;
use crate::settings::{Common, LogFormat};

/// Begins to write the log to standard error; a panic is written to it, too.
pub fn start(common: &Common) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&common.log).map_err(|error| Failure::Log(common.log.clone(), error))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter);
    match common.log_format {
        LogFormat::Text => log
            .with_writer(io::stderr)
            .with_ansi(io::stderr().is_terminal())
            .fmt_fields(debug_fn(write_field).delimited(" "))
            .init(),
        LogFormat::Json => log.with_writer(JsonLines).json().flatten_event(true).with_span_list(false).init(),
    }
    // Where, and not with which words: they may be of what a client has sent.
    panic::set_hook(Box::new(|panicked| {
        let at = panicked.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(at, "the program panicked, which is a mistake in Placet; please report it");
    }));
    Ok(())
}

/// Whether a character is seen as itself: no control, no line break of any kind, nothing invisible.
fn is_printable(char: char) -> bool {
    matches!(char, '"' | '\'' | '\\') || char.escape_debug().len() == 1
}

/// A text with what is not printable escaped as Rust does: for a line of whatever clients, or the database, have in it.
pub(super) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for char in text.chars() {
        if is_printable(char) {
            printable.push(char);
        } else {
            printable.extend(char.escape_debug());
        }
    }
    printable
}

/// Writes a field of a line of text.
fn write_field(writer: &mut Writer<'_>, field: &Field, value: &dyn Debug) -> fmt::Result {
    if field.name() != "message" {
        write!(writer, "{}=", field.name())?;
    }
    writer.write_str(&printable(&format!("{value:?}")))
}

/// Standard error, for lines of JSON: what is not printable is escaped as JSON does (RFC 8259, 7), which has a meaning in
/// its strings only, and outside of them there is nothing of the kind.
#[derive(Clone, Copy)]
struct JsonLines;

impl<'a> MakeWriter<'a> for JsonLines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        *self
    }
}

impl Write for JsonLines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(escape_json(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

fn escape_json(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    for char in line.chars() {
        if char == '\n' || is_printable(char) {
            escaped.push(char);
        } else {
            for unit in char.encode_utf16(&mut [0; 2]) {
                // A text can always be written to.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_printable_is_escaped_as_json_does() {
        let text = "é\u{7f}\u{9b}\u{2028}\u{202e}\u{e0001}…";
        let line = serde_json::to_string(text).unwrap() + "\n";
        let escaped = escape_json(&line);
        assert_eq!(escaped, "\"é\\u007f\\u009b\\u2028\\u202e\\udb40\\udc01…\"\n");
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
    }

    proptest! {
        #[test]
        fn an_escaped_line_says_the_same(text in any::<String>()) {
            let escaped = escape_json(&serde_json::to_string(&text).unwrap());
            prop_assert!(escaped.chars().all(is_printable));
            prop_assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
        }
    }
}
