//! `placet-server serve`

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use tokio::{signal, sync::oneshot};

use super::{Failure, print, the_workspace, warn_if_short};
use crate::{
    clock,
    heads::{delivery::Delivery, destination::Destination},
    http::{
        self, App,
        certificate::Certificate,
        connections::MostConnections,
        listen::{self, Times},
        metrics::Figures,
    },
    ledger::Ledger,
    retention,
    settings::Serve,
    shown::Shown,
    store::Store,
};

/// How often the database is looked after.
const UPKEEP: Duration = Duration::from_hours(1);

/// How often what was counted is added to the database.
const COUNTING: Duration = Duration::from_secs(10);

/// Serves until the process is told to stop.
pub async fn serve(
    store: Arc<dyn Store>,
    ledger: Ledger,
    settings: Serve,
    heads_to: Option<String>,
) -> Result<(), Failure> {
    if let Some(site) = settings.site.as_deref().filter(|site| !site.is_dir()) {
        return Err(Failure::NoSite(site.display().to_string()));
    }
    let delivery = match (heads_to, settings.timestamp_url.clone()) {
        (Some(address), authority) => Some(Delivery::new(ledger.clone(), Destination::open(&address)?, authority)?),
        (None, Some(_)) => return Err(Failure::NothingToStamp),
        (None, None) => None,
    };
    let certificate = settings.at.certificate().map(Certificate::load).transpose()?;
    admit(&*store, &settings).await?;
    let address = settings.at.listen;
    let listener = listen::bind(address).map_err(|reason| Failure::Listen { address, reason })?;
    let address = listener.local_addr()?;
    let stop = stop_signal()?;
    let upkeep = tokio::spawn(upkeep(Arc::clone(&store), ledger.clone(), settings.keep_expired, settings.keep_audit));
    let scheme = if certificate.is_some() { "https" } else { "http" };
    print(&format!("Placet is listening on {scheme}://{address}\n"))?;
    let renewal = certificate.clone().map(|certificate| tokio::spawn(certificate.watch()));
    let times = Times { before_draining: Duration::from_secs(settings.drain_delay), ..Times::default() };
    let most_connections = listen::allowed_connections(most_connections(&settings));
    let app = App::new(Arc::clone(&store), ledger, settings.site)
        .limited(settings.limits.per_minute())
        .behind(&settings.trusted_proxies)
        .waiting(times)
        .connected(most_connections)
        .logging(settings.log_addresses)
        .with_security_contact(settings.security_contact)
        .with_certificate(certificate);
    let audit_log = app.audit_log();
    let (end, ended) = oneshot::channel();
    let counting = tokio::spawn(add_counts(store, app.shown(), ended));
    let outcome = serve_and_tell(listener, app, settings.metrics_listen, delivery, stop).await;
    upkeep.abort();
    if let Some(renewal) = renewal {
        renewal.abort();
    }
    audit_log.close().await;
    drop(end);
    if let Err(error) = counting.await {
        tracing::error!(%error, "the task that adds counts ended badly");
    }
    outcome
}

fn most_connections(settings: &Serve) -> MostConnections {
    let of_client = match settings.connections_per_client {
        0 => usize::MAX,
        most => most,
    };
    MostConnections { in_all: settings.connections.get(), of_client }
}

/// Serves, delivers heads if there is a place for them, and tells the figures of it if there is an address for those.
async fn serve_and_tell(
    listener: TcpListener,
    app: App,
    metrics: Option<SocketAddr>,
    delivery: Option<Delivery>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Failure> {
    let figures = metrics.map(count).transpose()?;
    // Not before counting has begun.
    let delivering = delivery.map(|delivery| tokio::spawn(delivery.run()));
    let outcome = match figures {
        None => http::serve(listener, app, stop).await,
        Some(figures) => tokio::select! {
            served = http::serve(listener, app.counting(), stop) => served,
            told = figures => told,
        },
    };
    if let Some(delivering) = delivering {
        delivering.abort();
    }
    Ok(outcome?)
}

/// Begins to count requests, and tells what was counted.
fn count(address: SocketAddr) -> Result<impl Future<Output = std::io::Result<()>>, Failure> {
    let listener = listen::bind(address).map_err(|reason| Failure::Listen { address, reason })?;
    let figures = Figures::begin().map_err(|error| Failure::Write(error.to_string()))?;
    print(&format!("Its metrics are at http://{}/metrics\n", listener.local_addr()?))?;
    Ok(figures.serve(listener))
}

/// Does what is to be done from time to time.
async fn upkeep(store: Arc<dyn Store>, ledger: Ledger, keep_expired: u16, keep_audit: u16) {
    loop {
        // Again and again: a server of another version that starts takes them for replaced.
        if let Err(error) = store.keep_sdk_files(&http::sdk::own_files(), clock::now()).await {
            tracing::warn!(%error, "other servers cannot have this one's files of the SDK");
        }
        if let Err(error) = store.maintain().await {
            tracing::warn!(%error, "the database's upkeep has to wait");
        }
        if let Some(due) = retention::due(clock::now(), keep_expired) {
            match retention::purge(&*store, &ledger, due).await {
                Ok(done) if done == retention::Done::default() => {}
                Ok(done) => tracing::info!(done.removed, done.erased, done.refused, "removed proofs that had expired"),
                Err(error) => tracing::warn!(%error, "removing expired proofs has to wait"),
            }
        }
        if let Some(due) = retention::due(clock::now(), keep_audit) {
            match store.purge_audit_records(due).await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "removed audit records that were old enough"),
                Err(error) => tracing::warn!(%error, "removing old audit records has to wait"),
            }
        }
        tokio::time::sleep(UPKEEP).await;
    }
}

/// Adds to the database what was counted, from time to time and at the end.
async fn add_counts(store: Arc<dyn Store>, shown: Arc<Shown>, mut ended: oneshot::Receiver<()>) {
    loop {
        let is_last = tokio::time::timeout(COUNTING, &mut ended).await.is_ok();
        if let Err(error) = shown.store(&*store).await {
            tracing::warn!(%error, "what was counted has to wait");
        }
        if is_last {
            return;
        }
    }
}

/// Makes the admin token that was set the one of its workspace.
async fn admit(store: &dyn Store, settings: &Serve) -> Result<(), Failure> {
    if store.workspaces().await?.is_empty() {
        tracing::warn!("there are no widgets yet; publish one: placet-server widget apply FILE");
        return Ok(());
    }
    let Some(token) = &settings.token.admin_token else { return Ok(()) };
    let setting = "--admin-workspace or PLACET_ADMIN_WORKSPACE";
    let workspace = the_workspace(store, settings.admin_workspace, setting).await?;
    warn_if_short(token);
    Ok(store.set_admin_token(workspace, token.hash()).await?)
}

/// Resolves when the process is interrupted (SIGINT) or told to end (SIGTERM).
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Resolves when the process is interrupted.
#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        let _ = signal::ctrl_c().await;
    })
}
