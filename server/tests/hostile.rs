//! Clients that mean no good: what they send is refused, and costs nobody else anything.

#![allow(clippy::unwrap_used)]

mod common;

use std::{
    collections::BTreeMap,
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::Duration,
};

use axum::{
    body::Body,
    http::{Request, header},
};
use common::{PAGE, Server, choice};
use placet_server::http::{App, connections::MostConnections, listen::Times, router};
use serde_json::{Value, json};
use tower::ServiceExt;

/// How many malformed bodies are sent; `tests/e2e/hostile.spec.ts` sends twenty times as many to a released server.
const BODIES: usize = 5_000;

/// What is not expected in the place of anything.
fn odd_values() -> Vec<Value> {
    let deep = (0..120).fold(Value::Null, |inner, _| json!([inner]));
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(u64::MAX),
        json!(1e300),
        json!(2),
        json!(""),
        json!("\u{0}"),
        json!("drift"),
        json!("ada@example.com"),
        json!("8a5e89c4-2243-4598-97c5-ba3cfb35a138"),
        json!("2020-05-19T16:54:03.272Z"),
        json!("+999999-12-31T23:59:59Z"),
        json!("é".repeat(2000)),
        json!([]),
        json!({}),
        json!({"": {"consent": []}}),
        deep,
    ]
}

/// Replaces the `at`th value, counted from the outside in.
fn replace(value: &mut Value, at: &mut usize, with: &Value) {
    if *at == 0 {
        *value = with.clone();
    }
    *at = at.wrapping_sub(1);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, at, with)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, at, with)),
        _ => {}
    }
}

