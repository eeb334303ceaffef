//! Whether the server answers the page: public key, widget, origin.

use placet_protocol::{Problem, WidgetConfig};
use url::Url;

use super::{
    fetch::{Answer, FetchError},
    finding::{Check, Finding},
    snippet::Snippet,
};

/// Reads the server's answer to the request for what the widget shows.
pub fn examine(
    answer: &Result<Answer, FetchError>,
    snippet: &Snippet,
    page: &Url,
) -> (Vec<Finding>, Option<WidgetConfig>) {
    let error = |sentence: String| (vec![Finding::error(Check::Access, sentence)], None);
    let server = &snippet.server;
    let answer = match answer {
        Ok(answer) => answer,
        Err(reason) => {
            return error(format!(
                "the consent server {server} does not answer ({reason}); is it running, is the address right?"
            ));
        }
    };
    if answer.status != 200 {
        return error(refusal(answer, server));
    }
    let config: WidgetConfig = match serde_json::from_slice(&answer.body) {
        Ok(config) => config,
        Err(reason) => {
            return error(format!(
                "{} answers something else than what a widget shows ({reason}); does a proxy pass {server}/v1/ on to \
                 Placet, of the version of this command?",
                answer.address
            ));
        }
    };
    let may_read = ["*".to_owned(), page.origin().ascii_serialization()];
    let allowed = answer.header("access-control-allow-origin").unwrap_or_default();
    if snippet.address.origin() != page.origin() && may_read.iter().all(|origin| origin != allowed) {
        return error(format!(
            "the server answers, but the page may not read it: the answer's Access-Control-Allow-Origin is `{allowed}`; \
             have the proxy in front of {server} leave the server's headers as they are"
        ));
    }
    let sentence = format!(
        "{server} answers this page ({}) with widget {}, version {}",
        page.origin().ascii_serialization(),
        config.id,
        config.version_key
    );
    (vec![Finding::ok(Check::Access, sentence)], Some(config))
}

/// Why the server says no: by its own word, if it is Placet that answers.
fn refusal(answer: &Answer, server: &str) -> String {
    let is_problem = answer.header("content-type").is_some_and(|kind| kind.starts_with("application/problem+json"));
    let problem = is_problem.then(|| serde_json::from_slice::<Problem>(&answer.body).ok()).flatten();
    match problem {
        Some(problem) => format!("the server answers {}: {}", answer.status, problem.detail),
        None => format!(
            "{} answers {}, and not by Placet's word; does a proxy pass {server}/v1/ on to it?",
            answer.address, answer.status
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict;

    fn told(status: u16, headers: &[(&'static str, &str)], body: &str) -> (Verdict, String) {
        let snippet = Snippet::of(Url::parse("https://consent.example/sdk/placet.js?key=k&widget=1").unwrap()).unwrap();
        let answer = Answer::fake(snippet.widget_address(""), status, headers, body);
        let (mut findings, config) = examine(&Ok(answer), &snippet, &Url::parse("https://shop.example/a").unwrap());
        assert_eq!(config.is_some(), findings[0].verdict == Verdict::Ok);
        (findings[0].verdict, findings.remove(0).sentence)
    }

    #[test]
    fn an_answer_is_told_and_a_refusal_by_the_servers_own_word() {
        let config = serde_json::to_string(&crate::doctor::fake_config()).unwrap();
        for origin in ["*", "https://shop.example"] {
            let (verdict, sentence) = told(200, &[("access-control-allow-origin", origin)], &config);
            assert!(verdict == Verdict::Ok && sentence.contains("(https://shop.example) with widget 43"), "{sentence}");
        }
        for (status, headers, body, words) in [
            (200, vec![], config.as_str(), "the page may not read it"),
            (
                200,
                vec![("access-control-allow-origin", "https://other.example")],
                &config,
                "is `https://other.example`",
            ),
            (200, vec![], "<html>", "something else than what a widget shows"),
            (
                403,
                vec![("content-type", "application/problem+json")],
                r#"{"type":"about:blank","title":"t","status":403,"detail":"add it"}"#,
                "answers 403: add it",
            ),
            (502, vec![("content-type", "text/html")], "<html>", "answers 502, and not by Placet's word"),
        ] {
            let (verdict, sentence) = told(status, &headers, body);
            assert!(verdict == Verdict::Error && sentence.contains(words), "{words} {sentence}");
        }
    }
}
