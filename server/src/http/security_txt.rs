//! `GET /.well-known/security.txt` (RFC 9116): the contact for vulnerability reports, if the operator has set one.

use std::{str::FromStr, time::Duration};

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use placet_protocol::Problem;
use url::Url;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{App, error::Error};
use crate::clock;

/// How long an answer is valid; RFC 9116 (2.5.5) recommends less than a year.
const VALID_FOR: Duration = Duration::from_hours(90 * 24);

/// The contact for vulnerability reports: a URI as RFC 9116 (2.5.3) requires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityContact(Url);

impl FromStr for SecurityContact {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const NO_CONTACT: &str = "this is no `mailto:`, `https:` or `tel:` address, as `mailto:security@example.com`";
        // The parser would drop line breaks, and write other characters in its own way.
        if text.chars().any(|each| each.is_control() || each.is_whitespace()) {
            return Err(NO_CONTACT);
        }
        let url = Url::parse(text).map_err(|_| NO_CONTACT)?;
        let is_contact = match url.scheme() {
            "https" => url.has_host(),
            "mailto" => url.path().split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()),
            "tel" => url.path().contains(|each: char| each.is_ascii_digit()),
            _ => false,
        };
        if is_contact { Ok(Self(url)) } else { Err(NO_CONTACT) }
    }
}

/// The resource.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(security_txt))
}

/// The contact for vulnerability reports (RFC 9116).
#[utoipa::path(
    get,
    path = "/.well-known/security.txt",
    tag = "Operation",
    responses(
        (status = 200, description = "The contact, and when this answer expires.", body = String),
        (status = 404, description = "The operator has set no contact.", body = Problem, content_type = "application/problem+json"),
    ),
)]
async fn security_txt(State(app): State<App>) -> Result<Response, Error> {
    match &app.security_contact {
        Some(contact) => {
            let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "max-age=86400")];
            Ok((plain, text(contact, clock::now())).into_response())
        }
        None => {
            Err(Error::NotFound("the operator of this server has set no contact (PLACET_SECURITY_CONTACT)".to_owned()))
        }
    }
}

fn text(SecurityContact(contact): &SecurityContact, now: Timestamp) -> String {
    let expires = now.checked_add(VALID_FOR).unwrap_or(Timestamp::MAX);
    format!("Contact: {contact}\nExpires: {}\n", clock::iso(expires))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn contact_and_expiry() {
        let contact = "mailto:security@example.com".parse().unwrap();
        let told = text(&contact, "2026-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(told, "Contact: mailto:security@example.com\nExpires: 2026-04-01T00:00:00.000Z\n");
    }

    #[test]
    fn a_contact_is_an_address() {
        for good in ["mailto:a@b.example", "https://example.com/report", "tel:+33-1-23-45-67-89"] {
            assert!(good.parse::<SecurityContact>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "security@example.com",
            "mailto:nobody",
            "mailto:@example.com",
            "tel:",
            "http://example.com/report",
            "https://",
            "javascript:alert(1)",
            "mailto:a@b.example\nExpires: 2999-01-01T00:00:00Z",
            "mailto:a@b.example Policy:",
        ] {
            assert!(bad.parse::<SecurityContact>().is_err(), "{bad}");
        }
    }
}
