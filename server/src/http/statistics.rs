//! `GET /v1/widgets/{id}/statistics?from=&to=`: what visitors did with a widget, counted day by day, for the
//! administrators of its workspace.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
    http::{Uri, header},
    response::{IntoResponse, Response},
};
use jiff::civil::Date;
use placet_protocol::Problem;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    App,
    admin::{Caller, NOT_STORED, asked},
    error::Error,
    openapi::{AdminRefusals, OfWidget},
};
use crate::{
    audit_log::{Action, Outcome},
    search::Format,
    statistics::{self, Counts, OfDay},
    token::Rights,
};

/// The resource.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

/// What was counted of a widget.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Statistics {
    /// The widget.
    widget_id: u32,
    /// The first day (UTC).
    from: String,
    /// The day after the last one (UTC).
    to: String,
    /// The days on which there was anything to count.
    days: Vec<OfDay>,
    /// Their sum.
    total: Counts,
}

/// How many visitors were asked and what they chose, for each day in UTC. No visitor who did not choose is kept anywhere:
/// `shown` counts browsers that asked for what the widget shows and did not have it yet.
#[utoipa::path(
    get,
    path = "/widgets/{id}/statistics",
    tag = "Administrators",
    security(("token" = [])),
    params(
        OfWidget,
        ("from" = Option<String>, Query, description = "The first day (`2026-11-01`); 30 days with today if it is left out."),
        ("to" = Option<String>, Query, description = "The day after the last one; tomorrow if it is left out."),
        ("format" = Option<String>, Query, description = "`csv`: as a file, a row for each day."),
    ),
    responses(
        (status = 200, description = "The counts.", body = Statistics),
        (status = 400, description = "Something in the query is no such thing.", body = Problem, content_type = "application/problem+json"),
        AdminRefusals,
    ),
)]
async fn show(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
    caller: Caller,
) -> Result<Response, Error> {
    let Path(id) = id?;
    let administrator = caller.authorize(&app, Rights::Read, Action::ReadStatistics).await?;
    let day = |name: &str| asked(&uri, name, |text| text.parse::<Date>().ok(), "this is no date, as `2026-11-22`");
    let (from, to) = statistics::days(day("from")?, day("to")?);
    let formats = |name: &str| match name {
        "json" => Some(false),
        "csv" => Some(true),
        _ => None,
    };
    let is_csv = asked(&uri, "format", formats, "this is `csv` or `json`")?.unwrap_or(false);
    let mine = app.store.widget_numbers(Some(administrator.workspace())).await?;
    let widget = id.parse().ok().filter(|id| mine.contains(id));
    let widget = widget.ok_or_else(|| Error::NotFound("your workspace has no widget of this number".to_owned()))?;

    // A task of its own: nothing is to be lost if this client goes away.
    let (shown, store) = (app.shown(), Arc::clone(&app.store));
    match tokio::spawn(async move { shown.store(&*store).await }).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "what was counted has to wait"),
        Err(error) => return Err(Error::Internal(error.to_string())),
    }
    let days = app.store.statistics(widget, from, to).await?;
    administrator.record(&app, Some(format!("widget={widget}")), Outcome::Done, None)?;
    if is_csv {
        let rows = statistics::csv(days.iter().map(|day| (widget, day)));
        let rows = rows.map_err(|error| Error::Internal(error.to_string()))?;
        return Ok((NOT_STORED, [(header::CONTENT_TYPE, Format::Csv.media_type())], rows).into_response());
    }
    let total = Counts::total(&days);
    let statistics = Statistics { widget_id: widget, from: from.to_string(), to: to.to_string(), days, total };
    Ok((NOT_STORED, Json(statistics)).into_response())
}
