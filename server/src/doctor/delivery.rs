//! How the SDK's files arrive: what a proxy or CDN between has made of the server's headers.

use super::{
    fetch::{Answer, FetchError},
    finding::{Check, Finding},
    snippet::Snippet,
};

/// What the server says of `placet.js` (`http/sdk.rs`), in seconds.
const ONE_DAY: u64 = 86_400;
/// What a script's type has to be, as the server forbids browsers to guess (`nosniff`).
const JAVASCRIPT: &[&str] = &["text/javascript", "application/javascript", "application/x-javascript"];

/// The answers to look at.
#[derive(Debug)]
pub struct Delivery<'a> {
    /// `placet.js`.
    pub script: &'a Answer,
    /// The same asked for once more with the tag that the first came with, if it had one.
    pub again: Option<Result<Answer, FetchError>>,
    /// A file that `placet.js` names, with a hash in its name.
    pub part: Option<Result<Answer, FetchError>>,
}

/// The name of a file with a hash of its content, in the text of `placet.js`.
pub fn part_name(script: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(script);
    let names =
        text.match_indices("placet-").filter_map(|(at, _)| text.get(at..at + "placet-0123456789abcdef.js".len()));
    let mut names = names.filter(|name| {
        let hash = name.strip_prefix("placet-").and_then(|rest| rest.strip_suffix(".js"));
        hash.is_some_and(|hash| hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
    });
    names.next().map(str::to_owned)
}

/// Says whether the snippet's file can be used at all. If not, no more needs to be said of it.
pub fn examine_script(answer: &Result<Answer, FetchError>, snippet: &Snippet) -> Vec<Finding> {
    let address = &snippet.address;
    let answer = match answer {
        Ok(answer) => answer,
        Err(reason) => return vec![Finding::error(Check::Snippet, format!("{address} cannot be loaded: {reason}"))],
    };
    let mut findings = Vec::new();
    if let Some(first) = answer.redirected.first() {
        let sentence = format!(
            "{first} redirects to {}, which delays each page; write that address into the snippet",
            answer.address
        );
        findings.push(if answer.address.scheme() == "http" && first.scheme() == "https" {
            Finding::error(
                Check::Snippet,
                format!("{first} redirects to http, which browsers do not follow from a page of https"),
            )
        } else {
            Finding::warning(Check::Snippet, sentence)
        });
    }
    let kind = answer.header("content-type").unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if answer.status != 200 {
        findings.push(Finding::error(Check::Snippet, format!("{address} answers {}, and no script", answer.status)));
    } else if !JAVASCRIPT.contains(&essence.as_str()) {
        let sentence =
            format!("{address} comes as `{kind}`, which browsers do not run; does a proxy answer in Placet's place?");
        findings.push(Finding::error(Check::Snippet, sentence));
    }
    findings
}

/// Says whether compression and caching have come through.
pub fn examine(delivery: &Delivery) -> Vec<Finding> {
    let mut findings = vec![compression(delivery)];
    findings.extend(caching(delivery));
    findings
}

fn compression(delivery: &Delivery) -> Finding {
    let encoding = |answer: &Answer| answer.header("content-encoding").unwrap_or("identity").to_ascii_lowercase();
    let files = [Some(delivery.script), delivery.part.as_ref().and_then(|part| part.as_ref().ok())];
    let plain =
        files.iter().flatten().find(|file| !matches!(encoding(file).as_str(), "br" | "gzip" | "zstd" | "deflate"));
    if let Some(plain) = plain {
        let sentence = format!(
            "{} comes as {} bytes, not compressed; have the proxy pass on the request's Accept-Encoding and leave the \
             answer's Content-Encoding as it is",
            file_name(plain),
            plain.body.len()
        );
        return Finding::warning(Check::Compression, sentence);
    }
    let varies = delivery.script.headers.get_all("vary").iter().filter_map(|value| value.to_str().ok());
    let mut varies = varies.flat_map(|value| value.split(',')).map(str::trim);
    if !varies.any(|name| name.eq_ignore_ascii_case("accept-encoding") || name == "*") {
        let sentence = "compressed, but without `Vary: Accept-Encoding`: a cache between may send it to who cannot read it; \
                        have the proxy leave Vary as it is";
        return Finding::warning(Check::Compression, sentence);
    }
    Finding::ok(Check::Compression, format!("placet.js comes compressed with {}", encoding(delivery.script)))
}

fn caching(delivery: &Delivery) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut warn = |sentence: String| findings.push(Finding::warning(Check::Caching, sentence));
    let says = delivery.script.header("cache-control").unwrap_or_default();
    let control = Control::parse(says);
    if control.has("no-store") {
        warn("placet.js comes with `no-store`, as for a widget that is not published, or by a proxy's rule; it is loaded anew on each page".to_owned());
    } else if control.max_age() != Some(ONE_DAY) || control.has("private") || control.has("no-cache") {
        warn(format!(
            "placet.js comes with `Cache-Control: {says}` and not the server's `public, max-age={ONE_DAY}`; have the proxy leave it \
             as it is: longer, and visitors see changes late; shorter, and pages load it anew"
        ));
    }
    if delivery.script.headers.contains_key("set-cookie") {
        warn("placet.js comes with Set-Cookie, which a proxy has added: caches then do not keep it, and it needs consent".to_owned());
    }
    match &delivery.again {
        None => warn(
            "placet.js comes without ETag, so it is sent whole each day; have the proxy leave ETag as it is".to_owned(),
        ),
        Some(Ok(again)) if again.status == 304 => {}
        Some(Ok(again)) => warn(format!(
            "asked for with its ETag in If-None-Match, placet.js is answered {} and not 304; have the proxy pass both on",
            again.status
        )),
        Some(Err(reason)) => warn(format!("asked for once more, placet.js is not answered: {reason}")),
    }
    match &delivery.part {
        Some(Ok(part)) if part.status == 200 => {
            let says = part.header("cache-control").unwrap_or_default();
            let control = Control::parse(says);
            if !control.has("immutable") || control.max_age().is_none_or(|age| age <= ONE_DAY) {
                warn(format!(
                    "{} comes with `Cache-Control: {says}`; it never changes, so have the proxy leave `immutable` and the year as they are",
                    file_name(part)
                ));
            }
        }
        Some(Ok(part)) => {
            findings.push(Finding::error(
                Check::Caching,
                format!(
                    "placet.js loads {}, which is answered {}: a cache keeps a placet.js that its server no longer knows, or a \
                     proxy passes only one file on; pass on all of /sdk/",
                    part.address, part.status
                ),
            ));
        }
        Some(Err(reason)) => {
            findings
                .push(Finding::error(Check::Caching, format!("a file that placet.js loads is not answered: {reason}")));
        }
        None => {}
    }
    if findings.is_empty() {
        let sentence =
            "placet.js is kept for a day and then asked for by its ETag (304), the files that it loads for a year";
        findings.push(Finding::ok(Check::Caching, sentence));
    }
    findings
}

