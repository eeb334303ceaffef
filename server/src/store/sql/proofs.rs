//! Proofs.

use placet_protocol::{Consents, DeviceType, Proof, ProofType, proof::StoredConsent};
use sqlx::Row as _;
use uuid::Uuid;

use super::{Pool, Row, row};
use crate::store::{Error, NewProof, Request, Result, Stored};

pub async fn store_proof(pool: &Pool, readers: &Pool, NewProof { proof, request }: NewProof) -> Result<Stored> {
    let consents = serde_json::to_string(&proof.consents).map_err(|error| Error::Corrupt(error.to_string()))?;
    let kept = Stored::Kept { consent_id: row::uuid(&proof.consent_id)?, date: row::date(&proof.date)? };
    let widget = proof.widget_id;
    // One statement, so that it is a transaction by itself.
    let added = sqlx::query(
        "INSERT INTO proof (consent_id, id, workspace_id, widget_id, version_key, session_id, date,
                            date_expiration, type, type_device, consents, previous_consent_id, user_id,
                            idempotency_key, request_sha256)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ON CONFLICT (widget_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING",
    )
    .bind(proof.consent_id)
    .bind(proof.id)
    .bind(i64::from(proof.work_space_id))
    .bind(i64::from(widget))
    .bind(proof.widget_version)
    .bind(proof.session_id)
    .bind(proof.date)
    .bind(proof.date_expiration)
    .bind(i16::from(u8::from(proof.kind)))
    .bind(i16::from(u8::from(proof.type_device)))
    .bind(consents)
    .bind(proof.previous_consent_id)
    .bind(proof.user_id)
    .bind(request.as_ref().map(|request| request.idempotency_key.as_str()))
    .bind(request.as_ref().map(|request| &request.sha256[..]))
    .execute(pool)
    .await?;
    match &request {
        Some(request) if added.rows_affected() == 0 => stored_request(readers, widget, request)
            .await?
            .ok_or_else(|| Error::Unavailable("the first request of this name is gone".to_owned())),
        _ => Ok(kept),
    }
}

pub async fn stored_request(pool: &Pool, widget: u32, request: &Request) -> Result<Option<Stored>> {
    let found: Option<(String, String, Vec<u8>)> = sqlx::query_as(
        "SELECT consent_id, date, request_sha256 FROM proof WHERE widget_id = $1 AND idempotency_key = $2",
    )
    .bind(i64::from(widget))
    .bind(&request.idempotency_key)
    .fetch_optional(pool)
    .await?;
    found
        .map(|(consent_id, stored_at, said)| {
            Ok(if said == request.sha256 {
                Stored::Kept { consent_id: row::uuid(&consent_id)?, date: row::date(&stored_at)? }
            } else {
                Stored::NameTaken
            })
        })
        .transpose()
}

pub async fn proof(pool: &Pool, consent_id: Uuid) -> Result<Option<Proof>> {
    sqlx::query(
        "SELECT consent_id, id, workspace_id, widget_id, version_key, session_id, date, date_expiration, type,
                type_device, consents, previous_consent_id, user_id
         FROM proof WHERE consent_id = $1",
    )
    .bind(consent_id.to_string())
    .fetch_optional(pool)
    .await?
    .map(|row| of_row(&row))
    .transpose()
}

fn of_row(found: &Row) -> Result<Proof> {
    let consent_id: String = found.try_get("consent_id")?;
    let corrupt = |what: &str| Error::Corrupt(format!("the {what} of proof {consent_id}"));
    let small =
        |column: &str| -> Result<u8> { u8::try_from(found.try_get::<i16, _>(column)?).map_err(|_| corrupt(column)) };
    let consents: &str = found.try_get("consents")?;
    Ok(Proof {
        id: found.try_get("id")?,
        session_id: found.try_get("session_id")?,
        date: found.try_get("date")?,
        date_expiration: found.try_get("date_expiration")?,
        kind: ProofType::try_from(small("type")?).map_err(|_| corrupt("type"))?,
        widget_id: row::number(found.try_get("widget_id")?)?,
        type_device: DeviceType::try_from(small("type_device")?).map_err(|_| corrupt("device"))?,
        work_space_id: row::number(found.try_get("workspace_id")?)?,
        consents: serde_json::from_str::<Consents<StoredConsent>>(consents).map_err(|_| corrupt("decisions"))?,
        widget_version: found.try_get("version_key")?,
        previous_consent_id: found.try_get("previous_consent_id")?,
        user_id: found.try_get("user_id")?,
        consent_id,
    })
}
