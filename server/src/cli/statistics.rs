//! `placet-server statistics`

use super::{Failure, Statistics, StatisticsFormat, print, record, table::table};
use crate::{
    audit_log::{Action, Outcome},
    statistics::{Counts, OfDay, OfPurpose, csv, days},
    store::Store,
};

/// Prints what was counted, a line for each widget and day.
pub async fn statistics(store: &dyn Store, Statistics { widget, from, to, format }: Statistics) -> Result<(), Failure> {
    let (from, to) = days(from, to);
    let widgets = match widget {
        None => store.widget_numbers(None).await?,
        Some(widget) => {
            store.version_in_force(widget).await?.ok_or(Failure::UnknownWidget(widget))?;
            vec![widget]
        }
    };
    let subject = widget.map(|widget| format!("widget={widget}"));
    record(store, Action::ReadStatistics, None, subject, Outcome::Done, None).await?;
    let mut counted = Vec::new();
    for widget in widgets {
        let days = store.statistics(widget, from, to).await?;
        counted.extend(days.into_iter().map(|day| (widget, day)));
    }
    match format {
        StatisticsFormat::Csv => {
            let rows = csv(counted.iter().map(|(widget, day)| (*widget, day)))?;
            print(&String::from_utf8_lossy(&rows))
        }
        StatisticsFormat::Table if counted.is_empty() => {
            print(&format!("Nothing was counted from {from} on and before {to}.\n"))
        }
        StatisticsFormat::Table => print(&table(&rows(&counted))),
    }
}

fn rows(counted: &[(u32, OfDay)]) -> Vec<[String; 10]> {
    let heads = ["WIDGET", "DAY", "SHOWN", "ALL", "NONE", "SOME", "PREFERENCE", "ANALYTICAL", "MARKETING", "OTHER"];
    let row = |widget: String, day: String, counts: &Counts| {
        let Counts { shown, accepted_all, refused_all, partial, purposes } = counts;
        let of = |purpose: OfPurpose| format!("{} of {}", purpose.granted, purpose.granted + purpose.refused);
        [
            widget,
            day,
            shown.to_string(),
            accepted_all.to_string(),
            refused_all.to_string(),
            partial.to_string(),
            of(purposes.preference),
            of(purposes.analytical),
            of(purposes.marketing),
            of(purposes.other),
        ]
    };
    let mut rows = vec![heads.map(str::to_owned)];
    rows.extend(counted.iter().map(|(widget, OfDay { day, counts })| row(widget.to_string(), day.to_string(), counts)));
    let total = Counts::total(counted.iter().map(|(_, day)| day));
    rows.push(row("total".to_owned(), String::new(), &total));
    rows
}
