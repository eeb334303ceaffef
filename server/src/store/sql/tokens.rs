//! Workspaces and the admin tokens that open them.

use sqlx::Row as _;

use super::{Connection, Pool, begin};
use crate::{
    clock,
    store::{Error, Result, row},
    token::{KnownToken, Opened, Rights, TokenHash, TokenName},
};

pub async fn workspaces(pool: &Pool) -> Result<Vec<u32>> {
    let numbers: Vec<i64> = sqlx::query_scalar("SELECT id FROM workspace ORDER BY id").fetch_all(pool).await?;
    numbers.into_iter().map(row::number).collect()
}

pub async fn set_admin_token(pool: &Pool, workspace: u32, token: TokenHash) -> Result<()> {
    let mut transaction = begin(pool).await?;
    forget(&mut transaction, workspace, TokenName::FIRST).await?;
    add_first(&mut transaction, workspace, token).await?;
    transaction.commit().await?;
    Ok(())
}

pub async fn add_token(pool: &Pool, workspace: u32, name: &TokenName, rights: Rights, token: TokenHash) -> Result<()> {
    let mut transaction = begin(pool).await?;
    let sql = "SELECT 1 FROM admin_token WHERE workspace_id = $1 AND name = $2";
    let same_name = sqlx::query(sql).bind(i64::from(workspace)).bind(name.to_string());
    if same_name.fetch_optional(&mut *transaction).await?.is_some() {
        return Err(Error::TokenNameTaken(workspace));
    }
    add(&mut transaction, workspace, &name.to_string(), rights, token).await?;
    transaction.commit().await?;
    Ok(())
}

pub async fn revoke(pool: &Pool, workspace: u32, name: &TokenName) -> Result<bool> {
    let mut transaction = begin(pool).await?;
    let was_there = forget(&mut transaction, workspace, &name.to_string()).await?;
    transaction.commit().await?;
    Ok(was_there)
}

pub async fn all(pool: &Pool) -> Result<Vec<KnownToken>> {
    let sql = "SELECT workspace_id, name, rights, created_at FROM admin_token ORDER BY workspace_id, name";
    let rows = sqlx::query(sql).fetch_all(pool).await?;
    let tokens = rows.iter().map(|found| {
        let (name, created_at): (&str, &str) = (found.try_get("name")?, found.try_get("created_at")?);
        Ok(KnownToken {
            workspace: row::number(found.try_get("workspace_id")?)?,
            name: name.parse().map_err(|_| Error::Corrupt(format!("`{name}` in the place of a token's name")))?,
            rights: rights(found.try_get("rights")?)?,
            created_at: row::date(created_at)?,
        })
    });
    tokens.collect()
}

pub async fn opened_by(pool: &Pool, token: TokenHash) -> Result<Option<Opened>> {
    let candidates: Vec<(Vec<u8>, i64, i16)> =
        sqlx::query_as("SELECT token_sha256, workspace_id, rights FROM admin_token WHERE selector = $1")
            .bind(i64::from(token.selector()))
            .fetch_all(pool)
            .await?;
    let mut found = None;
    for (kept, workspace, number) in candidates {
        let kept = kept.try_into().map_err(|_| Error::Corrupt("an admin token's hash".to_owned()))?;
        if TokenHash::from_bytes(kept).matches(&token) {
            found = Some(Opened { workspace: row::number(workspace)?, rights: rights(number)? });
        }
    }
    Ok(found)
}

/// Adds the first admin token of a workspace, which may do everything.
pub async fn add_first(transaction: &mut Connection, workspace: u32, token: TokenHash) -> Result<()> {
    add(transaction, workspace, TokenName::FIRST, Rights::Full, token).await
}

async fn add(transaction: &mut Connection, workspace: u32, name: &str, rights: Rights, token: TokenHash) -> Result<()> {
    let added = sqlx::query(
        "INSERT INTO admin_token (token_sha256, selector, workspace_id, created_at, name, rights)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(token.as_bytes())
    .bind(i64::from(token.selector()))
    .bind(i64::from(workspace))
    .bind(clock::iso(clock::now()))
    .bind(name)
    .bind(i16::from(rights as u8))
    .execute(&mut *transaction)
    .await?;
    if added.rows_affected() != 1 {
        let sql = "SELECT workspace_id FROM admin_token WHERE token_sha256 = $1";
        let owner = sqlx::query_scalar(sql).bind(token.as_bytes()).fetch_one(&mut *transaction).await?;
        return Err(Error::TokenTaken(row::number(owner)?));
    }
    Ok(())
}

/// Forgets an admin token; answers whether there was one.
async fn forget(transaction: &mut Connection, workspace: u32, name: &str) -> Result<bool> {
    let gone = sqlx::query("DELETE FROM admin_token WHERE workspace_id = $1 AND name = $2")
        .bind(i64::from(workspace))
        .bind(name)
        .execute(transaction)
        .await?;
    Ok(gone.rows_affected() > 0)
}

fn rights(kept: i16) -> Result<Rights> {
    let rights = u8::try_from(kept).ok().and_then(Rights::from_number);
    rights.ok_or_else(|| Error::Corrupt(format!("{kept} in the place of a token's rights")))
}
