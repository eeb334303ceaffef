//! Workspaces and the admin tokens that open them.

use jiff::Timestamp;
use sqlx::Row as _;

use super::{Connection, Pool, begin};
use crate::{
    audit_log::USED_EVERY,
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

pub async fn add_token(
    pool: &Pool,
    workspace: u32,
    name: &TokenName,
    rights: Rights,
    expires_at: Option<Timestamp>,
    token: TokenHash,
) -> Result<()> {
    let mut transaction = begin(pool).await?;
    let sql = "SELECT 1 FROM admin_token WHERE workspace_id = $1 AND name = $2";
    let same_name = sqlx::query(sql).bind(i64::from(workspace)).bind(name.to_string());
    if same_name.fetch_optional(&mut *transaction).await?.is_some() {
        return Err(Error::TokenNameTaken(workspace));
    }
    add(&mut transaction, workspace, &name.to_string(), rights, expires_at, token).await?;
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
    let sql = "SELECT workspace_id, name, rights, created_at, expires_at, last_used_at FROM admin_token
               ORDER BY workspace_id, name";
    let rows = sqlx::query(sql).fetch_all(pool).await?;
    let tokens = rows.iter().map(|found| {
        let date = |column: &str| found.try_get::<Option<&str>, _>(column)?.map(row::date).transpose();
        Ok(KnownToken {
            workspace: row::number(found.try_get("workspace_id")?)?,
            name: name(found.try_get("name")?)?,
            rights: rights(found.try_get("rights")?)?,
            created_at: row::date(found.try_get("created_at")?)?,
            expires_at: date("expires_at")?,
            last_used_at: date("last_used_at")?,
        })
    });
    tokens.collect()
}

pub async fn opened_by(pool: &Pool, token: TokenHash) -> Result<Option<Opened>> {
    let sql = "SELECT token_sha256, workspace_id, rights, name, expires_at FROM admin_token WHERE selector = $1";
    let candidates = sqlx::query(sql).bind(i64::from(token.selector())).fetch_all(pool).await?;
    let mut found = None;
    for candidate in candidates {
        if TokenHash::from_bytes(row::bytes(candidate.try_get("token_sha256")?)?).matches(&token) {
            found = Some(Opened {
                workspace: row::number(candidate.try_get("workspace_id")?)?,
                name: name(candidate.try_get("name")?)?,
                rights: rights(candidate.try_get("rights")?)?,
                expires_at: candidate.try_get::<Option<&str>, _>("expires_at")?.map(row::date).transpose()?,
            });
        }
    }
    Ok(found)
}

pub async fn touch(pool: &Pool, workspace: u32, name: &TokenName, at: Timestamp) -> Result<()> {
    sqlx::query(
        "UPDATE admin_token SET last_used_at = $3
         WHERE workspace_id = $1 AND name = $2 AND (last_used_at IS NULL OR last_used_at < $4)",
    )
    .bind(i64::from(workspace))
    .bind(name.to_string())
    .bind(clock::iso(at))
    .bind(clock::iso(at.saturating_sub(USED_EVERY).unwrap_or(at)))
    .execute(pool)
    .await?;
    Ok(())
}

/// Adds the first admin token of a workspace, which may do everything.
pub async fn add_first(transaction: &mut Connection, workspace: u32, token: TokenHash) -> Result<()> {
    add(transaction, workspace, TokenName::FIRST, Rights::Full, None, token).await
}

async fn add(
    transaction: &mut Connection,
    workspace: u32,
    name: &str,
    rights: Rights,
    expires_at: Option<Timestamp>,
    token: TokenHash,
) -> Result<()> {
    let added = sqlx::query(
        "INSERT INTO admin_token (token_sha256, selector, workspace_id, created_at, name, rights, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(token.as_bytes())
    .bind(i64::from(token.selector()))
    .bind(i64::from(workspace))
    .bind(clock::iso(clock::now()))
    .bind(name)
    .bind(i16::from(rights as u8))
    .bind(expires_at.map(clock::iso))
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

fn name(kept: &str) -> Result<TokenName> {
    kept.parse().map_err(|_| Error::Corrupt(format!("`{kept}` in the place of a token's name")))
}

fn rights(kept: i16) -> Result<Rights> {
    let rights = u8::try_from(kept).ok().and_then(Rights::from_number);
    rights.ok_or_else(|| Error::Corrupt(format!("{kept} in the place of a token's rights")))
}
