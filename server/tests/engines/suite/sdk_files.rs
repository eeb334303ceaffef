//! `GET /sdk/{file}`: files that the server which answers does not have itself.

use placet_server::{
    clock,
    store::{FORGOTTEN_AFTER, SdkFile},
};
use reqwest::header;

use super::start;
use crate::common::Server;

fn file(name: &str, content: &str) -> SdkFile {
    SdkFile { name: name.to_owned(), content: content.into(), brotli: Some(format!("{content}, small").into()) }
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
    let old = file("placet-00000000.js", "old");
    server.store.keep_sdk_files(&[old], clock::now()).await.unwrap();
    server.store.keep_sdk_files(&[file("placet-11111111.js", "new")], clock::now()).await.unwrap();
    assert_eq!(get(&server, "placet-00000000.js", "identity").await, (200, "old".to_owned()));
    assert_eq!(get(&server, "placet-00000000.js", "br").await, (200, "old, small".to_owned()));
    assert_eq!(get(&server, "placet-11111111.js", "identity").await, (200, "new".to_owned()));
    for name in ["placet-22222222.js", "placet-00000000.js.br", "placet-%00000000.js", "x-00000000.js"] {
        assert_eq!(get(&server, name, "br").await.0, 404, "{name}");
    }
}

#[tokio::test]
async fn files_that_no_server_has_any_more_are_forgotten_in_the_end() {
    let server = start().await;
    let (old, new) = (file("placet-00000000.js", "old"), file("placet-11111111.js", "new"));
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
