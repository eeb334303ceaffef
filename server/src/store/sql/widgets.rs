//! Widgets, their versions and their public keys.

use sqlx::Row as _;
use uuid::Uuid;

use super::{Pool, Row, begin, tokens};
use crate::{
    clock, seal,
    store::{Access, Error, GRANTED_FOR, Published, Result, row},
    token::TokenHash,
    widget::{
        Content, Version,
        check::{Claims, Wanted},
    },
};

pub async fn access(pool: &Pool, key: &str, widget: u32) -> Result<Access> {
    let found: Option<(Option<String>,)> = sqlx::query_as(
        "SELECT widget.version_key
         FROM public_key LEFT JOIN widget ON widget.id = $2 AND widget.workspace_id = public_key.workspace_id
         WHERE public_key.key = $1
         LIMIT 1",
    )
    .bind(key)
    .bind(i64::from(widget))
    .fetch_optional(pool)
    .await?;
    Ok(match found {
        None => Access::UnknownKey,
        Some((None,)) => Access::UnknownWidget,
        Some((Some(version_key),)) => Access::Granted { version_key: row::uuid(&version_key)? },
    })
}

pub async fn version(pool: &Pool, widget: u32, version_key: Uuid) -> Result<Option<Version>> {
    sqlx::query(
        "SELECT version_key, ask_key, published_at, content FROM widget_version
         WHERE version_key = $1 AND widget_id = $2",
    )
    .bind(version_key.to_string())
    .bind(i64::from(widget))
    .fetch_optional(pool)
    .await?
    .map(|row| of_row(&row))
    .transpose()
}

pub async fn version_in_force(pool: &Pool, widget: u32) -> Result<Option<Version>> {
    sqlx::query(
        "SELECT version_key, ask_key, published_at, content FROM widget JOIN widget_version USING (version_key)
         WHERE widget.id = $1",
    )
    .bind(i64::from(widget))
    .fetch_optional(pool)
    .await?
    .map(|row| of_row(&row))
    .transpose()
}

pub async fn versions(pool: &Pool, widget: u32) -> Result<Vec<Version>> {
    let rows = sqlx::query(
        "SELECT version_key, ask_key, published_at, content FROM widget_version
         WHERE widget_id = $1 ORDER BY version_key DESC",
    )
    .bind(i64::from(widget))
    .fetch_all(pool)
    .await?;
    rows.iter().map(of_row).collect()
}

pub async fn widgets(pool: &Pool) -> Result<Vec<Version>> {
    let rows = sqlx::query(
        "SELECT version_key, ask_key, published_at, content FROM widget JOIN widget_version USING (version_key)
         ORDER BY widget.id",
    )
    .fetch_all(pool)
    .await?;
    rows.iter().map(of_row).collect()
}

pub async fn claims(pool: &Pool, wanted: &Wanted) -> Result<Claims> {
    let mut claims = Claims::default();
    if let Some(id) = wanted.widget {
        let sql = "SELECT workspace_id FROM widget WHERE id = $1";
        let owner = sqlx::query_scalar(sql).bind(i64::from(id)).fetch_optional(pool).await?;
        claims.widget = owner.map(row::number).transpose()?;
    }
    for key in &wanted.keys {
        let sql = "SELECT workspace_id FROM public_key WHERE key = $1 LIMIT 1";
        if let Some(owner) = sqlx::query_scalar(sql).bind(key).fetch_optional(pool).await? {
            claims.keys.insert(key.clone(), row::number(owner)?);
        }
    }
    Ok(claims)
}

pub async fn publish(pool: &Pool, version: &Version, replaced: Option<Uuid>, token: TokenHash) -> Result<Published> {
    let Version { version_key, ask_key, published_at, sha256: _, content } = version;
    let version_key = version_key.to_string();
    let published_at = clock::iso(*published_at);
    let json = content.to_json().map_err(|error| Error::Corrupt(error.to_string()))?;
    let (widget, workspace) = (i64::from(content.id), i64::from(content.workspace));
    let mut transaction = begin(pool).await?;

    let new_workspace = sqlx::query("INSERT INTO workspace (id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(workspace)
        .bind(&published_at)
        .execute(&mut *transaction)
        .await?
        .rows_affected()
        == 1;
    if new_workspace {
        tokens::add_first(&mut transaction, content.workspace, token).await?;
    }

    sqlx::query(
        "INSERT INTO widget_version (version_key, widget_id, ask_key, published_at, content)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&version_key)
    .bind(widget)
    .bind(ask_key.to_string())
    .bind(&published_at)
    .bind(json)
    .execute(&mut *transaction)
    .await?;

    let in_force = match replaced {
        None => sqlx::query(
            "INSERT INTO widget (id, workspace_id, version_key, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
        )
        .bind(widget)
        .bind(workspace)
        .bind(&version_key)
        .bind(&published_at),
        Some(replaced) => {
            sqlx::query("UPDATE widget SET version_key = $3 WHERE id = $1 AND workspace_id = $2 AND version_key = $4")
                .bind(widget)
                .bind(workspace)
                .bind(&version_key)
                .bind(replaced.to_string())
        }
    };
    if in_force.execute(&mut *transaction).await?.rows_affected() != 1 {
        return Err(Error::Overtaken);
    }

    sqlx::query("DELETE FROM public_key WHERE widget_id = $1").bind(widget).execute(&mut *transaction).await?;
    for key in &content.keys {
        let added = sqlx::query(
            "INSERT INTO public_key (key, widget_id, workspace_id) SELECT $1, $2, $3
             WHERE NOT EXISTS (SELECT 1 FROM public_key WHERE key = $1 AND workspace_id <> $3)",
        )
        .bind(key)
        .bind(widget)
        .bind(workspace)
        .execute(&mut *transaction)
        .await?;
        if added.rows_affected() != 1 {
            return Err(Error::Overtaken);
        }
    }

    transaction.commit().await?;
    if replaced.is_some() {
        tokio::time::sleep(GRANTED_FOR).await;
    }
    Ok(Published { new_workspace })
}

fn of_row(found: &Row) -> Result<Version> {
    let (version_key, ask_key): (&str, &str) = (found.try_get("version_key")?, found.try_get("ask_key")?);
    let published_at: &str = found.try_get("published_at")?;
    let content: &str = found.try_get("content")?;
    let corrupt = |what: &str| Error::Corrupt(format!("{what} of version {version_key}"));
    let version_key = row::uuid(version_key)?;
    Ok(Version {
        version_key,
        ask_key: row::uuid(ask_key)?,
        published_at: clock::parse(published_at).ok_or_else(|| corrupt("the date"))?,
        sha256: seal::version(version_key, content),
        content: serde_json::from_str::<Content>(content)
            .map_err(|error| corrupt(&format!("the content ({error})")))?,
    })
}
