//! Heads leave the machine by themselves, and show later what was cut off.

#![allow(clippy::doc_markdown, clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use common::{
    PAGE, Server, choice,
    program::{Outcome, Serving, run},
};
use serde_json::Value;
use tempfile::TempDir;

/// Waits until there is something, for a while.
async fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    for _ in 0..3000 {
        if let Some(found) = found() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what}");
}

/// The folder of a server that has stored three proofs and stopped.
async fn with_proofs() -> TempDir {
    let server = Server::start().await;
    let body = choice(&server.widget().await, &["drift"]);
    for _ in 0..3 {
        server.keep(&body).await;
    }
    let (folder, _) = server.end().await;
    fs::write(folder.path().join("placet.pub"), run(folder.path(), &["proof", "key"]).told).unwrap();
    folder
}

/// Cuts off the last proof, so well that the database agrees with itself.
async fn cut_off(folder: TempDir) -> TempDir {
    let url = format!("sqlite://{}", folder.path().join("placet.db").display());
    let server = Server::start_in(folder, url).await;
    server
        .tamper(
            "UPDATE chain SET length = 2, link = (SELECT previous FROM proof WHERE number = 3);
             DELETE FROM proof WHERE number = 3",
        )
        .await;
    server.end().await.0
}

fn verify(folder: &Path, words: &[&str]) -> Outcome {
    run(folder, &[&["proof", "verify", "--key", "placet.pub"], words].concat())
}

fn statements(folder: &Path, ending: &str) -> Vec<String> {
    let files = fs::read_dir(folder).into_iter().flatten().map(|file| file.unwrap().file_name().into_string().unwrap());
    files.filter(|name| name.starts_with("heads-") && name.ends_with(ending)).collect()
}

#[tokio::test]
async fn heads_are_written_to_a_folder_and_show_what_was_cut_off() {
    let folder = with_proofs().await;
    let kept = folder.path().join("kept");
    let serving = Serving::start(folder.path(), &[], &[("PLACET_HEADS_TO", "kept")]);
    let name = until(&serving.log(), || statements(&kept, ".json").pop()).await;
    until(&serving.log(), || serving.log().contains("the heads of the chains were delivered to kept").then_some(()))
        .await;
    drop(serving);
    let stated: Value = serde_json::from_slice(&fs::read(kept.join(&name)).unwrap()).unwrap();
    assert_eq!((&stated["heads"][0]["widgetId"], &stated["heads"][0]["number"]), (&43.into(), &3.into()));

    let whole = verify(folder.path(), &["--heads", "kept"]);
    assert_eq!((whole.code, whole.complained.as_str()), (0, ""), "{}", whole.told);
    assert!(whole.told.contains("Compared with 1 statements at kept, the latest of 20"), "{}", whole.told);
    let folder = cut_off(folder).await;
    assert_eq!(verify(folder.path(), &[]).code, 0);
    // As well without saying so, where a server is set to write them.
    for words in [&["--heads", "kept"], &["--heads-to", "kept"]] {
        let cut = verify(folder.path(), words);
        assert_eq!(cut.code, 1);
        assert!(cut.told.contains(&format!("place 3 is no longer there (in {name})")), "{}", cut.told);
    }
    let text = fs::read_to_string(folder.path().join("kept").join(&name)).unwrap();
    fs::write(folder.path().join("kept").join(&name), text.replacen("\"number\": 3", "\"number\": 2", 1)).unwrap();
    let forged = verify(folder.path(), &["--heads", "kept"]);
    assert!(forged.told.contains(&format!("is not signed by a key that is trusted (in {name})")), "{}", forged.told);
    fs::write(folder.path().join("kept").join(&name), "no JSON").unwrap();
    let unreadable = verify(folder.path(), &["--heads", "kept"]);
    assert!(
        unreadable.code == 1 && unreadable.told.contains(&format!("{name} is no statement")),
        "{}",
        unreadable.told
    );
    // A server is not started that could deliver nowhere.
    let nowhere = run(folder.path(), &["serve", "--heads-to", "http://heads.example.com/"]);
    assert!(nowhere.complained.starts_with("heads cannot be kept at http://heads.example.com/; write "), "{nowhere:?}");
    let nothing = run(folder.path(), &["serve", "--timestamp-url", "https://tsa.example.com/"]);
    assert!(nothing.complained.starts_with("there is nothing to time-stamp; "), "{nothing:?}");
}

#[tokio::test]
async fn an_end_that_nobody_has_signed_is_not_stated() {
    let folder = with_proofs().await;
    let url = format!("sqlite://{}", folder.path().join("placet.db").display());
    let server = Server::start_in(folder, url).await;
    server.tamper("UPDATE chain SET length = 2").await;
    let (folder, _) = server.end().await;
    let stated = run(folder.path(), &["proof", "head"]);
    assert_eq!(stated.code, 1);
    assert!(stated.complained.contains("place 2, is not what was signed or is missing"), "{}", stated.complained);
    assert_eq!(serde_json::from_str::<Value>(&stated.told).unwrap()["heads"], serde_json::json!([]));
    let serving = Serving::start(folder.path(), &["--heads-to", "kept"], &[]);
    let told = "not among the heads that are delivered: the end of chain ";
    until(&serving.log(), || serving.log().contains(told).then_some(())).await;
}