/// A good body with something wrong about it: a byte changed, a part cut out, doubled or cut off, a value in the place of
/// another; or no good body at all.
fn harmed(good: &Value, bytes: &[u8], odd: &[Value], chance: &mut fastrand::Rng) -> Vec<u8> {
    let (at, mut harmed) = (chance.usize(..bytes.len()), bytes.to_vec());
    let end = (at + chance.usize(1..50)).min(bytes.len());
    match chance.u8(..6) {
        0 => harmed[at] = chance.u8(..),
        1 => drop(harmed.drain(at..end)),
        2 => drop(harmed.splice(at..at, bytes[at..end].to_vec())),
        3 => harmed.truncate(at),
        4 => {
            let mut other = good.clone();
            // There are about fifty values in it.
            replace(&mut other, &mut chance.usize(..50), &odd[chance.usize(..odd.len())]);
            harmed = serde_json::to_vec(&other).unwrap();
        }
        _ => harmed = (0..chance.usize(..100)).map(|_| chance.u8(..)).collect(),
    }
    harmed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_body_makes_the_server_fail() {
    let server = Server::start().await;
    let router = router(App::new(server.store.clone(), server.ledger.clone(), None));
    let good = choice(&server.widget().await, &["drift"]);
    let sender = |seed: u64| {
        let (router, good) = (router.clone(), good.clone());
        tokio::spawn(async move {
            let mut chance = fastrand::Rng::with_seed(seed);
            let (bytes, odd) = (serde_json::to_vec(&good).unwrap(), odd_values());
            let mut statuses = BTreeMap::new();
            for count in 0..BODIES / 2 {
                let resource = if count % 4 == 0 { "answers" } else { "consents" };
                let request = Request::post(format!("/v1/widgets/43/{resource}?key=pk_demo"))
                    .header(header::ORIGIN, PAGE)
                    .header(header::CONTENT_TYPE, "application/json")
                    .body(Body::from(harmed(&good, &bytes, &odd, &mut chance)))
                    .unwrap();
                let status = router.clone().oneshot(request).await.unwrap().status();
                assert!(!status.is_server_error(), "{status}");
                *statuses.entry(status.as_u16()).or_insert(0) += 1;
            }
            statuses
        })
    };
    let senders = [sender(43), sender(19)];
    for sender in senders {
        let statuses: BTreeMap<u16, usize> = sender.await.unwrap();
        // Of some it cannot be seen that they were harmed: in a name that nobody knows, or a space.
        assert!(statuses.keys().all(|status| [201, 400, 413, 422].contains(status)), "{statuses:?}");
        assert!(statuses[&400] > 500 && statuses[&422] > 100, "{statuses:?}");
        assert!(statuses.get(&201).copied().unwrap_or(0) < BODIES / 20, "{statuses:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_clients_keep_nobody_waiting_and_are_shown_out() {
    let times = Times { headers: Duration::from_millis(500), ..Times::default() };
    let server = Server::start_with(|app| app.waiting(times)).await;
    let address = server.address.strip_prefix("http://").unwrap().to_owned();
    // Each sends a part of its headers, and then nothing.
    let slow: Vec<_> = (0..300)
        .map(|count| {
            let mut connection = TcpStream::connect(&address).unwrap();
            let begun = "GET /v1/widgets/43?key=pk_demo HTTP/1.1\r\nHost: placet\r\nX-Slow: ";
            connection.write_all(&begun.as_bytes()[..count % begun.len()]).unwrap();
            connection
        })
        .collect();
    assert_eq!(server.config("").send().await.unwrap().status(), 200);
    let ended = tokio::task::spawn_blocking(move || {
        for mut connection in slow {
            // The server says what was wrong, or nothing, and hangs up.
            let mut said = Vec::new();
            match connection.read_to_end(&mut said) {
                Ok(_) => assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 408"), "{said:?}"),
                Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
            }
        }
    });
    ended.await.unwrap();
    assert_eq!(server.config("").send().await.unwrap().status(), 200);
}

/// Waits until the server has hung up on a client that reads nothing: then nothing can be sent to it any more.
fn until_hung_up(mut connection: TcpStream) {
    connection.set_nonblocking(true).unwrap();
    loop {
        match connection.write(b"x") {
            Err(error) if error.kind() != ErrorKind::WouldBlock => return,
            _ => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_nothing_is_shown_out() {
    let times = Times { writing: Duration::from_millis(500), ..Times::default() };
    let server = Server::start_with(|app| app.waiting(times)).await;
    let address = server.address.strip_prefix("http://").unwrap().to_owned();
    // More answers than the two ends' buffers take.
    let request = "GET /openapi.json HTTP/1.1\r\nHost: placet\r\n\r\n";
    let connections: Vec<_> = (0..20)
        .map(|_| {
            let mut connection = TcpStream::connect(&address).unwrap();
            connection.write_all(request.repeat(1000).as_bytes()).unwrap();
            connection
        })
        .collect();
    // Who reads is answered, however many answers there are.
    let reading = tokio::task::spawn_blocking(move || {
        let mut connection = TcpStream::connect(&address).unwrap();
        let last = request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        connection.write_all((request.repeat(99) + &last).as_bytes()).unwrap();
        let mut answers = Vec::new();
        connection.read_to_end(&mut answers).unwrap();
        String::from_utf8_lossy(&answers).matches("HTTP/1.1 200").count()
    });
    assert_eq!(reading.await.unwrap(), 100);
    let hung_up = tokio::task::spawn_blocking(move || connections.into_iter().for_each(until_hung_up));
    hung_up.await.unwrap();
    assert_eq!(server.config("").send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_opens_too_many_connections_loses_the_oldest() {
    for (most, proxies) in [
        (MostConnections { in_all: 1000, of_client: 5 }, [].as_slice()),
        (MostConnections { in_all: 5, of_client: 1000 }, &[]),
        // A proxy is no client, and what there may be in all holds for it, too.
        (MostConnections { in_all: 5, of_client: 1 }, &["127.0.0.1".parse().unwrap()]),
    ] {
        let server = Server::start_with(|app| app.connected(most).behind(proxies)).await;
        let address = server.address.strip_prefix("http://").unwrap().to_owned();
        let mut connections = Vec::new();
        for _ in 0..20 {
            connections.push(TcpStream::connect(&address).unwrap());
            // A visitor's comes after it, and is the newest until it is answered.
            let visit = server.config("").header(header::CONNECTION, "close");
            assert_eq!(visit.send().await.unwrap().status(), 200);
        }
        let mut last = connections.pop().unwrap();
        tokio::task::spawn_blocking(move || {
            for mut connection in connections.into_iter().take(15) {
                match connection.read(&mut [0]) {
                    Ok(read) => assert_eq!(read, 0),
                    Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
                }
            }
        })
        .await
        .unwrap();
        let answer = tokio::task::spawn_blocking(move || {
            last.write_all(b"GET /healthz HTTP/1.1\r\nHost: placet\r\nConnection: close\r\n\r\n")?;
            let mut answer = String::new();
            last.read_to_string(&mut answer).map(|_| answer)
        });
        assert!(answer.await.unwrap().unwrap().starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn headers_beyond_measure_are_refused() {
    let server = Server::start().await;
    let many = (0..200).fold(server.config(""), |request, count| request.header(format!("x-{count}"), "x"));
    assert_eq!(many.send().await.unwrap().status(), 431);
    let long = server.config("").header("x-long", "x".repeat(1024 * 1024));
    // It hangs up before it has been sent all of it, or answers.
    assert!(long.send().await.map_or(true, |answer| answer.status() == 431));
    let address = "x".repeat(70_000);
    assert!(server.get(&format!("/v1/{address}")).send().await.map_or(true, |answer| answer.status() == 414));
    assert_eq!(server.config("").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn answers_for_administrators_are_for_nobodys_page() {
    let server = Server::start().await;
    let answer = server.get("/v1/consents/8a5e89c4-2243-4598-97c5-ba3cfb35a138").send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["content-security-policy"], "default-src 'none'; frame-ancestors 'none'");
    assert_eq!(answer.headers()["cross-origin-resource-policy"], "same-origin");
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
}
