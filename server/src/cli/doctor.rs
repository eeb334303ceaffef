//! `placet-server doctor`

use std::fmt::Write;

use url::Url;

use super::{Doctor, Failure, print};
use crate::doctor::{Report, examine, fetch::Fetcher};

/// Looks at a page and tells what it finds, a line each.
pub async fn doctor(asked: &Doctor) -> Result<(), Failure> {
    let fetcher = Fetcher::new(asked.ca.as_deref())?;
    let report = examine(&fetcher, &asked.page, asked.snippet.as_ref()).await?;
    print(&if asked.json { json(&report)? } else { lines(&report) })?;
    match report.errors() {
        0 => Ok(()),
        errors => Err(Failure::Unwell(errors)),
    }
}

fn lines(report: &Report) -> String {
    let mut lines = String::new();
    for finding in &report.findings {
        let _ = writeln!(lines, "{finding}");
    }
    lines
}

fn json(report: &Report) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(report).map_err(|error| Failure::Write(error.to_string()))?;
    Ok(text + "\n")
}

/// Reads the address of a page or of a snippet.
pub fn address(text: &str) -> Result<Url, String> {
    let with_scheme = || format!("write it as a browser shows it, with its scheme: `https://{text}`");
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        // `localhost:8787` has a scheme, by its looks.
        Ok(url) if text.contains("://") => {
            Err(format!("`{}` is not fetched by browsers as a page; write `https://…`", url.scheme()))
        }
        Ok(_) | Err(url::ParseError::RelativeUrlWithoutBase) => Err(with_scheme()),
        Err(reason) => Err(format!("this is no address ({reason}); write `https://shop.example`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_scheme_is_told_how_to_have_one() {
        assert_eq!(address("https://shop.example").unwrap().as_str(), "https://shop.example/");
        for text in ["shop.example", "shop.example/a", "localhost:8787", "//shop.example"] {
            assert!(address(text).unwrap_err().ends_with(&format!("`https://{text}`")), "{text}");
        }
        assert!(address("ftp://shop.example").unwrap_err().starts_with("`ftp` is not fetched"));
        assert!(address("https://").unwrap_err().starts_with("this is no address"));
    }
}
