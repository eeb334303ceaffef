//! Proofs in their chains. How they are added is each engine's own.

use jiff::Timestamp;
use placet_protocol::{Consents, DeviceType, Proof, ProofType, proof::StoredConsent};
use sqlx::{Row as _, ValueRef as _};
use uuid::Uuid;

use super::{Pool, Row, begin, forget_request, forget_requests};
use crate::{
    clock,
    seal::{ChainId, Head, Place, PublicKey, Reason},
    statement::SignedStatement,
    store::{
        Chain, Entry, Erasure, Error, ExpiredAt, ExpiredProof, Orphan, Readable, Remains, Removal, Removed, Result,
        Span, row,
    },
};

/// What [`of_row`] reads of a proof; the conditions follow.
macro_rules! entries {
    ($conditions:literal) => {
        concat!(
            "SELECT proof.consent_id, proof.id, proof.workspace_id, proof.widget_id, proof.version_key,
                    proof.session_id, proof.date, proof.date_expiration, proof.type, proof.type_device,
                    proof.consents, proof.previous_consent_id, proof.user_id, proof.run, proof.number,
                    proof.statement_sha256, proof.previous, proof.salt, proof.signature, proof.content_sha256, proof.erased_at, proof.erasure_reason,
                    proof.erasure_signature, proof.erasure_key, proof.version_sha256, chain.public_key
             FROM proof LEFT JOIN chain ON chain.widget_id = proof.widget_id AND chain.run = proof.run ",
            $conditions
        )
    };
}

