//! `GET /sdk/{file}`: files that the server which answers does not have itself.

use placet_server::{
    clock,
    store::{FORGOTTEN_AFTER, SdkFile},
};
use reqwest::header;
use sha2::{Digest, Sha256};

use super::start;
use crate::common::Server;

/// A file whose name has the hash of its content.
fn file(content: &str) -> SdkFile {
    let hash = hex::encode(Sha256::digest(content));
    SdkFile { name: format!("placet-{}.js", &hash[..16]), content: content.into() }
}

async fn get(server: &Server, name: &str, accepted: &str) -> (u16, String) {
    let answer = server.get(&format!("/sdk/{name}")).header(header::ACCEPT_ENCODING, accepted).send().await.unwrap();
    if answer.status() == 200 {
        assert_eq!(answer.headers()["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        assert_eq!(answer.headers()["content-type"], "text/javascript; charset=utf-8");
    }
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn a_page_has_the_files_of_the_server_that_its_gate_came_from() {
    let server = start().await;
    let (old, new) = (file(&"old ".repeat(100)), file("new"));
    server.store.keep_sdk_files(std::slice::from_ref(&old), clock::now()).await.unwrap();
    server.store.keep_sdk_files(std::slice::from_ref(&new), clock::now()).await.unwrap();
    assert_eq!(get(&server, &old.name, "identity").await, (200, "old ".repeat(100)));
    assert_eq!(get(&server, &new.name, "identity").await, (200, "new".to_owned()));
    for encoding in ["br", "gzip"] {
        let compressed = server.get(&format!("/sdk/{}", old.name)).header(header::ACCEPT_ENCODING, encoding);
        let compressed = compressed.send().await.unwrap();
        assert_eq!(compressed.headers()["content-encoding"], encoding);
        assert!(compressed.bytes().await.unwrap().len() < 400);
    }
    let hash = old.name.strip_prefix("placet-").unwrap();
    for name in [
        "placet-0123456789abcdef.js".to_owned(),
        format!("{}.br", old.name),
        format!("placet-%{hash}"),
        format!("x-{hash}"),
        old.name.to_uppercase().replace("PLACET", "placet").replace("JS", "js"),
        old.name.replace(".js", ".wasm"),
    ] {
        assert_eq!(get(&server, &name, "br").await.0, 404, "{name}");
    }
}

#[tokio::test]
async fn what_is_not_the_content_that_a_name_says_is_not_served() {
    let server = start().await;
    let forged = |file: SdkFile| SdkFile { content: b"alert(1)".to_vec(), ..file };
    let files = [
        forged(file("one")),
        forged(file("other")),
        SdkFile { name: "placet-deadbeef.js".to_owned(), ..file("short") },
    ];
    server.store.keep_sdk_files(&files, clock::now()).await.unwrap();
    for file in &files {
        for encoding in ["identity", "br"] {
            assert_eq!(get(&server, &file.name, encoding).await.0, 404, "{}", file.name);
        }
    }
    // The server that has it puts it right.
    let right = file("one");
    server.store.keep_sdk_files(std::slice::from_ref(&right), clock::now()).await.unwrap();
    assert_eq!(get(&server, &right.name, "identity").await, (200, "one".to_owned()));
}

#[tokio::test]
async fn files_that_no_server_has_any_more_are_forgotten_in_the_end() {
    let server = start().await;
    let (old, new) = (file("old"), file("new"));
    let later = |part: i32| clock::now() + FORGOTTEN_AFTER * part / 4;
    let keep = async |file: &SdkFile, part| {
        server.store.keep_sdk_files(std::slice::from_ref(file), later(part)).await.unwrap();
    };
    let has = async |file: &SdkFile| server.store.sdk_file(&file.name).await.unwrap().as_ref() == Some(file);
    keep(&old, 0).await;
    keep(&new, 3).await;
    // Beside the new one there is still an old one, or it has been put back.
    keep(&old, 5).await;
    keep(&new, 6).await;
    assert!(has(&old).await && has(&new).await);
    keep(&new, 9).await;
    assert!(has(&old).await);
    keep(&new, 11).await;
    assert!(!has(&old).await && has(&new).await);
}
