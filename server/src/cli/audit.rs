//! `placet-server audit …`

use super::{AuditFormat, AuditList, Failure, print, table::table};
use crate::{
    audit_log::{Actor, AuditRecord, AuditSpan},
    clock,
    store::Store,
};

/// How many records are read together.
const TOGETHER: u32 = 250;

/// Lists the audit records, the oldest first.
pub async fn list(store: &dyn Store, asked: AuditList) -> Result<(), Failure> {
    let AuditList { workspace, token, from, to, format } = asked;
    let mut span = AuditSpan { workspace, actor: token.map(Actor::Token), from, until: to, after: None };
    let mut rows = vec![["DATE", "WORKSPACE", "ACTOR", "ACTION", "SUBJECT", "OUTCOME", "COUNT"].map(str::to_owned)];
    loop {
        let records = store.audit_records(&span, TOGETHER).await?;
        let Some(last) = records.last() else { break };
        span.after = Some(last.id);
        match format {
            AuditFormat::Table => rows.extend(records.iter().map(row)),
            AuditFormat::Ndjson => print(&lines(&records)?)?,
        }
    }
    match format {
        AuditFormat::Ndjson => Ok(()),
        AuditFormat::Table if rows.len() == 1 => print("There are no such audit records.\n"),
        AuditFormat::Table => print(&table(&rows)),
    }
}

fn row(record: &AuditRecord) -> [String; 7] {
    let AuditRecord { id: _, date, workspace, actor, action, subject, outcome, count } = record;
    [
        clock::iso(*date),
        workspace.map(|workspace| workspace.to_string()).unwrap_or_default(),
        actor.to_string(),
        action.to_string(),
        subject.clone().unwrap_or_default(),
        outcome.to_string(),
        count.map(|count| count.to_string()).unwrap_or_default(),
    ]
}

fn lines(records: &[AuditRecord]) -> Result<String, Failure> {
    let mut lines = String::new();
    for record in records {
        lines.push_str(&serde_json::to_string(record).map_err(|error| Failure::Write(error.to_string()))?);
        lines.push('\n');
    }
    Ok(lines)
}
