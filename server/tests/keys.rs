//! Public keys: two may be valid at a time, so that a site's pages can be changed one by one.

#![allow(clippy::unwrap_used)]

mod common;

use common::{DEMO, PAGE, Server, TOKEN};
use reqwest::header;

async fn opens(server: &Server, key: &str) -> bool {
    let request = server.get(&format!("/v1/widgets/43?key={key}")).header(header::ORIGIN, PAGE);
    match request.send().await.unwrap().status().as_u16() {
        200 => true,
        401 => false,
        status => unreachable!("{status}"),
    }
}

#[tokio::test]
async fn a_key_is_replaced_without_a_page_losing_its_widget() {
    let server = Server::start().await;
    let with_keys = |keys: &str| DEMO.replace("keys = [\"pk_demo\"]", &format!("keys = {keys}"));
    assert_eq!((opens(&server, "pk_demo").await, opens(&server, "pk_next").await), (true, false));
    let before = server.widget().await;

    let both = server.publish(&with_keys("[\"pk_demo\", \"pk_next\"]"), TOKEN).await;
    assert_eq!((opens(&server, "pk_demo").await, opens(&server, "pk_next").await), (true, true));

    let after = server.publish(&with_keys("[\"pk_next\"]"), TOKEN).await;
    assert_eq!((opens(&server, "pk_demo").await, opens(&server, "pk_next").await), (false, true));
    // No visitor is asked again for it.
    assert_eq!(both.ask_key.to_string(), before.ask_key);
    assert_eq!(after.ask_key.to_string(), before.ask_key);
}
