//! Workspaces and the admin tokens that open them.

use super::{Connection, Pool, begin};
use crate::{
    clock,
    store::{Error, Result, row},
    token::TokenHash,
};

pub async fn workspaces(pool: &Pool) -> Result<Vec<u32>> {
    let numbers: Vec<i64> = sqlx::query_scalar("SELECT id FROM workspace ORDER BY id").fetch_all(pool).await?;
    numbers.into_iter().map(row::number).collect()
}

pub async fn set_admin_token(pool: &Pool, workspace: u32, token: TokenHash) -> Result<()> {
    let mut transaction = begin(pool).await?;
    sqlx::query("DELETE FROM admin_token WHERE workspace_id = $1")
        .bind(i64::from(workspace))
        .execute(&mut *transaction)
        .await?;
    add(&mut transaction, workspace, token).await?;
    transaction.commit().await?;
    Ok(())
}

pub async fn workspace_of(pool: &Pool, token: TokenHash) -> Result<Option<u32>> {
    let candidates: Vec<(Vec<u8>, i64)> =
        sqlx::query_as("SELECT token_sha256, workspace_id FROM admin_token WHERE selector = $1")
            .bind(i64::from(token.selector()))
            .fetch_all(pool)
            .await?;
    let mut found = None;
    for (kept, workspace) in candidates {
        let kept = kept.try_into().map_err(|_| Error::Corrupt("an admin token's hash".to_owned()))?;
        if TokenHash::from_bytes(kept).matches(&token) {
            found = Some(row::number(workspace)?);
        }
    }
    Ok(found)
}

/// Adds an admin token to those of a workspace.
pub async fn add(transaction: &mut Connection, workspace: u32, token: TokenHash) -> Result<()> {
    let added = sqlx::query(
        "INSERT INTO admin_token (token_sha256, selector, workspace_id, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
    )
    .bind(token.as_bytes())
    .bind(i64::from(token.selector()))
    .bind(i64::from(workspace))
    .bind(clock::iso(clock::now()))
    .execute(&mut *transaction)
    .await?;
    if added.rows_affected() != 1 {
        let sql = "SELECT workspace_id FROM admin_token WHERE token_sha256 = $1";
        let owner = sqlx::query_scalar(sql).bind(token.as_bytes()).fetch_one(&mut *transaction).await?;
        return Err(Error::TokenTaken(row::number(owner)?));
    }
    Ok(())
}
