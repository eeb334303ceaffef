//! Finding proofs again: by widget, time, visitor, service and answer, page by page or all of them as a file.
//!
//! Pages are cut by the identifier of the last proof on them (keyset), so that the thousandth page costs what the first
//! does, and proofs that are stored meanwhile shift nothing.

use jiff::Timestamp;
use placet_protocol::{Proof, proof::StoredConsent};
use uuid::Uuid;

use crate::{
    clock, csv_cell,
    store::{Entry, Result, Span, Store},
};

/// How many proofs are read together.
const BATCH: u32 = 250;
/// How many proofs are looked at for one page at most: where few match, pages are short or empty instead of slow.
const MOST_LOOKED_AT: usize = 5_000;

/// What is looked for. What is not said does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// In a workspace.
    pub workspace: Option<u32>,
    /// Of a widget.
    pub widget: Option<u32>,
    /// Stored at this moment or later.
    pub from: Option<Timestamp>,
    /// Stored before this moment.
    pub until: Option<Timestamp>,
    /// Of a visitor, by the site's own name.
    pub user_id: Option<String>,
    /// That decide on a service, by its short name.
    pub service: Option<String>,
    /// That grant it (true) or refuse it (false); without a service: that grant or refuse anything beside what is
    /// necessary.
    pub granted: Option<bool>,
}

/// Where a page ends, and the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    widget: u32,
    /// The last proof that was looked at; the nil UUID if the widget begins.
    last: Uuid,
}

/// A part of what was found.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// In the order of the widgets' numbers, and of time.
    pub found: Vec<T>,
    /// Where the next page begins; `None` if this is the last.
    pub next: Option<Cursor>,
}

impl Search {
    /// A page of at most `limit` proofs, after another one.
    ///
    /// # Errors
    ///
    /// [`crate::store::Error`] of the store.
    pub async fn page(&self, store: &dyn Store, after: Option<Cursor>, limit: usize) -> Result<Page<Proof>> {
        let Page { found, next } = self.entries(store, after, limit).await?;
        Ok(Page { found: found.into_iter().filter_map(Entry::into_proof).collect(), next })
    }

    /// The same, as they are kept. What was erased is not found.
    ///
    /// # Errors
    ///
    /// [`crate::store::Error`] of the store.
    pub async fn entries(&self, store: &dyn Store, after: Option<Cursor>, limit: usize) -> Result<Page<Entry>> {
        let mut widgets = store.widget_numbers(self.workspace).await?;
        widgets.retain(|widget| self.widget.is_none_or(|wanted| wanted == *widget));
        widgets.retain(|widget| after.is_none_or(|cursor| *widget >= cursor.widget));
        let until = self.until.map_or(Uuid::max(), clock::first_identifier);
        let mut found = Vec::new();
        let mut looked_at = 0;
        for widget in widgets {
            let start = self.from.map_or(Uuid::nil(), clock::first_identifier);
            let resumed = after.filter(|cursor| cursor.widget == widget).map(|cursor| next_identifier(cursor.last));
            let mut from = resumed.map_or(start, |resumed| resumed.max(start));
            loop {
                let span = Span { widget, user_id: self.user_id.as_deref(), from, until };
                let entries = store.proofs(&span, BATCH).await?;
                let is_last = entries.len() < BATCH as usize;
                for entry in entries {
                    let last = entry.consent_id;
                    from = next_identifier(last);
                    looked_at += 1;
                    if self.matches(&entry) {
                        found.push(entry);
                    }
                    if found.len() >= limit || looked_at >= MOST_LOOKED_AT {
                        return Ok(Page { found, next: Some(Cursor { widget, last }) });
                    }
                }
                if is_last {
                    break;
                }
            }
        }
        Ok(Page { found, next: None })
    }

