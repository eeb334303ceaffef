//! Every column that the evidence rests on, altered in turn: an audit finds it, or it is listed here with the reason why it
//! proves nothing.

use placet_server::{
    clock,
    ledger::CheckedPlaces,
    seal::{Head, Reason},
};

use super::start;
use crate::common::{Server, choice};

/// The tables that the evidence rests on, and a row of each.
const EVIDENCE: [(&str, &str); 6] = [
    ("proof", "number = 2"),
    // An erased one.
    ("proof", "number = 3"),
    ("chain", "widget_id = 43"),
    ("run_statement", "number = 1"),
    ("widget_version", "widget_id = 43"),
    ("signing_key", "1 = 1"),
];

/// The other tables: what they hold is no evidence of anybody's consent.
const OTHER_TABLES: [&str; 10] = [
    "_sqlx_migrations",
    "admin_token",
    "audit_record",
    "public_key",
    // Of PostgreSQL: idempotency keys.
    "request",
    "request_secret",
    "sdk_file",
    "statistic",
    "widget",
    "workspace",
];

/// Columns that an audit need not find altered.
const PROVE_NOTHING: [(&str, &str, &str); 5] = [
    ("proof", "key_hash", "it tells a request that is sent again: altered, that one is stored once more"),
    ("proof", "body_hash", "the same"),
    ("widget_version", "ask_key", "it says who is asked again, which no proof rests on"),
    ("widget_version", "published_at", "the version's key, which is hashed, begins with that time"),
    ("signing_key", "created_at", "it says when the server first used the key, and no signature rests on it"),
];

/// A server whose first proof was removed, whose third one was erased, and whose others are whole.
async fn with_evidence() -> Server {
    let server = start().await;
    let mut body = choice(&server.widget().await, &["drift"]);
    body["userId"] = "u-1".into();
    let mut kept = Vec::new();
    for n in 0..5 {
        body["idempotencyKey"] = format!("request-{n}").into();
        kept.push(server.keep(&body).await);
        body["consentId"] = kept[0].to_string().into();
    }
    let first = server.store.proof(kept[0]).await.unwrap().unwrap();
    let third = server.store.proof(kept[2]).await.unwrap().unwrap();
    let last = Head { number: 1, link: first.place.link(&first.content().unwrap()) };
    let expired = clock::parse("2020-01-01T00:00:00Z").unwrap();
    let signed_by = [server.public_key()].into();
    let places = CheckedPlaces { chain: first.place.chain, after: 0, last, expired, signed_by };
    server.ledger.remove(places).await.unwrap();
    server.ledger.erase(&[third], Reason::Erased).await.unwrap();
    assert_eq!(server.faults().await, [""; 0]);
    server
}

/// Another value of the same kind, as SQL.
fn other(server: &Server, value: Option<&str>, kind: &str) -> String {
    let is_number = matches!(kind, "INTEGER" | "bigint" | "integer" | "smallint");
    let is_bytes = matches!(kind, "BLOB" | "bytea");
    match value {
        None if is_number => "1".to_owned(),
        None if is_bytes => server.bytes(&[7; 32]),
        None => "'0197a201-3d9f-7000-8000-000000000000'".to_owned(),
        Some(number) if is_number => (number.parse::<i64>().unwrap() + 1000).to_string(),
        Some(digits) if is_bytes => {
            let mut bytes = hex::decode(digits).unwrap();
            bytes[0] ^= 1;
            server.bytes(&bytes)
        }
        // JSON says something else; the last digit of an identifier and of a year is another one.
        Some(json) if json.starts_with('{') => {
            let altered =
                if json.contains("true") { json.replacen("true", "false", 1) } else { json.replacen('1', "2", 1) };
            assert_ne!(altered, json);
            format!("'{}'", altered.replace('\'', "''"))
        }
        Some(date) if clock::parse(date).is_some() => format!("'2031{}'", &date[4..]),
        Some(text) => {
            let last = if text.ends_with('0') { '1' } else { '0' };
            format!("'{}{last}'", &text[..text.len() - 1])
        }
    }
}

/// The same value in other forms, as SQL: what means the same to a reader that is not strict, and is not found, or is not what
/// was signed, to everybody else.
fn other_forms(value: &str, kind: &str) -> Vec<String> {
    if matches!(kind, "INTEGER" | "bigint" | "integer" | "smallint") {
        // The same in the last bits.
        return [8, 16, 32].map(|bits| (value.parse::<i64>().unwrap() + (1 << bits)).to_string()).into();
    }
    if matches!(kind, "BLOB" | "bytea") {
        return Vec::new();
    }
    let forms = if value.starts_with('{') {
        let (first, rest) = value.split_at(1);
        vec![format!("{first} {rest}"), format!("{first}\"withdrawnAt\":\"2026-11-22\",{rest}"), format!("{value}\n")]
    } else if clock::parse(value).is_some() {
        let without_zone = value.trim_end_matches('Z');
        vec![
            format!("{without_zone}+00:00"),
            format!("+00{value}"),
            format!("{without_zone}999Z"),
            value.to_lowercase(),
        ]
    } else {
        vec![value.to_uppercase(), value.replace('-', ""), format!("{{{value}}}"), format!("{value} ")]
    };
    let is_other = |form: &String| form != value;
    forms.into_iter().filter(is_other).map(|form| format!("'{}'", form.replace('\'', "''"))).collect()
}

