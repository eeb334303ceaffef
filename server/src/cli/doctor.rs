//! `placet-server doctor`

use std::fmt::Write as _;

use clap::Args;
use url::Url;

use super::{Failure, print};
use crate::doctor::{self, Level, fetch};

/// What is examined.
#[derive(Args, Debug)]
pub struct Doctor {
    /// The address of a page that has the snippet, with its scheme.
    #[arg(value_name = "URL", value_parser = address)]
    address: Url,
    /// Prints JSON, an array of findings.
    #[arg(long)]
    json: bool,
}

fn address(text: &str) -> Result<Url, String> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        Err(url::ParseError::RelativeUrlWithoutBase) => Err(format!("it has no scheme; write https://{text}")),
        Ok(url) => Err(format!("pages come by http or https, not by `{}`", url.scheme())),
        Err(error) => Err(error.to_string()),
    }
}

/// Examines a page and prints what was found.
pub async fn doctor(asked: Doctor) -> Result<(), Failure> {
    let client = fetch::client().map_err(|error| Failure::NoClient(error.to_string()))?;
    let findings = doctor::examine(&client, &asked.address).await?;
    if asked.json {
        let json = serde_json::to_string_pretty(&findings).map_err(|error| Failure::Write(error.to_string()))?;
        print(&format!("{json}\n"))?;
    } else {
        let mut text = String::new();
        for finding in &findings {
            let mark = match finding.level {
                Level::Ok => "ok",
                Level::Warning => "warning",
                Level::Error => "ERROR",
            };
            let _ = writeln!(text, "{mark:<8} {:<13} {}", finding.about, finding.sentence);
        }
        print(&text)?;
    }
    match findings.iter().filter(|finding| finding.level == Level::Error).count() {
        0 => Ok(()),
        errors => Err(Failure::Unwell(errors)),
    }
}