pub async fn register_key(pool: &Pool, key: &PublicKey) -> Result<()> {
    sqlx::query("INSERT INTO signing_key (public_key, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(key.as_slice())
        .bind(clock::iso(clock::now()))
        .execute(pool)
        .await?;
    Ok(())
}

pub async fn signing_keys(pool: &Pool) -> Result<Vec<PublicKey>> {
    let keys: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT public_key FROM signing_key ORDER BY created_at").fetch_all(pool).await?;
    keys.iter().map(|key| row::bytes(key)).collect()
}

pub async fn proof(pool: &Pool, consent_id: Uuid) -> Result<Option<Entry>> {
    sqlx::query(entries!("WHERE proof.consent_id = $1 AND proof.widget_id IN (SELECT id FROM widget)"))
        .bind(consent_id.to_string())
        .fetch_optional(pool)
        .await?
        .map(|row| of_row(&row))
        .transpose()
}

pub async fn widget_numbers(pool: &Pool, workspace: Option<u32>) -> Result<Vec<u32>> {
    let numbers: Vec<i64> = match workspace {
        None => sqlx::query_scalar("SELECT id FROM widget ORDER BY id"),
        Some(workspace) => {
            sqlx::query_scalar("SELECT id FROM widget WHERE workspace_id = $1 ORDER BY id").bind(i64::from(workspace))
        }
    }
    .fetch_all(pool)
    .await?;
    numbers.into_iter().map(row::number).collect()
}

pub async fn proofs(pool: &Pool, span: &Span<'_>, limit: u32) -> Result<Vec<Entry>> {
    let query = match span.user_id {
        None => sqlx::query(entries!(
            "WHERE proof.widget_id = $1 AND proof.consent_id >= $2 AND proof.consent_id < $3
             ORDER BY proof.consent_id LIMIT $4"
        )),
        Some(_) => sqlx::query(entries!(
            "WHERE proof.widget_id = $1 AND proof.consent_id >= $2 AND proof.consent_id < $3 AND proof.user_id = $5
             ORDER BY proof.consent_id LIMIT $4"
        )),
    };
    let query = query
        .bind(i64::from(span.widget))
        .bind(span.from.to_string())
        .bind(span.until.to_string())
        .bind(i64::from(limit));
    let query = if let Some(user_id) = span.user_id { query.bind(user_id) } else { query };
    query.fetch_all(pool).await?.iter().map(of_row).collect()
}

pub async fn chains(pool: &Pool, widget: Option<u32>) -> Result<Readable<Chain>> {
    let rows = match widget {
        None => sqlx::query("SELECT * FROM chain ORDER BY widget_id, run"),
        Some(widget) => {
            sqlx::query("SELECT * FROM chain WHERE widget_id = $1 ORDER BY widget_id, run").bind(i64::from(widget))
        }
    }
    .fetch_all(pool)
    .await?;
    readable("chain", &rows, chain_of_row)
}

pub async fn statements(pool: &Pool) -> Result<Readable<SignedStatement>> {
    let rows = sqlx::query("SELECT * FROM run_statement ORDER BY run, number").fetch_all(pool).await?;
    readable("run_statement", &rows, statement_of_row)
}

/// Reads rows; those that cannot be read do not keep the rest from it.
fn readable<T>(table: &str, rows: &[Row], read: fn(&Row) -> Result<T>) -> Result<Readable<T>> {
    let mut readable = Readable::default();
    for row in rows {
        match read(row) {
            Ok(found) => readable.found.push(found),
            Err(error @ (Error::Corrupt(_) | Error::Query(_))) => {
                readable.unreadable.push(format!("a row of the table `{table}` is not what Placet writes ({error})"));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(readable)
}

fn statement_of_row(found: &Row) -> Result<SignedStatement> {
    Ok(SignedStatement {
        run: row::uuid(found.try_get("run")?)?,
        number: row::count(found.try_get("number")?)?,
        text: found.try_get("statement")?,
        signature: row::bytes(found.try_get("signature")?)?,
        public_key: row::bytes(found.try_get("public_key")?)?,
    })
}

pub async fn places(pool: &Pool, chain: ChainId, after: u64, limit: u32) -> Result<Vec<Entry>> {
    let rows = sqlx::query(entries!(
        "WHERE proof.run = $1 AND proof.widget_id = $2 AND proof.number > $3 ORDER BY proof.number LIMIT $4"
    ))
    .bind(chain.run.to_string())
    .bind(i64::from(chain.widget))
    .bind(after.cast_signed())
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    rows.iter().map(of_row).collect()
}

pub async fn orphans(pool: &Pool, widget: Option<u32>, limit: u32) -> Result<Vec<Orphan>> {
    // In one statement, so that what servers append or remove meanwhile is seen whole or not at all.
    let found = sqlx::query(
        "SELECT proof.widget_id, proof.run, proof.number, proof.consent_id
         FROM proof LEFT JOIN chain ON chain.widget_id = proof.widget_id AND chain.run = proof.run
         WHERE (proof.widget_id = $1 OR $1 IS NULL)
           AND (chain.run IS NULL OR proof.number > chain.length OR proof.number <= chain.removed
                OR EXISTS (SELECT 1 FROM proof AS other
                           WHERE other.run = proof.run AND other.widget_id = proof.widget_id
                             AND other.number = proof.number AND other.consent_id < proof.consent_id))
         LIMIT $2",
    )
    .bind(widget.map(i64::from))
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    // SQLite keeps bytes that are no UTF-8, too, and one row of them must not hide the others.
    let text = |row: &Row, column: &str| -> Result<String> {
        Ok(String::from_utf8_lossy(row.try_get_unchecked::<&[u8], _>(column)?).into_owned())
    };
    let orphan = |row: &Row| {
        let (widget, number) = (row.try_get("widget_id")?, row.try_get("number")?);
        Ok(Orphan { widget, run: text(row, "run")?, number, consent_id: text(row, "consent_id")? })
    };
    found.iter().map(orphan).collect()
}

pub async fn expired(pool: &Pool, before: Timestamp, after: &ExpiredAt, limit: u32) -> Result<Vec<ExpiredProof>> {
    let rows = sqlx::query(entries!(
        "WHERE proof.date_expiration < $1 AND proof.erased_at IS NULL
               AND (proof.date_expiration, proof.consent_id) > ($2, $3)
         ORDER BY proof.date_expiration, proof.consent_id LIMIT $4"
    ))
    .bind(clock::iso(before))
    .bind(&after.date)
    .bind(&after.consent_id)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    let expired = rows.iter().map(|found| {
        let (date, consent_id) = (found.try_get("date_expiration")?, found.try_get("consent_id")?);
        Ok(ExpiredProof { position: ExpiredAt { date, consent_id }, entry: of_row(found) })
    });
    expired.collect()
}

pub async fn erase(pool: &Pool, erasures: &[Erasure]) -> Result<u64> {
    let mut transaction = begin(pool).await?;
    let mut erased = 0;
    for erasure in erasures {
        let consent_id = erasure.consent_id.to_string();
        let done = sqlx::query(
            "UPDATE proof SET id = NULL, version_key = NULL, version_sha256 = NULL, session_id = NULL, type = NULL, type_device = NULL,
                    consents = NULL, previous_consent_id = NULL, user_id = NULL, salt = NULL, content_sha256 = $3,
                    erased_at = $4, erasure_reason = $5, erasure_signature = $6, erasure_key = $7
             WHERE widget_id = $1 AND consent_id = $2 AND erased_at IS NULL",
        )
        .bind(i64::from(erasure.widget))
        .bind(&consent_id)
        .bind(erasure.content.as_slice())
        .bind(clock::iso(erasure.at))
        .bind(erasure.reason as i16)
        .bind(erasure.signature.as_slice())
        .bind(erasure.public_key.as_slice())
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() == 1 {
            forget_request(&mut transaction, erasure.widget, &consent_id).await?;
        }
        erased += done.rows_affected();
    }
    transaction.commit().await?;
    Ok(erased)
}

pub async fn remove(pool: &Pool, Removal { chain, after, removed }: &Removal) -> Result<()> {
    let (widget, run, last) = (i64::from(chain.widget), chain.run.to_string(), removed.last.number.cast_signed());
    let mut transaction = begin(pool).await?;
    let said = sqlx::query(
        "UPDATE chain SET removed = $3, removed_link = $4, removal_signature = $5, removal_key = $6,
                          removed_expiration = $7, removed_at = $8, removal_signed_by = $9
         WHERE widget_id = $1 AND run = $2 AND removed < $3",
    )
    .bind(widget)
    .bind(&run)
    .bind(last)
    .bind(removed.last.link.as_slice())
    .bind(removed.signature.as_slice())
    .bind(removed.public_key.as_slice())
    .bind(clock::iso(removed.expired))
    .bind(clock::iso(removed.at))
    .bind(removed.signed_by.iter().flatten().copied().collect::<Vec<u8>>())
    .execute(&mut *transaction)
    .await?;
    if said.rows_affected() == 1 {
        forget_requests(&mut transaction, widget, &run, last).await?;
        sqlx::query("DELETE FROM proof WHERE run = $2 AND widget_id = $1 AND number <= $3 AND number > $4")
            .bind(widget)
            .bind(&run)
            .bind(last)
            .bind(after.cast_signed())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
    }
    Ok(())
}

fn chain_of_row(found: &Row) -> Result<Chain> {
    let run: &str = found.try_get("run")?;
    let id = ChainId { widget: row::number(found.try_get("widget_id")?)?, run: row::uuid(run)? };
    let removed = match row::count(found.try_get("removed")?)? {
        0 => None,
        number => Some(Removed {
            last: Head { number, link: row::bytes(found.try_get("removed_link")?)? },
            expired: row::date(found.try_get("removed_expiration")?)?,
            at: row::date(found.try_get("removed_at")?)?,
            signed_by: row::keys(found.try_get("removal_signed_by")?)?,
            signature: row::bytes(found.try_get("removal_signature")?)?,
            public_key: row::bytes(found.try_get("removal_key")?)?,
        }),
    };
    Ok(Chain {
        id,
        public_key: row::bytes(found.try_get("public_key")?)?,
        head: Head { number: row::count(found.try_get("length")?)?, link: row::bytes(found.try_get("link")?)? },
        removed,
    })
}

fn of_row(found: &Row) -> Result<Entry> {
    let consent_id: &str = found.try_get("consent_id")?;
    let run: &str = found.try_get("run")?;
    let chain = ChainId { widget: row::number(found.try_get("widget_id")?)?, run: row::uuid(run)? };
    let place = Place {
        chain,
        number: row::count(found.try_get("number")?)?,
        statement: row::bytes(found.try_get("statement_sha256")?)?,
        previous: row::bytes(found.try_get("previous")?)?,
    };
    let remains = match found.try_get::<Option<&str>, _>("erased_at")? {
        None if has_any(found, &OF_ERASURE)? => {
            return Err(Error::Corrupt(format!(
                "proof {consent_id} was not erased, and yet something of an erasure is there: somebody added it"
            )));
        }
        None => Remains::Whole { proof: Box::new(proof_of_row(found)?), salt: row::bytes(found.try_get("salt")?)? },
        Some(_) if has_any(found, &OF_CONTENT)? => {
            return Err(Error::Corrupt(format!(
                "proof {consent_id} was erased, and yet has content: somebody added it"
            )));
        }
        Some(at) => Remains::Erased {
            content: row::bytes(found.try_get("content_sha256")?)?,
            at: row::date(at)?,
            reason: small(found, "erasure_reason")?
                .and_then(Reason::from_number)
                .ok_or_else(|| Error::Corrupt(format!("why proof {consent_id} was erased")))?,
            signature: row::bytes(found.try_get("erasure_signature")?)?,
            public_key: row::bytes(found.try_get("erasure_key")?)?,
        },
    };
    Ok(Entry {
        place,
        signature: row::bytes(found.try_get("signature")?)?,
        public_key: found.try_get::<Option<&[u8]>, _>("public_key")?.map(row::bytes).transpose()?,
        consent_id: row::uuid(consent_id)?,
        workspace: row::number(found.try_get("workspace_id")?)?,
        date: row::date(found.try_get("date")?)?,
        expires: row::date(found.try_get("date_expiration")?)?,
        remains,
    })
}

/// What [`erase`] takes out of the database.
const OF_CONTENT: [&str; 10] = [
    "id",
    "version_key",
    "version_sha256",
    "session_id",
    "type",
    "type_device",
    "consents",
    "previous_consent_id",
    "user_id",
    "salt",
];

/// What [`erase`] writes beside the time.
const OF_ERASURE: [&str; 4] = ["content_sha256", "erasure_reason", "erasure_signature", "erasure_key"];

/// Whether any of these columns holds something.
fn has_any(found: &Row, columns: &[&str]) -> Result<bool> {
    for column in columns {
        if !found.try_get_raw(*column)?.is_null() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn proof_of_row(found: &Row) -> Result<Proof> {
    let consent_id: String = found.try_get("consent_id")?;
    let corrupt = |what: &str| Error::Corrupt(format!("the {what} of proof {consent_id}"));
    let small = |column: &str| small(found, column)?.ok_or_else(|| corrupt(column));
    let consents = decisions(found.try_get("consents")?).ok_or_else(|| corrupt("decisions"))?;
    Ok(Proof {
        id: found.try_get("id")?,
        session_id: found.try_get("session_id")?,
        date: found.try_get("date")?,
        date_expiration: found.try_get("date_expiration")?,
        kind: ProofType::try_from(small("type")?).map_err(|_| corrupt("type"))?,
        widget_id: row::number(found.try_get("widget_id")?)?,
        type_device: DeviceType::try_from(small("type_device")?).map_err(|_| corrupt("device"))?,
        work_space_id: row::number(found.try_get("workspace_id")?)?,
        consents,
        widget_version: found.try_get("version_key")?,
        widget_version_sha256: found.try_get::<Option<&[u8]>, _>("version_sha256")?.map(hex::encode),
        previous_consent_id: found.try_get("previous_consent_id")?,
        user_id: found.try_get("user_id")?,
        consent_id,
        seal: None,
    })
}

/// A small number; `None` if there is none, or it is none. To read NULL as a number from SQLite gives 0.
fn small(found: &Row, column: &str) -> Result<Option<u8>> {
    Ok(found.try_get::<Option<i16>, _>(column)?.and_then(|number| u8::try_from(number).ok()))
}

/// Reads decisions, if their JSON is in the one form in which it is written. What else it said, or said twice, would mislead
/// whoever reads the column with their own eyes, as no signature covers it.
fn decisions(json: &str) -> Option<Consents<StoredConsent>> {
    let consents = serde_json::from_str(json).ok()?;
    (serde_json::to_string(&consents).ok()? == json).then_some(consents)
}