    /// What is looked for, in a line that names no visitor; `None` if it is everything.
    pub fn summary(&self) -> Option<String> {
        let parts = [
            self.widget.map(|widget| format!("widget={widget}")),
            self.from.map(|from| format!("from={}", clock::iso(from))),
            self.until.map(|until| format!("to={}", clock::iso(until))),
            self.user_id.as_ref().map(|_| "userId=…".to_owned()),
            self.service.as_ref().map(|service| format!("service={service}")),
            self.granted.map(|granted| format!("choice={}", if granted { "granted" } else { "refused" })),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    fn matches(&self, entry: &Entry) -> bool {
        let Some(proof) = entry.proof() else { return false };
        if self.service.is_none() && self.granted.is_none() {
            return true;
        }
        let is_asked_for = |consent: &&StoredConsent| match &self.service {
            Some(slug) => consent.slug == *slug,
            None => !consent.purpose.is_necessary(),
        };
        let mut consents = proof.consents.cookie_consents.iter().filter(is_asked_for);
        consents.any(|consent| self.granted.is_none_or(|granted| consent.consent == granted))
    }
}

impl Cursor {
    /// As it travels.
    pub fn write(self) -> String {
        format!("{:x}-{}", self.widget, self.last.simple())
    }

    /// The opposite of [`Cursor::write`].
    pub fn parse(text: &str) -> Option<Self> {
        let (widget, last) = text.split_once('-')?;
        Some(Self { widget: u32::from_str_radix(widget, 16).ok()?, last: Uuid::try_parse(last).ok()? })
    }
}

/// The identifier after another one.
fn next_identifier(last: Uuid) -> Uuid {
    Uuid::from_u128(last.as_u128().saturating_add(1))
}

/// As what proofs are exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One proof in each line, as JSON with its seal.
    Ndjson,
    /// One proof in each line, for spreadsheets: every cell quoted, none a formula.
    Csv,
}

/// The columns of [`Format::Csv`].
const COLUMNS: [&str; 14] = [
    "consentId",
    "id",
    "date",
    "dateExpiration",
    "widgetId",
    "widgetVersion",
    "type",
    "typeDevice",
    "lang",
    "sessionId",
    "previousConsentId",
    "userId",
    "granted",
    "refused",
];

impl Format {
    /// The media type (RFC 4180 and 7111 for CSV).
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8; header=present",
        }
    }

    /// What comes before the first proof.
    ///
    /// # Errors
    ///
    /// None.
    pub fn start(self) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Ndjson => Ok(Vec::new()),
            Self::Csv => {
                let mut rows = csv_cell::writer();
                rows.write_record(COLUMNS)?;
                csv_cell::finish(rows)
            }
        }
    }

    /// Some proofs.
    ///
    /// # Errors
    ///
    /// None for what is a proof.
    pub fn write(self, proofs: &[Proof]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Ndjson => {
                let mut lines = Vec::new();
                for proof in proofs {
                    serde_json::to_writer(&mut lines, proof)?;
                    lines.push(b'\n');
                }
                Ok(lines)
            }
            Self::Csv => {
                let mut rows = csv_cell::writer();
                for proof in proofs {
                    rows.write_record(cells(proof).map(|cell| csv_cell::harmless(&cell)))?;
                }
                csv_cell::finish(rows)
            }
        }
    }
}

fn cells(proof: &Proof) -> [String; COLUMNS.len()] {
    let services = |granted: bool| {
        let consents = proof.consents.cookie_consents.iter().filter(|consent| consent.consent == granted);
        consents.map(|consent| consent.slug.as_str()).collect::<Vec<_>>().join(" ")
    };
    [
        proof.consent_id.clone(),
        proof.id.clone(),
        proof.date.clone(),
        proof.date_expiration.clone(),
        proof.widget_id.to_string(),
        proof.widget_version.clone(),
        u8::from(proof.kind).to_string(),
        u8::from(proof.type_device).to_string(),
        proof.consents.lang.clone(),
        proof.session_id.clone(),
        proof.previous_consent_id.clone().unwrap_or_default(),
        proof.user_id.clone().unwrap_or_default(),
        services(true),
        services(false),
    ]
}

#[cfg(test)]
mod tests {
    use placet_protocol::{Consents, DeviceType, ProofType, Purpose};
    use proptest::prelude::*;

    use super::*;

