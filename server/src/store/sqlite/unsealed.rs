//! Proofs that an earlier Placet stored without signing them.

use placet_protocol::{Consents, DeviceType, Proof, ProofType, proof::StoredConsent};
use sqlx::{Row as _, types::Json};

use super::{Pool, Row};
use crate::store::{Error, NewProof, Request, Result, row};

pub async fn proofs(pool: &Pool, limit: u32) -> Result<Vec<NewProof>> {
    let rows = sqlx::query("SELECT * FROM unsealed_proof ORDER BY consent_id LIMIT $1").bind(limit).fetch_all(pool);
    rows.await?.iter().map(of_row).collect()
}

pub async fn forget_resealed(pool: &Pool) -> Result<()> {
    sqlx::query(
        "DELETE FROM unsealed_proof WHERE (widget_id, consent_id) IN (SELECT widget_id, consent_id FROM proof)",
    )
    .execute(pool)
    .await?;
    Ok(())
}

fn of_row(found: &Row) -> Result<NewProof> {
    let name: Option<String> = found.try_get("idempotency_key")?;
    let said: Option<Vec<u8>> = found.try_get("request_sha256")?;
    let request = match (name, said) {
        (Some(idempotency_key), Some(said)) => Some(Request { idempotency_key, sha256: row::bytes(&said)? }),
        _ => None,
    };
    let corrupt = |what: &str| Error::Corrupt(format!("the {what} of a proof"));
    let consents: Json<Consents<StoredConsent>> = found.try_get("consents")?;
    let proof = Proof {
        id: found.try_get("id")?,
        session_id: found.try_get("session_id")?,
        date: found.try_get("date")?,
        date_expiration: found.try_get("date_expiration")?,
        kind: ProofType::try_from(found.try_get::<u8, _>("type")?).map_err(|_| corrupt("type"))?,
        widget_id: found.try_get("widget_id")?,
        type_device: DeviceType::try_from(found.try_get::<u8, _>("type_device")?).map_err(|_| corrupt("device"))?,
        work_space_id: found.try_get("workspace_id")?,
        consent_id: found.try_get("consent_id")?,
        consents: consents.0,
        widget_version: found.try_get("version_key")?,
        // Nobody has said then what it was.
        widget_version_sha256: None,
        previous_consent_id: found.try_get("previous_consent_id")?,
        user_id: found.try_get("user_id")?,
        seal: None,
    };
    Ok(NewProof { proof, request })
}
