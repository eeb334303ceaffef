//! A file as it was written: a tree of values, each with its path and its place, faults and all.

use std::{fmt, ops::Range};

use serde_json::Value as Json;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A value in the file.
#[derive(Clone, Debug)]
pub struct Node {
    /// How to get to it: `services[2].purpose`. Empty for the file as a whole.
    pub path: String,
    /// Where it is written, in bytes from the start of the file.
    pub span: Range<usize>,
    /// What is written.
    pub value: Value,
}

/// What a [`Node`] holds.
#[derive(Clone, Debug)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number, a truth value or a date: nothing that has parts.
    Plain(Json),
    /// A list, or a table that is written more than once (`[[services]]`).
    List(Vec<Node>),
    /// A table, in the order in which it is written.
    Table(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key is written.
    pub key_span: Range<usize>,
    /// What it stands for.
    pub node: Node,
}

/// A place in a file, counted from 1 as editors do; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// Where a file is no TOML, and why.
#[derive(Clone, Debug)]
pub struct SyntaxFault {
    /// Where, in bytes from the start of the file.
    pub at: usize,
    /// Why.
    pub message: String,
}

/// Reads a file.
///
/// # Errors
///
/// Every place where the file is no TOML.
pub fn parse(text: &str) -> Result<Node, Vec<SyntaxFault>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        Ok(Node { path: String::new(), span: table.span(), value: from_table(table.get_ref(), "") })
    } else {
        let fault = |error: &toml::de::Error| SyntaxFault {
            at: error.span().map_or(0, |span| span.start),
            message: error.message().to_owned(),
        };
        Err(errors.iter().map(fault).collect())
    }
}

fn from_table(table: &DeTable<'_>, path: &str) -> Value {
    let entry = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let key_span = key.span();
        let key: &str = AsRef::<std::borrow::Cow<'_, str>>::as_ref(key);
        let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        Entry { key: key.to_owned(), key_span, node: from_value(value, path) }
    };
    Value::Table(table.iter().map(entry).collect())
}

fn from_value(value: &Spanned<DeValue<'_>>, path: String) -> Node {
    let span = value.span();
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => {
            Value::Plain(i64::from_str_radix(number.as_str(), number.radix()).map_or(Json::Null, Json::from))
        }
        DeValue::Float(number) => Value::Plain(number.as_str().parse::<f64>().map_or(Json::Null, Json::from)),
        DeValue::Boolean(truth) => Value::Plain(Json::from(*truth)),
        // No setting is a date: as it is no text either, the schema refuses it.
        DeValue::Datetime(_) => Value::Plain(Json::Null),
        DeValue::Array(items) => {
            let item = |(index, item)| from_value(item, format!("{path}[{index}]"));
            Value::List(items.iter().enumerate().map(item).collect())
        }
        DeValue::Table(table) => from_table(table, &path),
    };
    Node { path, span, value }
}

impl Node {
    /// The value of a key, if this is a table that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// The keys and values of a table; none for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The items of the list that a key stands for.
    pub fn list(&self, key: &str) -> &[Node] {
        self.get(key).map_or(&[], Node::items)
    }

    /// The text, if this is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text that a key stands for, with its node.
    pub fn text(&self, key: &str) -> Option<(&str, &Node)> {
        let node = self.get(key)?;
        Some((node.as_text()?, node))
    }

    /// The number, if this is one that can be a widget's or a workspace's.
    pub fn as_number(&self) -> Option<u32> {
        match &self.value {
            Value::Plain(number) => number.as_u64().and_then(|number| number.try_into().ok()),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    pub fn as_truth(&self) -> Option<bool> {
        match &self.value {
            Value::Plain(truth) => truth.as_bool(),
            _ => None,
        }
    }

    /// The same as JSON, without places.
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Text(text) => Json::from(text.as_str()),
            Value::Plain(value) => value.clone(),
            Value::List(items) => items.iter().map(Node::to_json).collect(),
            Value::Table(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.node.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }

    /// The node at a JSON pointer (RFC 6901) into [`Node::to_json`].
    pub fn at(&self, pointer: &str) -> Option<&Node> {
        pointer.split('/').skip(1).try_fold(self, |node, step| match &node.value {
            Value::List(items) => items.get(step.parse::<usize>().ok()?),
            Value::Table(_) => node.get(&step.replace("~1", "/").replace("~0", "~")),
            _ => None,
        })
    }
}

impl Place {
    /// The line and column of a byte of a text.
    pub fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        Self { line: before.matches('\n').count() + 1, column }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str =
        "id = 43\n[cookie]\nname = \"é\"; \n\n[[services]]\nslug = \"a\"\n[[services]]\n  slug = \"b\"\n";

    #[test]
    fn every_value_knows_its_path_and_place() {
        let file = FILE.replace("; ", "");
        let root = parse(&file).unwrap();
        let slug = root.at("/services/1/slug").unwrap();
        assert_eq!((slug.path.as_str(), slug.as_text()), ("services[1].slug", Some("b")));
        assert_eq!(Place::of(&file, slug.span.start), Place { line: 8, column: 10 });
        let service = root.at("/services/1").unwrap();
        assert_eq!(Place::of(&file, service.span.start).line, 7);
        assert_eq!(root.get("id").unwrap().as_number(), Some(43));
    }

    #[test]
    fn what_is_no_toml_says_where() {
        let faults = parse(FILE).unwrap_err();
        assert_eq!(Place::of(FILE, faults[0].at).line, 3);
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(Place::of("é = x", "é = ".len()), Place { line: 1, column: 5 });
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in ".*", at in 0_usize..100) {
            let _ = parse(&text);
            let _ = Place::of(&text, at);
        }
    }
}
