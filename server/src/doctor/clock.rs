//! Clocks and certificates: what the answers say of time.

use cms::cert::x509::Certificate;
use der::Decode;
use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimeParser};
use url::Url;

use super::{
    fetch::Answer,
    finding::{Check, Finding},
};

/// How far clocks may be apart.
const APART: SignedDuration = SignedDuration::from_mins(5);
/// How long before its end a certificate should have been renewed.
const RENEWAL: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Compares the clocks of the page's server and of the consent server with this machine's.
pub fn examine(answers: &[(&str, &Answer)]) -> Vec<Finding> {
    let told: Vec<_> = answers.iter().filter_map(|(who, answer)| Some((who, answer, date(answer)?))).collect();
    let apart = told.iter().filter(|(_, answer, date)| answer.at.duration_since(*date).abs() > APART);
    let mut findings: Vec<_> = apart
        .map(|(who, answer, date)| {
            let sentence = format!(
                "the clock of {who} says {date}, this machine's {}; set the one that is wrong (NTP): proofs and cookies are dated by it",
                crate::clock::iso(answer.at)
            );
            Finding::warning(Check::Clock, sentence)
        })
        .collect();
    if findings.is_empty() {
        findings.push(match told.len() {
            0 => Finding::warning(Check::Clock, "no answer has a Date, so no clock could be compared"),
            _ => Finding::ok(Check::Clock, "the servers' clocks and this machine's agree"),
        });
    }
    findings
}

/// When an answer was sent, by the sender's clock, however long it has lain in a cache (RFC 9110, 6.6.1; RFC 9111, 5.1).
fn date(answer: &Answer) -> Option<Timestamp> {
    let date = DateTimeParser::new().parse_timestamp(answer.header("date")?).ok()?;
    let age = answer.header("age").and_then(|age| age.parse().ok()).unwrap_or(0);
    date.checked_add(SignedDuration::from_secs(age)).ok()
}

/// Says whether page and server come encrypted, with certificates that last.
pub fn examine_tls(page: &Answer, server: Option<&Answer>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut hosts = Vec::new();
    for (who, answer) in [("the page", Some(page)), ("the server", server)] {
        let Some(answer) = answer else { continue };
        let host = answer.address.host_str().unwrap_or_default();
        if answer.address.scheme() == "http" && !is_local(&answer.address) {
            let sentence = format!(
                "{who} ({host}) comes over http, which anybody between can read and change; serve it over https"
            );
            findings.push(Finding::warning(Check::Tls, sentence));
        }
        let Some(end) = answer.certificate.as_deref().and_then(not_after) else { continue };
        hosts.push(format!("{host} until {end}"));
        if end.duration_since(answer.at) < RENEWAL {
            let sentence = format!("the certificate of {host} ends at {end}; renew it");
            findings.push(Finding::warning(Check::Tls, sentence));
        }
    }
    if findings.is_empty() {
        hosts.dedup();
        findings.push(if hosts.is_empty() {
            Finding::ok(Check::Tls, "page and server are on this machine, where http does")
        } else {
            Finding::ok(Check::Tls, format!("certificates that are trusted: {}", hosts.join(", ")))
        });
    }
    findings
}

fn is_local(address: &Url) -> bool {
    address.host().is_some_and(|host| crate::origin::is_loopback(&host))
}

/// When a certificate ends.
fn not_after(certificate: &[u8]) -> Option<Timestamp> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let since = certificate.tbs_certificate.validity.not_after.to_unix_duration();
    Timestamp::from_second(i64::try_from(since.as_secs()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict;

    const NOW: &str = "2026-11-27T08:00:00Z";

    fn answer(address: &str, headers: &[(&'static str, &str)]) -> Answer {
        let at = NOW.parse().unwrap();
        Answer { at, ..Answer::fake(Url::parse(address).unwrap(), 200, headers, "") }
    }

    #[test]
    fn a_clock_that_is_wrong_is_told() {
        let told = |headers: &[(&'static str, &str)]| {
            examine(&[("the page", &answer("https://a.example/", headers))]).remove(0)
        };
        for headers in [
            vec![("date", "Fri, 27 Nov 2026 07:56:00 GMT")],
            vec![("date", "Fri, 27 Nov 2026 08:04:00 GMT")],
            // From a cache.
            vec![("date", "Fri, 27 Nov 2026 07:00:00 GMT"), ("age", "3600")],
        ] {
            assert_eq!(told(&headers).verdict, Verdict::Ok, "{headers:?}");
        }
        let wrong = told(&[("date", "Fri, 27 Nov 2026 08:06:00 GMT")]);
        assert!(
            wrong.verdict == Verdict::Warning
                && wrong.sentence.contains("the clock of the page says 2026-11-27T08:06:00Z"),
            "{wrong}"
        );
        assert_eq!(told(&[]).verdict, Verdict::Warning);
        assert_eq!(told(&[("date", "yesterday")]).verdict, Verdict::Warning);
    }

    #[test]
    fn encryption_and_its_end_are_told() {
        let certificate = |end: Timestamp| {
            let mut params = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
            let (year, month, day) = {
                let day = crate::clock::day(end);
                (day.year(), day.month(), day.day())
            };
            params.not_after =
                rcgen::date_time_ymd(i32::from(year), u8::try_from(month).unwrap(), u8::try_from(day).unwrap());
            let certificate = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
            Answer { certificate: Some(certificate.der().to_vec()), ..answer("https://a.example/", &[]) }
        };
        let now: Timestamp = NOW.parse().unwrap();
        let lasting = certificate(crate::clock::days_later(now, 20));
        let told = examine_tls(&lasting, Some(&lasting)).remove(0);
        assert!(
            told.verdict == Verdict::Ok && told.sentence.ends_with("a.example until 2026-12-17T00:00:00Z"),
            "{told}"
        );
        let ending = examine_tls(&certificate(crate::clock::days_later(now, 10)), None).remove(0);
        assert!(ending.verdict == Verdict::Warning && ending.sentence.contains("renew it"), "{ending}");
        let plain = answer("http://shop.example/", &[]);
        assert_eq!(examine_tls(&plain, Some(&plain)).len(), 2);
        assert_eq!(examine_tls(&answer("http://localhost:1/", &[]), None)[0].verdict, Verdict::Ok);
    }
}
