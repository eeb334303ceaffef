//! The secret under which the idempotency keys and bodies of requests are hashed.

use super::Pool;
use crate::{
    idempotency::RequestSecret,
    store::{Error, Result, row},
};

/// The database's secret, which is made if there is none yet. Of two servers that start at once, one makes it.
pub async fn secret(pool: &Pool) -> Result<RequestSecret> {
    if let Some(secret) = find(pool).await? {
        return Ok(secret);
    }
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| Error::Unavailable(error.to_string()))?;
    sqlx::query("INSERT INTO request_secret (id, secret) VALUES (1, $1) ON CONFLICT DO NOTHING")
        .bind(secret.as_slice())
        .execute(pool)
        .await?;
    find(pool).await?.ok_or_else(|| Error::Corrupt("no secret for the hashes of requests".to_owned()))
}

async fn find(pool: &Pool) -> Result<Option<RequestSecret>> {
    let secret: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT secret FROM request_secret WHERE id = 1").fetch_optional(pool).await?;
    secret.map(|secret| Ok(RequestSecret::from_bytes(&row::bytes(&secret)?))).transpose()
}
