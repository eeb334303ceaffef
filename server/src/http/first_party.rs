//! The choice's cookie, set by HTTP where the server is a part of the site.
//!
//! Safari keeps what a script has set for seven days, and what an answer of the site has set for as long as it says (WebKit,
//! "Intelligent Tracking Prevention 2.1"). So the answers to a posted choice and to the request for the configuration set the
//! cookie that the browser has shown once more: the same text, for the rest of its life. Browsers show it to a server of the
//! page's own host, or, with the widget's cookie domain, of the same registrable domain; never to another site's
//! (`SameSite=Lax`).

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use placet_choice::{Kept, cookie};
use placet_protocol::CookieSettings;

use super::{
    App,
    access::{Access, Asked, access},
    cors, parameter, text,
};
use crate::{clock, origin::Origin, widget::Version};

/// Sets the newest cookie of a choice that a request shows again, for the rest of its life, if the choice still stands. The
/// answer is then for this visitor only.
pub fn renew(mut answer: Response, version: &Version, request: &HeaderMap, now: Timestamp) -> Response {
    if let Some(line) = renewal(&version.content.cookie, &version.ask_key.to_string(), request, clock::seconds(now)) {
        set(&mut answer, &line);
    }
    answer
}

/// Sets the cookie of a choice that was just made, if the server is a part of the page's site.
pub fn set_first(mut answer: Response, version: &Version, request: &HeaderMap, line: &str) -> Response {
    let is_own = match version.content.cookie.domain {
        Some(_) => page(request).is_some_and(|page| shares_domain(version, &page)) && !is_cross_site(request),
        None => site(request) == Some("same-origin"),
    };
    if is_own {
        set(&mut answer, line);
    }
    answer
}

