//! What was counted of each widget, day by day.

use jiff::civil::Date;
use sqlx::{QueryBuilder, Row as _};
use uuid::Uuid;

use super::{Database, Pool, begin};
use crate::{
    statistics::{Counted, Counts, OfDay},
    store::{Error, Result, row},
};

/// The beginning of the statement that adds counts to those that are there. What follows are rows of `widget_id, day,
/// run` and the counts by name, and [`added_up`].
macro_rules! into {
    () => {
        "INSERT INTO statistic (widget_id, day, run, shown, accepted_all, refused_all, partial,
                                preference_granted, preference_refused, analytical_granted, analytical_refused,
                                marketing_granted, marketing_refused, other_granted, other_refused) "
    };
}

/// The end of that statement.
macro_rules! added_up {
    () => {
        " ON CONFLICT (widget_id, day, run) DO UPDATE SET
              shown = statistic.shown + excluded.shown,
              accepted_all = statistic.accepted_all + excluded.accepted_all,
              refused_all = statistic.refused_all + excluded.refused_all,
              partial = statistic.partial + excluded.partial,
              preference_granted = statistic.preference_granted + excluded.preference_granted,
              preference_refused = statistic.preference_refused + excluded.preference_refused,
              analytical_granted = statistic.analytical_granted + excluded.analytical_granted,
              analytical_refused = statistic.analytical_refused + excluded.analytical_refused,
              marketing_granted = statistic.marketing_granted + excluded.marketing_granted,
              marketing_refused = statistic.marketing_refused + excluded.marketing_refused,
              other_granted = statistic.other_granted + excluded.other_granted,
              other_refused = statistic.other_refused + excluded.other_refused"
    };
}

/// Adds to a text the statement that adds what a run has counted. There has to be something.
pub fn adding(query: &mut QueryBuilder<Database>, run: &str, counted: &[Counted]) {
    query.push(into!());
    query.push_values(counted, |mut row, Counted { widget, day, counts }| {
        row.push_bind(i64::from(*widget)).push_bind(day.to_string()).push_bind(run);
        for number in counts.numbers() {
            row.push_bind(number.cast_signed());
        }
    });
    query.push(added_up!());
}

/// How many are added by one statement: engines limit the values that one takes, SQLite to 32,766.
const TOGETHER: usize = 1000;

/// Adds what a run has counted, all of it or nothing.
pub async fn count(pool: &Pool, run: Uuid, counted: &[Counted]) -> Result<()> {
    let mut transaction = begin(pool).await?;
    for some in counted.chunks(TOGETHER) {
        let mut query = QueryBuilder::new("");
        adding(&mut query, &run.to_string(), some);
        query.build().execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// The counts of a widget on each day from `from` on and before `until` on which there are any.
pub async fn of_days(pool: &Pool, widget: u32, from: Date, until: Date) -> Result<Vec<OfDay>> {
    let rows = sqlx::query(
        "SELECT day, CAST(sum(shown) AS BIGINT), CAST(sum(accepted_all) AS BIGINT),
                CAST(sum(refused_all) AS BIGINT), CAST(sum(partial) AS BIGINT),
                CAST(sum(preference_granted) AS BIGINT), CAST(sum(preference_refused) AS BIGINT),
                CAST(sum(analytical_granted) AS BIGINT), CAST(sum(analytical_refused) AS BIGINT),
                CAST(sum(marketing_granted) AS BIGINT), CAST(sum(marketing_refused) AS BIGINT),
                CAST(sum(other_granted) AS BIGINT), CAST(sum(other_refused) AS BIGINT)
         FROM statistic WHERE widget_id = $1 AND day >= $2 AND day < $3 GROUP BY day ORDER BY day",
    )
    .bind(i64::from(widget))
    .bind(from.to_string())
    .bind(until.to_string())
    .fetch_all(pool)
    .await?;
    rows.iter().map(of_row).collect()
}

fn of_row(found: &super::Row) -> Result<OfDay> {
    let day: &str = found.try_get("day")?;
    let day = day.parse().map_err(|_| Error::Corrupt(format!("`{day}` in the place of a day")))?;
    let mut numbers = Counts::default().numbers();
    for (index, number) in numbers.iter_mut().enumerate() {
        *number = row::count(found.try_get(index + 1)?)?;
    }
    Ok(OfDay { day, counts: Counts::from_numbers(numbers) })
}
