//! What the resources for administrators share: whose admin token a request shows, what is recorded of it, and what its
//! query asks for.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, Uri, header, request::Parts},
};

use super::{App, client::Client, error::Error, parameter, text};
use crate::{
    audit_log::{Action, Actor, AuditRecord, Outcome},
    clock,
    token::{AdminToken, Opened, Rights, TokenName},
};

/// Nobody but the administrator is to see an answer.
pub const NOT_STORED: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// What a request shows of its sender.
pub struct Caller {
    token: Option<AdminToken>,
    client: Option<Client>,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        let token = text(&parts.headers, header::AUTHORIZATION)
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .and_then(|(_, token)| AdminToken::new(token.trim()));
        Ok(Self { token, client: parts.extensions.get().copied() })
    }
}

impl Caller {
    /// The administrator whose token the request shows, if the token allows what is to be done. The token is looked up each
    /// time: one that was revoked or has expired opens nothing any more. A client that has shown too many wrong ones is put
    /// off before it is looked up.
    pub async fn authorize(&self, app: &App, needed: Rights, action: Action) -> Result<Administrator, Error> {
        let Some(token) = &self.token else {
            return Err(Error::Unauthorized("send your workspace's admin token: `Authorization: Bearer TOKEN`"));
        };
        if let Some(client) = self.client {
            app.limits.check_tokens(client)?;
        }
        let refusal = match app.store.opened_by(token.hash()).await? {
            Some(opened) if !opened.has_expired(clock::now()) => {
                let Opened { workspace, name, rights, .. } = opened;
                let administrator = Administrator { workspace, name, action };
                if rights >= needed {
                    return Ok(administrator);
                }
                administrator.record(app, None, Outcome::Denied, None)?;
                return Err(Error::ReadOnly);
            }
            Some(_) => "this admin token has expired; make another one: `placet-server token add NAME`",
            None => "this admin token opens no workspace; check that it was copied whole and has not been revoked",
        };
        app.audit_log.count_failed();
        if let Some(client) = self.client {
            app.limits.count_failed_token(client)?;
        }
        Err(Error::Unauthorized(refusal))
    }
}

/// The holder of an admin token that allows what they are about to do.
pub struct Administrator {
    workspace: u32,
    name: TokenName,
    action: Action,
}

impl Administrator {
    /// The workspace that the token opens.
    pub fn workspace(&self) -> u32 {
        self.workspace
    }

    /// Records what was done. To be called before the answer is given: what can't be recorded does not happen.
    pub fn record(
        &self,
        app: &App,
        subject: Option<String>,
        outcome: Outcome,
        count: Option<u64>,
    ) -> Result<(), Error> {
        Ok(app.audit_log.record(self.audit_record(subject, outcome, count))?)
    }

    /// The same, and waits until the record is on disk.
    pub async fn record_durably(
        &self,
        app: &App,
        subject: Option<String>,
        outcome: Outcome,
        count: Option<u64>,
    ) -> Result<(), Error> {
        Ok(app.audit_log.record_durably(self.audit_record(subject, outcome, count)).await?)
    }

    fn audit_record(&self, subject: Option<String>, outcome: Outcome, count: Option<u64>) -> AuditRecord {
        let record = AuditRecord::new(Actor::Token(self.name.clone()), Some(self.workspace), self.action, outcome);
        AuditRecord { subject, count, ..record }
    }
}

/// A parameter of the query, if it is there.
///
/// # Errors
///
/// That it is `fault`, if `read` cannot read it.
pub fn asked<T>(uri: &Uri, name: &str, read: impl FnOnce(&str) -> Option<T>, fault: &str) -> Result<Option<T>, Error> {
    parameter(uri, name).map(|text| read(&text).ok_or_else(|| Error::query(name, fault))).transpose()
}