fn set(answer: &mut Response, line: &str) {
    let Ok(line) = HeaderValue::try_from(line) else { return };
    let headers = answer.headers_mut();
    headers.insert(header::SET_COOKIE, line);
    // A cache that keeps the answer would set one visitor's choice for all (RFC 9111, 7.3).
    let cache = if headers.get(header::CACHE_CONTROL).is_some_and(|value| value == "no-store") {
        "no-store"
    } else {
        "private, no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
}

/// The line that sets the newest of the shown cookies again; `now` in seconds since 1970.
fn renewal(settings: &CookieSettings, ask_key: &str, request: &HeaderMap, now: u64) -> Option<String> {
    // HTTP/2 may send each cookie in a field of its own (RFC 9113, 8.2.3).
    let fields = request.get_all(header::COOKIE).iter().filter_map(|field| field.to_str().ok());
    let (value, kept) = fields
        .flat_map(|field| cookie::values(field, &settings.name))
        .filter_map(|value| Some((value, Kept::decode(value)?)))
        .max_by_key(|(_, kept)| kept.decided_at)?;
    let is_of_future = kept.decided_at > now.saturating_add(cookie::DAY);
    // A clock that goes ahead makes no longer life.
    let rest = cookie::expiry(kept.decided_at.min(now), settings.days).saturating_sub(now);
    let stands = rest > 0 && !is_of_future && kept.ask_key == ask_key;
    let is_secure = page(request)?.is_https();
    stands.then(|| cookie::line(settings, value, rest, is_secure))
}

/// The page that sends a request.
fn page(request: &HeaderMap) -> Option<Origin> {
    Origin::from_header(text(request, header::ORIGIN).or_else(|| text(request, header::REFERER))?)
}

/// How the site of the page is related to the server's, as the browser says (W3C Fetch Metadata, 2.3).
fn site(request: &HeaderMap) -> Option<&str> {
    text(request, HeaderName::from_static("sec-fetch-site"))
}

/// Whether the browser says that the page is of another site.
pub fn is_cross_site(request: &HeaderMap) -> bool {
    site(request) == Some("cross-site")
}

/// Whether a page is of the domain that the widget's cookie is for.
fn shares_domain(version: &Version, page: &Origin) -> bool {
    version.content.cookie.domain.as_deref().is_some_and(|domain| page.is_within(domain))
}

/// Lets pages of the widget's cookie domain, and no others, send cookies along and have answers set them.
pub async fn share_cookies(State(app): State<App>, request: Request, next: Next) -> Response {
    let own = match origin_and_widget(&request) {
        Some((origin, page, asked)) if is_of_domain(&app, &page, &asked).await => Some(origin),
        _ => None,
    };
    let mut answer =
        if cors::is_preflight(&request) { cors::allowed().into_response() } else { next.run(request).await };
    if let Some(origin) = own {
        let headers = answer.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.append(header::VARY, HeaderValue::from_static("Origin, Sec-Fetch-Site"));
    }
    answer
}

/// The origin of the page that sends a request, and the widget that it is about; `None` if the page is of another site.
fn origin_and_widget(request: &Request) -> Option<(HeaderValue, Origin, Asked)> {
    if is_cross_site(request.headers()) {
        return None;
    }
    let origin = request.headers().get(header::ORIGIN)?;
    let page = Origin::from_header(origin.to_str().ok()?)?;
    let mut path = request.uri().path().split('/').skip_while(|part| *part != "widgets").skip(1);
    let asked = (parameter(request.uri(), "key")?, path.next()?.parse().ok()?);
    Some((origin.clone(), page, asked))
}

async fn is_of_domain(app: &App, page: &Origin, asked: &Asked) -> bool {
    matches!(access(app, asked).await, Ok(Access::Granted(version)) if shares_domain(&version, page))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAYS: u64 = 180 * cookie::DAY;
    const NOW: u64 = 1_800_000_000;

    fn settings(domain: Option<&str>) -> CookieSettings {
        CookieSettings { name: "euconsent".to_owned(), days: 180, domain: domain.map(str::to_owned) }
    }

    fn value(drift: bool, at: u64) -> String {
        format!("%7B%22drift%22%3A{drift}%2C%22%24v%22%3A%22a%22%2C%22%24t%22%3A{at}%7D")
    }

    fn renewed(domain: Option<&str>, page: &'static str, cookies: &[String]) -> Option<String> {
        let mut request = HeaderMap::new();
        request.insert(header::ORIGIN, HeaderValue::from_static(page));
        for cookies in cookies {
            request.append(header::COOKIE, HeaderValue::try_from(cookies).unwrap());
        }
        renewal(&settings(domain), "a", &request, NOW)
    }

    #[test]
    fn the_same_text_is_set_for_the_rest_of_its_life() {
        let value = value(true, NOW - 10);
        let line = renewed(Some("shop.example"), "https://www.shop.example", &[format!("a=1; euconsent={value}; b=2")]);
        let rest = DAYS - 10;
        let expected = format!("euconsent={value}; Path=/; SameSite=Lax; Max-Age={rest}; Domain=shop.example; Secure");
        assert_eq!(line.unwrap(), expected);
        let line = renewed(None, "http://localhost:8080", &[format!("euconsent={value}")]).unwrap();
        assert_eq!(line, format!("euconsent={value}; Path=/; SameSite=Lax; Max-Age={rest}"));
    }

    #[test]
    fn of_several_the_newest_is_set() {
        let [old, new] = [value(true, NOW - 100), value(false, NOW - 5)];
        for cookies in [
            vec![format!("euconsent={old}; euconsent={new}")],
            vec![format!("euconsent={new}"), format!("euconsent={old}")],
        ] {
            assert!(renewed(None, "https://shop.example", &cookies).unwrap().contains(&new));
        }
    }

    #[test]
    fn what_is_no_choice_or_is_over_is_not_set() {
        for value in [value(true, NOW - DAYS), value(true, NOW + 2 * cookie::DAY), "x".to_owned(), String::new()] {
            assert_eq!(renewed(None, "https://shop.example", &[format!("euconsent={value}")]), None);
        }
        assert_eq!(renewed(None, "https://shop.example", &[format!("other={}", value(true, NOW))]), None);
        assert_eq!(renewed(None, "null", &[format!("euconsent={}", value(true, NOW))]), None);
        let ahead = value(true, NOW + 60);
        let line = renewed(None, "https://shop.example", &[format!("euconsent={ahead}")]).unwrap();
        assert!(line.contains(&format!("Max-Age={DAYS};")), "{line}");
    }
}
