//! The body of a request: JSON, of a bounded size, that arrives in a bounded time.

use std::time::Duration;

use axum::{
    extract::Request,
    http::{HeaderMap, header},
};
use http_body_util::BodyExt;
use placet_protocol::problem::FieldError;
use serde::de::DeserializeOwned;

use super::{error::Error, text};

/// The most that a body may have, in bytes: a proof of 500 services has about that.
const MOST: usize = 64 * 1024;
/// How much more is taken in and thrown away before a body that is too large is answered, in bytes: a browser reads no
/// answer while it is sending, and one whose connection is cut never learns what was wrong.
const MOST_DISCARDED: usize = 1024 * 1024;
/// The most characters of a path and of a message in an answer, as names of fields are the client's own.
const MAX_PATH_LENGTH: usize = 200;
const MAX_MESSAGE_LENGTH: usize = 500;
/// How long a body may take to arrive.
const TIME: Duration = Duration::from_secs(10);

/// Reads the body as a `T`.
pub async fn json<T: DeserializeOwned>(request: Request) -> Result<T, Error> {
    if !is_json(request.headers()) {
        return Err(Error::UnsupportedMediaType);
    }
    let body = tokio::time::timeout(TIME, read(request)).await.map_err(|_| Error::BodyTooSlow)??;
    parse(&body)
}

/// Whether the body is `application/json` by its own word, whatever parameters follow.
fn is_json(headers: &HeaderMap) -> bool {
    let media_type = text(headers, header::CONTENT_TYPE).and_then(|value| value.split(';').next()).unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
}

async fn read(request: Request) -> Result<Vec<u8>, Error> {
    let mut body = request.into_body();
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Error::Malformed("the body did not arrive whole; send it again".to_owned()))?;
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        if length <= MOST {
            bytes.extend_from_slice(&data);
        } else if length > MOST_DISCARDED {
            break;
        }
    }
    if length > MOST { Err(Error::TooLarge(MOST)) } else { Ok(bytes) }
}

/// Reads JSON, and says where it is not JSON (by line and column) or not a `T` (by the field's path).
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    // To know the path takes a while, and is needed only where there is something to say.
    serde_json::from_slice(body).or_else(|_| parse_again(body))
}

fn parse_again<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        // A number in the place of a name is bad syntax to serde_json, and good JSON all the same.
        if error.is_data() || serde_json::from_slice::<serde_json::Value>(body).is_ok() {
            let path = if path == "." { String::new() } else { path };
            let path = path.chars().take(MAX_PATH_LENGTH).collect();
            Error::Unprocessable(vec![FieldError { path, message: without_value(&error.to_string()) }])
        } else {
            malformed(&error)
        }
    })?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

/// What serde says of a value that does not fit, without the value: an answer and a log are not to repeat what may be long,
/// or name a person.
fn without_value(message: &str) -> String {
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if message.starts_with("unknown field") => {
            format!("there is no such field; expected {expected}")
        }
        Some((_, expected)) => format!("this does not fit; expected {expected}"),
        None => message.chars().take(MAX_MESSAGE_LENGTH).collect(),
    }
}

fn malformed(error: &serde_json::Error) -> Error {
    Error::Malformed(format!("the body is not JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use placet_protocol::{AnswerRequest, ConsentRequest};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_json_is_named_by_line_and_column() {
        for body in ["", "{", "{\"a\":}", "{}x", "\u{feff}{}", "[1,]"] {
            let Error::Malformed(detail) = parse::<serde_json::Value>(body.as_bytes()).unwrap_err() else {
                panic!("{body}")
            };
            assert!(detail.contains("line 1 column"), "{body}: {detail}");
        }
        assert!(matches!(parse::<serde_json::Value>(b"\"\xff\""), Err(Error::Malformed(_))));
    }

    #[test]
    fn what_is_of_another_type_is_named_by_its_path() {
        let body =
            br#"{"sessionId":"s","type":2,"consents":{"lang":"fr","versionKey":null,"cookieConsents":[{"id":1}]}}"#;
        let Error::Unprocessable(errors) = parse::<ConsentRequest>(body).unwrap_err() else { panic!() };
        assert_eq!(errors[0].path, "consents.cookieConsents[0].id");
        for answer in ["2", "null", "[]", "{}", "\"maybe\""] {
            let body = format!("{{\"sessionId\":\"s\",\"answer\":{answer}}}");
            let Error::Unprocessable(errors) = parse::<AnswerRequest>(body.as_bytes()).unwrap_err() else {
                panic!("{answer}")
            };
            assert_eq!(errors[0].path, "answer", "{answer}");
        }
    }

    #[test]
    fn a_value_that_does_not_fit_is_not_repeated() {
        let secret = "ada@example.com, expected ";
        for body in [
            json!({ "sessionId": 1, "type": secret }),
            json!({ "sessionId": "s", "type": 2, "consents": secret }),
            json!({ "sessionId": "s", "answer": secret }),
            json!({ "sessionId": "s", "type": 2, "consents": { "lang": { secret: 1 } } }),
        ] {
            let body = body.to_string();
            let answers = [
                parse::<ConsentRequest>(body.as_bytes()).unwrap_err(),
                parse::<AnswerRequest>(body.as_bytes()).unwrap_err(),
            ];
            for answer in answers {
                let Error::Unprocessable(errors) = answer else { panic!() };
                assert!(!errors[0].message.contains("ada"), "{errors:?}");
            }
        }
        let long = format!("{{\"{}\":1}}", "x".repeat(60_000));
        let Error::Unprocessable(errors) = parse::<ConsentRequest>(long.as_bytes()).unwrap_err() else { panic!() };
        assert!(errors[0].path.len() <= MAX_PATH_LENGTH && errors[0].message.len() <= MAX_MESSAGE_LENGTH, "{errors:?}");
        assert!(errors[0].message.starts_with("there is no such field; expected one of `sessionId`, "), "{errors:?}");
    }

    #[test]
    fn parameters_of_the_media_type_do_not_matter() {
        let is_json = |value: &'static str| {
            is_json(&HeaderMap::from_iter([(header::CONTENT_TYPE, axum::http::HeaderValue::from_static(value))]))
        };
        assert!(is_json("application/json"));
        assert!(is_json("Application/JSON; charset=utf-8"));
        assert!(!is_json("text/plain"));
        assert!(!is_json("application/jsonp"));
        assert!(!super::is_json(&HeaderMap::new()));
    }

    proptest! {
        #[test]
        fn no_body_makes_the_reader_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse::<ConsentRequest>(&body);
        }
    }
}