/// What a store was asked.
#[derive(Default)]
struct Kept {
    files: BTreeMap<String, Bytes>,
    headers: Vec<HeaderMap>,
    /// How many requests to write are refused first.
    refuse: usize,
}

type Shared = Arc<Mutex<Kept>>;

/// A server on a free port that answers by a function.
async fn serve<F, A>(state: Shared, answer: F) -> String
where
    F: Fn(Shared, Method, Uri, HeaderMap, Bytes) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response> + Send + 'static,
{
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answer = move |State(state): State<Shared>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        answer(state, method, uri, headers, body)
    };
    let app = Router::new().fallback(answer).with_state(state);
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// A web server that keeps what it is sent, and lists it as such servers do.
async fn web(state: Shared, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let mut kept = state.lock().unwrap();
    let path = uri.path().to_owned();
    match method {
        Method::PUT if kept.refuse > 0 => {
            kept.refuse -= 1;
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Method::PUT => {
            kept.files.insert(path, body);
            kept.headers.push(headers);
            StatusCode::CREATED.into_response()
        }
        Method::GET if path.ends_with('/') => {
            let names = kept.files.keys().map(|path| format!("<a href=\"{path}\">{path}</a>\n"));
            names.collect::<String>().into_response()
        }
        Method::GET => match kept.files.get(&path) {
            Some(content) => content.clone().into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        },
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_are_put_to_a_web_server_again_and_again_until_it_takes_them() {
    let folder = with_proofs().await;
    let kept = Arc::new(Mutex::new(Kept { refuse: 2, ..Kept::default() }));
    let address = format!("{}/kept", serve(Arc::clone(&kept), web).await);
    let words = ["--heads-to", &address, "--metrics-listen", "127.0.0.1:0"];
    let serving = Serving::start(folder.path(), &words, &[]);
    let path = until(&serving.log(), || kept.lock().unwrap().files.keys().next().cloned()).await;
    assert!(path.starts_with("/kept/heads-20") && path.strip_suffix(".json").is_some(), "{path}");
    assert_eq!(kept.lock().unwrap().headers[0][header::IF_NONE_MATCH], "*");
    let told = "the heads of the chains could not be delivered (";
    assert_eq!(serving.log().matches(told).count(), 2, "{}", serving.log());
    let metrics = reqwest::get(serving.metrics.as_ref().unwrap()).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("placet_heads_failures_total 2\n"), "{metrics}");
    drop(serving);
    let whole = verify(folder.path(), &["--heads", &address]);
    assert_eq!(whole.code, 0, "{whole:?}");
    let folder = cut_off(folder).await;
    let cut = verify(folder.path(), &["--heads", &address]);
    assert!(cut.code == 1 && cut.told.contains("place 3 is no longer there"), "{cut:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proofs_do_not_wait_for_heads() {
    let folder = with_proofs().await;
    // Takes connections and never answers.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let taken = tokio::spawn(async move { listener.accept().await.unwrap() });
    let serving = Serving::start(folder.path(), &["--heads-to", &address], &[]);
    let connection = taken.await.unwrap();
    let client = reqwest::Client::new();
    let widget = client.get(format!("{}/v1/widgets/43?key=pk_demo", serving.address)).header(header::ORIGIN, PAGE);
    let body = choice(&widget.send().await.unwrap().json().await.unwrap(), &["drift"]);
    let post = client.post(format!("{}/v1/widgets/43/consents?key=pk_demo", serving.address));
    assert_eq!(post.header(header::ORIGIN, PAGE).json(&body).send().await.unwrap().status(), 201);
    drop(connection);
}

/// A bucket, as far as it is asked for.
async fn bucket(state: Shared, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let is_signed = headers
        .get(header::AUTHORIZATION)
        .is_some_and(|signature| signature.to_str().unwrap().starts_with("AWS4-HMAC-SHA256 Credential=someone/"));
    if !is_signed {
        return StatusCode::FORBIDDEN.into_response();
    }
    let mut kept = state.lock().unwrap();
    let (path, query) = (uri.path().to_owned(), uri.query().unwrap_or_default());
    let tag = (header::ETAG, "\"1\"");
    match method {
        Method::PUT => {
            kept.files.insert(path, body);
            kept.headers.push(headers);
            [tag].into_response()
        }
        Method::GET if query.contains("list-type=2") => {
            let files = kept.files.iter().map(|(path, content)| {
                let key = path.strip_prefix("/bucket/").unwrap();
                format!(
                    "<Contents><Key>{key}</Key><LastModified>2026-11-22T12:00:00.000Z</LastModified>\
                     <ETag>\"1\"</ETag><Size>{}</Size></Contents>",
                    content.len()
                )
            });
            let files: String = files.collect();
            format!("<ListBucketResult><IsTruncated>false</IsTruncated>{files}</ListBucketResult>").into_response()
        }
        Method::GET => match kept.files.get(&path) {
            Some(content) => {
                let modified = (header::LAST_MODIFIED, "Sun, 22 Nov 2026 12:00:00 GMT");
                ([tag, modified], content.clone()).into_response()
            }
            None => (StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>").into_response(),
        },
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_are_put_into_a_bucket() {
    let folder = with_proofs().await;
    let kept = Shared::default();
    let address = serve(Arc::clone(&kept), bucket).await;
    let variables = [
        ("PLACET_HEADS_TO", "s3://bucket/kept"),
        ("AWS_ENDPOINT", address.as_str()),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "someone"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];
    let serving = Serving::start(folder.path(), &[], &variables);
    let path = until(&serving.log(), || kept.lock().unwrap().files.keys().next().cloned()).await;
    drop(serving);
    assert!(path.starts_with("/bucket/kept/heads-20") && path.strip_suffix(".json").is_some(), "{path}");
    // Nothing that is there is written again.
    assert_eq!(kept.lock().unwrap().headers[0][header::IF_NONE_MATCH], "*");
    let verify = |folder: &Path| {
        let mut command = common::program::command(folder, &["proof", "verify", "--key", "placet.pub"]);
        let output = command.envs(variables).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let (code, told) = verify(folder.path());
    assert!(code == 0 && told.contains("Compared with 1 statements at s3://bucket/kept"), "{told}");
    let folder = cut_off(folder).await;
    let (code, told) = verify(folder.path());
    assert!(code == 1 && told.contains("place 3 is no longer there"), "{told}");
}

const AUTHORITY: &str = "
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = Test authority
[extensions]
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = authority
[authority]
serial = serial
signer_cert = authority.pem
signer_key = authority.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
";

fn openssl(folder: &Path, words: &str) -> bool {
    let output = Command::new("openssl").current_dir(folder).args(words.split_whitespace()).output();
    output.expect("openssl is missing: apt-get install openssl").status.success()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_are_stamped_by_an_authority() {
    let folder = with_proofs().await;
    let authority = TempDir::new().unwrap();
    let authority_folder = authority.path().to_owned();
    fs::write(authority_folder.join("authority.cnf"), AUTHORITY).unwrap();
    fs::write(authority_folder.join("serial"), "01\n").unwrap();
    let made = "req -x509 -newkey rsa:2048 -nodes -keyout authority.key -out authority.pem -config authority.cnf";
    assert!(openssl(&authority_folder, made));
    let refused = Arc::new(Mutex::new(Kept { refuse: 1, ..Kept::default() }));
    let answering = authority_folder.clone();
    let address = serve(refused, move |state: Shared, method: Method, _: Uri, headers: HeaderMap, body: Bytes| {
        let folder = answering.clone();
        async move {
            let is_query = method == Method::POST && headers[header::CONTENT_TYPE] == "application/timestamp-query";
            let is_refused = std::mem::take(&mut state.lock().unwrap().refuse) > 0;
            if !is_query || is_refused {
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
            fs::write(folder.join("query.tsq"), &body).unwrap();
            assert!(openssl(&folder, "ts -reply -queryfile query.tsq -out reply.tsr -config authority.cnf"));
            fs::read(folder.join("reply.tsr")).unwrap().into_response()
        }
    })
    .await;
    let serving = Serving::start(folder.path(), &["--heads-to", "kept", "--timestamp-url", &address], &[]);
    let kept = folder.path().join("kept");
    let stamp = until(&serving.log(), || statements(&kept, ".tsr").pop()).await;
    assert!(serving.log().contains("the heads of the chains could not be time-stamped ("), "{}", serving.log());
    drop(serving);
    let name = stamp.replace(".tsr", ".json");
    // Those who trust the authority check it with OpenSSL.
    let certificate = authority_folder.join("authority.pem");
    let check = format!("ts -verify -data {name} -in {stamp} -CAfile {}", certificate.display());
    assert!(openssl(&kept, &check));
    let whole = verify(folder.path(), &["--heads", "kept"]);
    assert!(whole.code == 0 && whole.told.contains("; 1 time-stamped\n"), "{whole:?}");
    let text = fs::read_to_string(kept.join(&name)).unwrap();
    fs::write(kept.join(&name), format!("{text}\n")).unwrap();
    let other = verify(folder.path(), &["--heads", "kept"]);
    assert!(other.told.contains(&format!("the time-stamp of {name} is not good: the time-stamp is of something else")));
    fs::write(kept.join(&stamp), "no time-stamp").unwrap();
    assert!(verify(folder.path(), &["--heads", "kept"]).told.contains("no answer of a time-stamping authority"));
}
