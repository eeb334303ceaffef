//! How many requests are answered: of one client, and for one widget.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::{num::NonZeroU32, time::Duration};

use common::{DEMO, PAGE, Server, TOKEN, choice, problem};
use placet_server::http::limits::PerMinute;
use reqwest::{RequestBuilder, Response, header};

const FEW: Option<NonZeroU32> = NonZeroU32::new(3);
const NO_LIMIT: PerMinute = PerMinute {
    client_reading: None,
    client_keeping: None,
    client_failing: None,
    widget_reading: None,
    widget_keeping: None,
};

/// Sends requests until one is put off, and answers how many were not, and the one that was.
async fn until_put_off(request: impl Fn() -> RequestBuilder) -> (usize, Response) {
    for count in 0..100 {
        let answer = request().send().await.unwrap();
        if answer.status() == 429 {
            return (count, answer);
        }
        assert!(answer.status().is_success(), "{}", answer.status());
    }
    panic!("none was put off");
}

fn wait(answer: &Response) -> u64 {
    answer.headers()["retry-after"].to_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_client_that_keeps_on_is_put_off_and_told_for_how_long() {
    let per_minute = PerMinute { client_keeping: NonZeroU32::new(60), ..NO_LIMIT };
    let server = Server::start_with(|app| app.limited(per_minute)).await;
    let body = choice(&server.widget().await, &[]);
    let posts: Vec<_> = (0..80).map(|_| tokio::spawn(server.post(&body).send())).collect();
    let mut put_off = Vec::new();
    for post in posts {
        let answer = post.await.unwrap().unwrap();
        if answer.status() != 201 {
            put_off.push(answer);
        }
    }
    let answer = put_off.pop().unwrap();
    // A script of another site may read when to try again.
    assert_eq!(answer.headers()["access-control-expose-headers"], "retry-after");
    let wait = wait(&answer);
    assert!((1..=60).contains(&wait));
    let problem = problem(answer, 429).await;
    assert!(problem["detail"].as_str().unwrap().contains("from this address"), "{problem}");
    // What is only asked for has a limit of its own.
    assert_eq!(server.config("").send().await.unwrap().status(), 200);
    // Whoever waits as long as they are told to is answered.
    tokio::time::sleep(Duration::from_secs(wait)).await;
    assert_eq!(server.post(&body).send().await.unwrap().status(), 201);
}

#[tokio::test]
async fn answers_count_as_proofs_do() {
    let per_minute = PerMinute { client_keeping: NonZeroU32::new(1), ..NO_LIMIT };
    let server = Server::start_with(|app| app.limited(per_minute)).await;
    let body = choice(&server.widget().await, &[]);
    assert_eq!(server.post(&body).send().await.unwrap().status(), 201);
    problem(server.post_to("answers", &body).send().await.unwrap(), 429).await;
}

#[tokio::test]
async fn a_client_that_guesses_tokens_is_put_off() {
    let server = Server::start_with(|app| app.limited(PerMinute { client_reading: FEW, ..NO_LIMIT })).await;
    let guess = || server.get("/v1/consents/8a5e89c4-2243-4598-97c5-ba3cfb35a138").bearer_auth("guessed");
    for _ in 0..3 {
        assert_eq!(guess().send().await.unwrap().status(), 401);
    }
    let answer = guess().send().await.unwrap();
    assert_eq!(answer.status(), 429);
    assert!(wait(&answer) > 0);
}

#[tokio::test]
async fn a_client_with_too_many_wrong_tokens_is_put_off_with_the_right_one_too() {
    let per_minute = PerMinute { client_failing: NonZeroU32::new(60), ..NO_LIMIT };
    let server = Server::start_with(|app| app.limited(per_minute).behind(&["127.0.0.0/8".parse().unwrap()])).await;
    let ask = async |client: &'static str, token: &str| {
        let request = server.get("/v1/consents").header("x-forwarded-for", client).bearer_auth(token);
        request.send().await.unwrap()
    };
    // The right one never counts.
    for _ in 0..100 {
        assert_eq!(ask("198.51.100.7", TOKEN).await.status(), 200);
    }
    let mut wrong = 0;
    let put_off = loop {
        let answer = ask("198.51.100.7", "guessed").await;
        if answer.status() == 429 {
            break answer;
        }
        assert_eq!(answer.status(), 401);
        wrong += 1;
        assert!(wrong < 1000);
    };
    assert!(wrong >= 60, "{wrong}");
    let wait = wait(&put_off);
    assert!((1..=60).contains(&wait));
    assert!(put_off.text().await.unwrap().contains("with wrong admin tokens from this address"));
    // Neither is a guess that would be right looked at, nor does another client wait for it.
    assert_eq!(ask("198.51.100.8", TOKEN).await.status(), 200);
    assert_eq!(ask("198.51.100.7", TOKEN).await.status(), 429);
    // What needs no token is answered; and a client that waits is let in again.
    let config = server.config("").header("x-forwarded-for", "198.51.100.7").send().await.unwrap();
    assert_eq!(config.status(), 200);
    while ask("198.51.100.7", TOKEN).await.status() == 429 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn behind_a_proxy_each_of_its_clients_counts_for_itself() {
    let per_minute = PerMinute { client_reading: FEW, ..NO_LIMIT };
    let server = Server::start_with(|app| app.limited(per_minute).behind(&["127.0.0.0/8".parse().unwrap()])).await;
    let from = |client: &'static str| server.config("").header("x-forwarded-for", client);
    assert_eq!(until_put_off(|| from("198.51.100.7")).await.0, 3);
    assert_eq!(until_put_off(|| from("198.51.100.8")).await.0, 3);
    // What a client says of itself stands before what the proxy says of it.
    assert_eq!(until_put_off(|| from("203.0.113.9, 198.51.100.8")).await.0, 0);
    // Of an IPv6 address the first half counts.
    assert_eq!(until_put_off(|| from("2001:db8::1")).await.0, 3);
    assert_eq!(until_put_off(|| from("2001:db8::2")).await.0, 0);
}

#[tokio::test]
async fn who_is_no_proxy_of_ours_is_the_client_whatever_it_says() {
    let server = Server::start_with(|app| app.limited(PerMinute { client_reading: FEW, ..NO_LIMIT })).await;
    let mut said = 0..;
    for _ in 0..3 {
        let claim = format!("198.51.100.{}", said.next().unwrap());
        assert_eq!(server.config("").header("x-forwarded-for", claim).send().await.unwrap().status(), 200);
    }
    problem(server.config("").header("x-forwarded-for", "198.51.100.99").send().await.unwrap(), 429).await;
}

#[tokio::test]
async fn a_widgets_flood_stays_its_own() {
    let per_minute = PerMinute { widget_reading: FEW, widget_keeping: FEW, ..NO_LIMIT };
    let server = Server::start_with(|app| app.limited(per_minute)).await;
    server.publish(&DEMO.replace("id = 43 ", "id = 44 "), TOKEN).await;
    // Who may not have the widget takes nothing from those who may.
    for _ in 0..10 {
        let stranger = server.get("/v1/widgets/43?key=pk_demo").header(header::ORIGIN, "https://evil.example");
        assert_eq!(stranger.send().await.unwrap().status(), 403);
        assert_eq!(server.get("/v1/widgets/43?key=pk_nobody").send().await.unwrap().status(), 401);
    }
    let body = choice(&server.widget().await, &[]);
    let (answered, put_off) = until_put_off(|| server.config("")).await;
    assert_eq!(answered, 2);
    assert!(problem(put_off, 429).await["detail"].as_str().unwrap().contains("for this widget"));
    assert_eq!(until_put_off(|| server.post(&body)).await.0, 3);
    let other = server.get("/v1/widgets/44?key=pk_demo").header(header::ORIGIN, PAGE);
    assert_eq!(other.send().await.unwrap().status(), 200);
}
