//! Audit records, which are added and removed, and never changed.

use jiff::Timestamp;
use sqlx::{QueryBuilder, Row as _};
use uuid::Uuid;

use super::{Database, Pool, Row};
use crate::{
    audit_log::{AuditRecord, AuditSpan},
    clock,
    store::{Error, Result, row},
};

pub async fn add(pool: &Pool, records: &[AuditRecord]) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    // Added again after an answer that was lost, they are there already.
    let mut query = QueryBuilder::<Database>::new(
        "INSERT INTO audit_record (id, date, workspace_id, actor, action, subject, outcome, count) ",
    );
    query.push_values(records, |mut row, record| {
        row.push_bind(record.id.to_string())
            .push_bind(clock::iso(record.date))
            .push_bind(record.workspace.map(i64::from))
            .push_bind(record.actor.to_string())
            .push_bind(record.action.to_string())
            .push_bind(&record.subject)
            .push_bind(record.outcome.to_string())
            .push_bind(record.count.map(u64::cast_signed));
    });
    query.push(" ON CONFLICT (id) DO NOTHING").build().execute(pool).await?;
    Ok(())
}

pub async fn find(pool: &Pool, span: &AuditSpan, limit: u32) -> Result<Vec<AuditRecord>> {
    let from = span.from.map_or(Uuid::nil(), clock::first_identifier);
    let until = span.until.map_or(Uuid::max(), clock::first_identifier);
    let mut query = QueryBuilder::<Database>::new("SELECT * FROM audit_record WHERE id >= ");
    query.push_bind(from.to_string()).push(" AND id < ").push_bind(until.to_string());
    if let Some(after) = span.after {
        query.push(" AND id > ").push_bind(after.to_string());
    }
    if let Some(workspace) = span.workspace {
        query.push(" AND workspace_id = ").push_bind(i64::from(workspace));
    }
    if let Some(actor) = &span.actor {
        query.push(" AND actor = ").push_bind(actor.to_string());
    }
    query.push(" ORDER BY id LIMIT ").push_bind(i64::from(limit));
    query.build().fetch_all(pool).await?.iter().map(of_row).collect()
}

pub async fn purge(pool: &Pool, before: Timestamp) -> Result<u64> {
    let first_to_stay = clock::first_identifier(before).to_string();
    let gone = sqlx::query("DELETE FROM audit_record WHERE id < $1").bind(first_to_stay).execute(pool).await?;
    Ok(gone.rows_affected())
}

fn of_row(found: &Row) -> Result<AuditRecord> {
    let id: &str = found.try_get("id")?;
    let corrupt = |what: &str| Error::Corrupt(format!("the {what} of audit record {id}"));
    let text = |column: &str| found.try_get::<&str, _>(column);
    Ok(AuditRecord {
        id: row::uuid(id)?,
        date: row::date(text("date")?)?,
        workspace: found.try_get::<Option<i64>, _>("workspace_id")?.map(row::number).transpose()?,
        actor: text("actor")?.parse().map_err(|_| corrupt("actor"))?,
        action: text("action")?.parse().map_err(|_| corrupt("action"))?,
        subject: found.try_get("subject")?,
        outcome: text("outcome")?.parse().map_err(|_| corrupt("outcome"))?,
        count: found.try_get::<Option<i64>, _>("count")?.map(row::count).transpose()?,
    })
}
