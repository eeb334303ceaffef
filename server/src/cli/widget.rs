//! `placet-server widget …`

use std::{fmt::Write, path::Path};

use uuid::Uuid;

use super::{Failure, Widget, print, table::table, warn_if_short};
use crate::{
    clock, settings,
    store::{self, Store},
    token::AdminToken,
    widget::{
        Version,
        check::Draft,
        export, file,
        publish::{Publication, asking_again, publication},
    },
};

/// How often a widget that others publish at the same moment is looked at again.
const ATTEMPTS: usize = 3;

/// Runs one of the commands.
pub async fn run(store: &dyn Store, command: Widget) -> Result<(), Failure> {
    match command {
        Widget::Apply { file, reask, token } => apply(store, &file, reask, token).await,
        Widget::List => list(store).await,
        Widget::Show { id } => show(store, id).await,
        Widget::Export { id, version } => export(store, id, version).await,
        Widget::Schema => print(&file::schema_text()),
    }
}

async fn apply(store: &dyn Store, path: &Path, reask: bool, token: settings::Token) -> Result<(), Failure> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|reason| Failure::Read { path: name.clone(), reason })?;
    let draft = Draft::parse(&name, &text)?;
    let mut attempt = 1;
    loop {
        match apply_once(store, &draft, reask, &token).await {
            Err(Failure::Store(store::Error::Overtaken)) if attempt < ATTEMPTS => attempt += 1,
            outcome => return print(&outcome?),
        }
    }
}

/// Applies a file and answers what to tell about it.
async fn apply_once(store: &dyn Store, draft: &Draft, reask: bool, token: &settings::Token) -> Result<String, Failure> {
    let claims = store.claims(&draft.wanted()).await?;
    let content = draft.check(&claims)?;
    let (id, workspace) = (content.id, content.workspace);
    let in_force = store.version_in_force(id).await?;
    let replaced = in_force.as_ref().map(|version| version.version_key);
    let publication =
        if reask { asking_again(content, clock::now()) } else { publication(content, in_force, clock::now()) };
    let (version, asks_again) = match publication {
        Publication::Unchanged(version) => {
            return Ok(format!(
                "Widget {id} ({}) is unchanged, version {}.\n",
                version.content.name, version.version_key
            ));
        }
        Publication::New { version, asks_again } => (version, asks_again),
    };
    let (admin_token, chosen) = match &token.admin_token {
        Some(token) => (token.clone(), true),
        None => (AdminToken::random(), false),
    };
    let published = store.publish(&version, replaced, admin_token.hash()).await?;
    let mut told = format!("Published widget {id} ({}), version {}.\n", version.content.name, version.version_key);
    if replaced.is_some() {
        told.push_str(if reask {
            "Visitors who have decided are asked again, as you wish.\n"
        } else if asks_again {
            "It asks for more than the version before: visitors who have decided are asked again.\n"
        } else {
            "It asks for no more than the version before: choices that were made stand.\n"
        });
    }
    if published.new_workspace && chosen {
        warn_if_short(&admin_token);
        let _ = writeln!(told, "Workspace {workspace} is new; its admin token is the one that you set.");
    } else if published.new_workspace {
        let _ = writeln!(
            told,
            "Workspace {workspace} is new. Its admin token, which opens its proofs: {}\n\
             Keep it safe: it is not stored in clear and is not shown again.",
            admin_token.reveal()
        );
    }
    Ok(told)
}

async fn list(store: &dyn Store) -> Result<(), Failure> {
    let widgets = store.widgets().await?;
    if widgets.is_empty() {
        return print("There are no widgets yet. Publish one: placet-server widget apply FILE\n");
    }
    let mut rows =
        vec![["WIDGET", "WORKSPACE", "NAME", "LANGUAGES", "SERVICES", "VERSION", "PUBLISHED"].map(str::to_owned)];
    rows.extend(widgets.iter().map(|Version { version_key, published_at, content, .. }| {
        [
            content.id.to_string(),
            content.workspace.to_string(),
            content.name.clone(),
            languages(content),
            content.services.len().to_string(),
            version_key.to_string(),
            clock::iso(*published_at),
        ]
    }));
    print(&table(&rows))
}

async fn show(store: &dyn Store, id: u32) -> Result<(), Failure> {
    let Some(Version { version_key: in_force, content, .. }) = store.version_in_force(id).await? else {
        return Err(Failure::UnknownWidget(id));
    };
    let versions = store.versions(id).await?;
    let domain = content.cookie.domain.as_ref().map(|domain| format!(", shared by {domain}")).unwrap_or_default();
    let facts = [
        ["Workspace", &content.workspace.to_string()],
        ["Public keys", &content.keys.iter().map(String::as_str).collect::<Vec<_>>().join(", ")],
        ["Origins", &content.origins.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")],
        ["Languages", &languages(&content)],
        ["Cookie", &format!("{}, {} days{domain}", content.cookie.name, content.cookie.days)],
        ["Consent Mode", if content.signals.consent_mode { "on" } else { "off" }],
    ];
    let facts: Vec<_> = facts.into_iter().map(|row| row.map(str::to_owned)).collect();
    let services: Vec<_> = content
        .services
        .iter()
        .map(|service| {
            [service.slug.clone(), service.purpose.label().to_owned(), service.name.clone(), service.id.to_string()]
        })
        .collect();
    let versions: Vec<_> = versions
        .into_iter()
        .map(|version| {
            let mut remarks = Vec::new();
            if version.version_key == in_force {
                remarks.push("in force");
            }
            if version.ask_key == version.version_key {
                remarks.push("asked for more");
            }
            [version.version_key.to_string(), clock::iso(version.published_at), remarks.join(", ")]
        })
        .collect();
    print(&format!(
        "Widget {id}: {}\n\n{}\nServices\n{}\nVersions, the latest first\n{}",
        content.name,
        table(&facts),
        table(&services),
        table(&versions)
    ))
}

async fn export(store: &dyn Store, id: u32, version: Option<Uuid>) -> Result<(), Failure> {
    let found = match version {
        None => store.version_in_force(id).await?.ok_or(Failure::UnknownWidget(id))?,
        Some(version) => store.version(id, version).await?.ok_or(Failure::UnknownVersion(id, version))?,
    };
    let file = export::to_toml(&found.content).map_err(|error| Failure::Write(error.to_string()))?;
    print(&file)
}

fn languages(content: &crate::widget::Content) -> String {
    content.editions.iter().map(|edition| edition.lang.to_string()).collect::<Vec<_>>().join(", ")
}