fn file_name(answer: &Answer) -> &str {
    answer.address.path().rsplit('/').next().unwrap_or_default()
}

/// A `Cache-Control` header (RFC 9111, 5.2).
struct Control<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Control<'a> {
    fn parse(text: &'a str) -> Self {
        let directives = text.split(',').map(|directive| directive.split_once('=').unwrap_or((directive, "")));
        Self(directives.map(|(name, value)| (name.trim(), value.trim().trim_matches('"'))).collect())
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    fn max_age(&self) -> Option<u64> {
        self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case("max-age"))?.1.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::doctor::finding::Verdict;

    const DAY: (&str, &str) = ("cache-control", "public, max-age=86400");
    const YEAR: (&str, &str) = ("cache-control", "public, max-age=31536000, immutable");
    const BROTLI: (&str, &str) = ("content-encoding", "br");
    const VARY: (&str, &str) = ("vary", "Accept-Encoding");

    fn answer(file: &str, status: u16, headers: &[(&'static str, &str)]) -> Answer {
        let address = Url::parse(&format!("https://consent.example/sdk/{file}?key=k&widget=1")).unwrap();
        Answer::fake(address, status, headers, "a")
    }

    fn faults(script: &[(&'static str, &str)], again: Option<u16>, part: &[(&'static str, &str)]) -> Vec<String> {
        let delivery = Delivery {
            script: &answer("placet.js", 200, script),
            again: again.map(|status| Ok(answer("placet.js", status, &[]))),
            part: Some(Ok(answer("placet-a.js", 200, part))),
        };
        let findings = examine(&delivery).into_iter().filter(|finding| finding.verdict != Verdict::Ok);
        findings.map(|finding| finding.sentence).collect()
    }

    #[test]
    fn what_the_server_sends_is_right() {
        assert_eq!(faults(&[DAY, BROTLI, VARY], Some(304), &[YEAR, BROTLI]), [""; 0]);
        let by_proxy = [
            ("cache-control", "max-age=86400,public"),
            ("content-encoding", "gzip"),
            ("vary", "Origin, accept-encoding"),
        ];
        assert_eq!(faults(&by_proxy, Some(304), &[YEAR, BROTLI]), [""; 0]);
    }

    #[test]
    fn what_a_proxy_has_changed_is_told() {
        let part = [YEAR, BROTLI];
        for (script, again, part, words) in [
            (vec![DAY, VARY], Some(304), part.as_slice(), "placet.js comes as 1 bytes, not compressed"),
            (vec![DAY, BROTLI, VARY], Some(304), &[YEAR], "placet-a.js comes as 1 bytes, not compressed"),
            (vec![DAY, BROTLI], Some(304), &part, "without `Vary: Accept-Encoding`"),
            (vec![BROTLI, VARY], Some(304), &part, "`Cache-Control: ` and not"),
            (vec![("cache-control", "public, max-age=604800"), BROTLI, VARY], Some(304), &part, "max-age=604800"),
            (vec![("cache-control", "private, max-age=86400"), BROTLI, VARY], Some(304), &part, "private"),
            (vec![("cache-control", "no-store"), BROTLI, VARY], Some(304), &part, "not published"),
            (vec![DAY, BROTLI, VARY, ("set-cookie", "a=b")], Some(304), &part, "Set-Cookie"),
            (vec![DAY, BROTLI, VARY], None, &part, "without ETag"),
            (vec![DAY, BROTLI, VARY], Some(200), &part, "answered 200 and not 304"),
            (vec![DAY, BROTLI, VARY], Some(304), &[DAY, BROTLI], "it never changes"),
        ] {
            let told = faults(&script, again, part);
            assert!(told.len() == 1 && told[0].contains(words), "{words} {told:?}");
        }
        let script = answer("placet.js", 200, &[DAY, BROTLI, VARY]);
        let part = Some(Ok(answer("placet-a.js", 404, &[])));
        let findings = examine(&Delivery { script: &script, again: None, part });
        assert!(
            findings
                .iter()
                .any(|finding| finding.verdict == Verdict::Error && finding.sentence.contains("answered 404"))
        );
    }

    #[test]
    fn what_is_no_script_is_told() {
        let snippet = Snippet::of(answer("placet.js", 200, &[]).address).unwrap();
        let told = |answer: Answer| {
            let findings = examine_script(&Ok(answer), &snippet);
            findings.into_iter().map(|finding| finding.sentence).collect::<Vec<_>>()
        };
        let script = ("content-type", "text/javascript; charset=utf-8");
        assert_eq!(told(answer("placet.js", 200, &[script])), [""; 0]);
        assert!(told(answer("placet.js", 200, &[("content-type", "text/html")]))[0].contains("comes as `text/html`"));
        assert!(told(answer("placet.js", 404, &[script]))[0].contains("answers 404"));
        let moved = Answer {
            redirected: vec![Url::parse("http://consent.example/").unwrap()],
            ..answer("placet.js", 200, &[script])
        };
        assert!(told(moved)[0].contains("which delays each page"));
        let failed = examine_script(&Err(FetchError::Timeout), &snippet);
        assert!(failed[0].sentence.contains("cannot be loaded: no answer within"));
    }

    #[test]
    fn the_name_of_a_part_is_found() {
        let text = b"const a='placet-consent-id',b=`${c}/sdk/placet-0123456789abcdef.js`";
        assert_eq!(part_name(text).as_deref(), Some("placet-0123456789abcdef.js"));
        assert_eq!(part_name(b"placet-".repeat(9).as_slice()), None);
        assert_eq!(part_name("placet-ééééééééééééééé.js".as_bytes()), None);
    }
}