#[tokio::test]
async fn every_column_of_the_evidence_that_is_altered_is_found() {
    let server = with_evidence().await;
    let is_sqlite = server.url.starts_with("sqlite:");
    let tables = server
        .texts(if is_sqlite {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        } else {
            "SELECT relname::text FROM pg_class
             WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace"
        })
        .await;
    let is_known = |name: &&String| OTHER_TABLES.contains(&name.as_str()) || EVIDENCE.iter().any(|(of, _)| of == name);
    let unknown: Vec<_> = tables.iter().flatten().filter(|name| !is_known(name)).collect();
    assert_eq!(unknown, [""; 0], "a new table: is it evidence?");

    let unguarded = if is_sqlite {
        server.tamper("DROP TRIGGER widget_version_is_immutable").await;
        "PRAGMA foreign_keys = OFF; PRAGMA defer_foreign_keys = ON;"
    } else {
        "SET session_replication_role = replica;"
    };
    let mut unfound = Vec::new();
    for (table, row) in EVIDENCE {
        let columns = server
            .texts(&if is_sqlite {
                format!("SELECT name || ' ' || type FROM pragma_table_info('{table}')")
            } else {
                format!(
                    "SELECT column_name || ' ' || data_type FROM information_schema.columns WHERE table_name = '{table}'"
                )
            })
            .await;
        assert!(!columns.is_empty());
        server.tamper(&format!("CREATE TABLE kept AS SELECT * FROM {table}")).await;
        for column in columns.iter().flatten() {
            let (column, kind) = column.split_once(' ').unwrap();
            let read = match kind {
                "BLOB" => format!("lower(hex({column}))"),
                "bytea" => format!("encode({column}, 'hex')"),
                _ => format!("CAST({column} AS text)"),
            };
            let is_null = format!("CASE WHEN {column} IS NULL THEN NULL ELSE {read} END");
            let value = server.texts(&format!("SELECT {is_null} FROM {table} WHERE {row}")).await.remove(0);
            let proves_nothing = PROVE_NOTHING.iter().any(|(of, name, _)| (*of, *name) == (table, column));
            let mut alterations = vec![other(&server, value.as_deref(), kind)];
            if let Some(value) = &value {
                alterations.extend(other_forms(value, kind));
                alterations.push("NULL".to_owned());
                if matches!(kind, "TEXT") && is_sqlite {
                    alterations.push(format!("CAST(CAST({column} AS BLOB) || X'FF' AS TEXT)"));
                }
            }
            for (index, altered) in alterations.iter().enumerate() {
                let sql = format!("{unguarded} UPDATE {table} SET {column} = {altered} WHERE {row}");
                if server.try_to_tamper(&sql).await.is_err() {
                    // The engine itself refuses it, as NULL in most columns.
                    assert!(index > 0, "{sql}");
                    continue;
                }
                let faults = server.faults().await;
                // Those that prove nothing are listed because it is not found that they say something else.
                let is_as_expected =
                    if index == 0 { faults.is_empty() == proves_nothing } else { proves_nothing || !faults.is_empty() };
                if !is_as_expected {
                    unfound.push(format!("{table}.{column} ({row}): {value:?} is now {altered}: {faults:?}"));
                }
                let restore = format!("{unguarded} DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept");
                server.tamper(&restore).await;
            }
            assert_eq!(server.faults().await, [""; 0], "{table}.{column}");
        }
        server.tamper("DROP TABLE kept").await;
    }
    assert_eq!(unfound, [""; 0]);
}

#[tokio::test]
async fn proofs_that_are_hidden_from_those_who_look_for_them_are_found() {
    for (hidden, told) in [
        ("UPDATE widget SET workspace_id = 20", "the widget is in workspace 20, and its proofs are of workspace 19"),
        ("DELETE FROM widget", "the widget, or its workspace, is missing: its proofs are here, and nobody finds them"),
        (
            "DELETE FROM workspace",
            "the widget, or its workspace, is missing: its proofs are here, and nobody finds them",
        ),
    ] {
        let server = with_evidence().await;
        let unguarded = if server.url.starts_with("sqlite:") {
            "PRAGMA foreign_keys = OFF;"
        } else {
            "SET session_replication_role = replica;"
        };
        server
            .tamper(&format!("{unguarded} INSERT INTO workspace VALUES (20, '2026-11-22T12:00:00.000Z'); {hidden}"))
            .await;
        let faults = server.faults().await;
        assert_eq!(faults.len(), 1, "{hidden}: {faults:?}");
        assert!(faults[0].ends_with(told), "{hidden}: {faults:?}");
    }
}
