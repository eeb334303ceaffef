//! Files of the SDK, those of other versions of the server included.

use jiff::Timestamp;

use super::{Pool, begin};
use crate::{
    clock,
    store::{FORGOTTEN_AFTER, Result, SdkFile},
};

pub async fn keep(pool: &Pool, files: &[SdkFile], now: Timestamp) -> Result<()> {
    let mut transaction = begin(pool).await?;
    sqlx::query("UPDATE sdk_file SET replaced_at = $1 WHERE replaced_at IS NULL")
        .bind(clock::iso(now))
        .execute(&mut *transaction)
        .await?;
    for SdkFile { name, content } in files {
        sqlx::query(
            "INSERT INTO sdk_file (name, content) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET content = $2, replaced_at = NULL",
        )
        .bind(name)
        .bind(content)
        .execute(&mut *transaction)
        .await?;
    }
    sqlx::query("DELETE FROM sdk_file WHERE replaced_at < $1")
        .bind(clock::iso(now.checked_sub(FORGOTTEN_AFTER).unwrap_or(now)))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

pub async fn find(pool: &Pool, name: &str) -> Result<Option<SdkFile>> {
    let found: Option<(Vec<u8>,)> =
        sqlx::query_as("SELECT content FROM sdk_file WHERE name = $1").bind(name).fetch_optional(pool).await?;
    Ok(found.map(|(content,)| SdkFile { name: name.to_owned(), content }))
}
