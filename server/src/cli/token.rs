//! `placet-server token …`

use jiff::Timestamp;

use super::{Failure, Token, print, record, table::table, the_workspace};
use crate::{
    audit_log::{Action, Outcome},
    clock,
    store::Store,
    token::{AdminToken, KnownToken, Rights, TokenName},
};

/// Runs one of the commands.
pub async fn run(store: &dyn Store, command: Token) -> Result<(), Failure> {
    match command {
        Token::Add { name, workspace, read_only, expires } => {
            let rights = if read_only { Rights::Read } else { Rights::Full };
            add(store, &name, workspace, rights, expires).await
        }
        Token::List => list(store).await,
        Token::Revoke { name, workspace } => revoke(store, name, workspace).await,
    }
}

/// Makes a token and prints it, which nobody can do again.
async fn add(
    store: &dyn Store,
    name: &TokenName,
    workspace: Option<u32>,
    rights: Rights,
    expires_at: Option<Timestamp>,
) -> Result<(), Failure> {
    let workspace = the_workspace(store, workspace, "--workspace").await?;
    let token = AdminToken::random();
    store.add_token(workspace, name, rights, expires_at, token.hash()).await?;
    record(store, Action::AddToken, Some(workspace), Some(name.to_string()), Outcome::Done, None).await?;
    print(&format!(
        "The admin token `{name}` of workspace {workspace}, which may {}{}: {}\n\
         Keep it safe: it is not stored in clear and is not shown again.\n",
        in_words(rights),
        expires_at.map(|at| format!(" until {}", clock::iso(at))).unwrap_or_default(),
        token.reveal()
    ))
}

async fn list(store: &dyn Store) -> Result<(), Failure> {
    let tokens = store.tokens().await?;
    if tokens.is_empty() {
        return print("There are no admin tokens. Make one: placet-server token add NAME\n");
    }
    let mut rows = vec![["WORKSPACE", "NAME", "MAY", "MADE", "EXPIRES", "LAST USED"].map(str::to_owned)];
    rows.extend(tokens.iter().map(|KnownToken { workspace, name, rights, created_at, expires_at, last_used_at }| {
        [
            workspace.to_string(),
            name.to_string(),
            in_words(*rights).to_owned(),
            clock::iso(*created_at),
            expires_at.map_or_else(|| "never".to_owned(), clock::iso),
            last_used_at.map_or_else(|| "never".to_owned(), clock::iso),
        ]
    }));
    print(&table(&rows))
}

async fn revoke(store: &dyn Store, name: TokenName, workspace: Option<u32>) -> Result<(), Failure> {
    let workspace = the_workspace(store, workspace, "--workspace").await?;
    if store.revoke_token(workspace, &name).await? {
        record(store, Action::RevokeToken, Some(workspace), Some(name.to_string()), Outcome::Done, None).await?;
        print(&format!("The admin token `{name}` of workspace {workspace} opens nothing any more.\n"))
    } else {
        Err(Failure::UnknownToken(workspace, name))
    }
}

fn in_words(rights: Rights) -> &'static str {
    match rights {
        Rights::Read => "read",
        Rights::Full => "read and erase",
    }
}
