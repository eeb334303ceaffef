//! What was found, as it is told.

use std::fmt;

use serde::Serialize;

/// One sentence on one matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The matter.
    pub check: Check,
    /// Whether all is well.
    pub verdict: Verdict,
    /// The line of the page's markup, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// What is right, or what is wrong and what to do.
    #[serde(rename = "message")]
    pub sentence: String,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// The page and how it was reached.
    Page,
    /// The snippet in the page's markup.
    Snippet,
    /// Whether the server answers this page: public key, widget, origin.
    Access,
    /// The page's content security policies.
    Policy,
    /// How the SDK's files are compressed.
    Compression,
    /// For how long they are kept.
    Caching,
    /// The cookie of the choice.
    Cookie,
    /// Whether the server is a part of the site.
    FirstParty,
    /// Google Consent Mode.
    ConsentMode,
    /// What the page loads of services that need consent.
    Services,
    /// The clocks.
    Clock,
    /// Certificates and encryption.
    Tls,
    /// The server's version.
    Version,
}

/// Whether all is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is as it should be.
    Ok,
    /// It works, but not as well as it could; or it cannot be told from here.
    Warning,
    /// It does not work.
    Error,
}

impl Finding {
    /// Something that is as it should be.
    pub fn ok(check: Check, sentence: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Ok, line: None, sentence: sentence.into() }
    }

    /// Something that could be better, or cannot be told.
    pub fn warning(check: Check, sentence: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warning, ..Self::ok(check, sentence) }
    }

    /// Something that does not work.
    pub fn error(check: Check, sentence: impl Into<String>) -> Self {
        Self { verdict: Verdict::Error, ..Self::ok(check, sentence) }
    }

    /// The same, about a line of the page.
    #[must_use]
    pub fn at(self, line: impl Into<Option<u64>>) -> Self {
        Self { line: line.into(), ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8} {:<13} {}", self.verdict.word(), self.check.word(), self.sentence)
    }
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Check {
    fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Snippet => "snippet",
            Self::Access => "access",
            Self::Policy => "policy",
            Self::Compression => "compression",
            Self::Caching => "caching",
            Self::Cookie => "cookie",
            Self::FirstParty => "first-party",
            Self::ConsentMode => "consent-mode",
            Self::Services => "services",
            Self::Clock => "clock",
            Self::Tls => "tls",
            Self::Version => "version",
        }
    }
}