    /// A proof that says the worst wherever a text stands.
    fn hostile(text: &str) -> Proof {
        let text = || text.to_owned();
        let consent = |consent| StoredConsent {
            id: text(),
            tenant_id: 0,
            name: text(),
            slug: text(),
            consent,
            version: text(),
            date: text(),
            purpose: Purpose::Other,
        };
        Proof {
            id: text(),
            session_id: text(),
            date: text(),
            date_expiration: text(),
            kind: ProofType::Consents,
            widget_id: 43,
            type_device: DeviceType::Unknown,
            work_space_id: 19,
            consent_id: text(),
            consents: Consents {
                lang: text(),
                version_key: None,
                cookie_consents: vec![consent(true), consent(true), consent(false)],
            },
            widget_version: text(),
            widget_version_sha256: None,
            previous_consent_id: Some(text()),
            user_id: Some(text()),
            seal: None,
        }
    }

    /// What a spreadsheet makes of a file: cells split at a separator, with or without regard to quotation marks.
    fn opened(file: &[u8], separator: u8, with_quotes: bool) -> Vec<String> {
        let mut reader = csv::ReaderBuilder::new();
        reader.has_headers(false).flexible(true).delimiter(separator).quoting(with_quotes);
        let records = reader.from_reader(file).into_records().map(|record| record.unwrap()).collect::<Vec<_>>();
        records.iter().flatten().map(str::to_owned).collect()
    }

    fn exported(text: &str) -> Vec<u8> {
        let mut file = Format::Csv.start().unwrap();
        file.extend(Format::Csv.write(&[hostile(text), hostile("u-1")]).unwrap());
        file
    }

    /// Whether a cell can be taken for a formula, whatever stands before its first sign and is not seen or not kept.
    fn is_formula(cell: &str) -> bool {
        let skipped =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\u{feff}' | '\u{200b}' | '\u{2060}');
        cell.trim_start_matches(skipped)
            .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫', '−'])
    }

    #[test]
    fn no_spreadsheet_finds_a_formula_whatever_it_splits_at() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(1)",
            "＝1",
            "＋1",
            "－1",
            "＠1",
            "﹦1",
            "−1",
            "a;=cmd|' /C calc'!A0",
            "a\t=1",
            "a,=1",
            "a|=1",
            "a =1",
            "a:=1",
            "a\n=1",
            "a\r\n=1",
            "a\r=1",
            " =1",
            "\u{a0}=1",
            "\t=1",
            "\r=1",
            "\0=1",
            "\u{feff}=1",
            "\u{200b}=1",
            "\u{2060};\u{feff}=1",
            "\"=1",
            "\";=1",
            "\"\";=1",
            "a\";\"=1",
            "\",\"=1",
            "a\"\t\"=1",
            "';=1",
            "'=1",
            "=1;=2;=3",
            ";;;=1",
            ";\" =1",
        ] {
            let file = exported(text);
            for separator in [b';', b',', b'\t', b'|', b' ', b':'] {
                for with_quotes in [true, false] {
                    for cell in opened(&file, separator, with_quotes) {
                        assert!(!is_formula(&cell), "{text:?} at {:?}: {cell:?}", char::from(separator));
                    }
                }
            }
        }
    }

    #[test]
    fn every_cell_is_quoted() {
        let file = String::from_utf8(exported("u-1")).unwrap();
        for line in file.split_terminator("\r\n") {
            let cells = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap();
            assert_eq!(cells.split("\",\"").count(), COLUMNS.len(), "{line}");
        }
        assert_eq!(opened(file.as_bytes(), b',', true).len(), 3 * COLUMNS.len());
    }

    proptest! {
        #[test]
        fn no_text_becomes_a_formula(text in "([a=+@;,\\t|: \"'\u{feff}\u{0}\r\n-]|[＝＋－＠]){0,12}", separator in "[;,\\t|]") {
            for with_quotes in [true, false] {
                for cell in opened(&exported(&text), separator.as_bytes()[0], with_quotes) {
                    prop_assert!(!is_formula(&cell), "{:?}", cell);
                }
            }
        }

        #[test]
        fn a_cursor_is_read_as_it_was_written(widget: u32, last: u128) {
            let cursor = Cursor { widget, last: Uuid::from_u128(last) };
            prop_assert_eq!(Cursor::parse(&cursor.write()), Some(cursor));
        }

        #[test]
        fn no_text_makes_the_reader_of_cursors_panic(text in ".*") {
            let _ = Cursor::parse(&text);
        }
    }
}
