//! Dates as they travel and as they are kept: ISO 8601, UTC, milliseconds, `2020-05-19T16:54:03.272Z`.

use jiff::{SignedDuration, Timestamp, civil::Date, fmt::temporal::DateTimePrinter, tz::TimeZone};
use uuid::{NoContext, Uuid};

/// This server's clock, cut to the millisecond, which is what is written.
pub fn now() -> Timestamp {
    to_millisecond(Timestamp::now())
}

/// A date as it is written.
pub fn iso(date: Timestamp) -> String {
    DateTimePrinter::new().precision(Some(3)).timestamp_to_string(&date)
}

/// Reads an ISO 8601 date with its offset from UTC, as a browser writes it.
pub fn parse(text: &str) -> Option<Timestamp> {
    text.parse().ok().map(to_millisecond)
}

/// Reads what [`parse`] does, or a day, `2026-11-22`, which stands for its beginning in UTC.
pub fn parse_or_day(text: &str) -> Option<Timestamp> {
    let day = || Some(text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    parse(text).or_else(day)
}

/// The day of a moment, in UTC.
pub fn day(date: Timestamp) -> Date {
    date.to_zoned(TimeZone::UTC).date()
}

/// The date a number of days of 24 hours later: a day that a clock change makes shorter or longer does not count,
/// and a browser's cookie ends at the same second. At the end of time it stays there.
pub fn days_later(date: Timestamp, days: u16) -> Timestamp {
    date.saturating_add(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MAX)
}

/// A date as a cookie keeps it: whole seconds since 1970.
pub fn seconds(date: Timestamp) -> u64 {
    u64::try_from(date.as_second()).unwrap_or_default()
}

/// The opposite of [`seconds`]. At the end of time it stays there.
pub fn from_seconds(seconds: u64) -> Timestamp {
    i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok()).unwrap_or(Timestamp::MAX)
}

/// A new identifier that begins with a moment, so that identifiers lie in the order of time (UUID v7).
pub fn identifier(at: Timestamp) -> Uuid {
    let at = at.as_duration();
    let (seconds, nanoseconds) = (u64::try_from(at.as_secs()).unwrap_or_default(), at.subsec_nanos().unsigned_abs());
    Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanoseconds))
}

/// Where the [`identifier`]s of a moment begin: each of them sorts after this, those of the millisecond before do not.
pub fn first_identifier(at: Timestamp) -> Uuid {
    Uuid::from_u128(u128::try_from(at.as_millisecond()).unwrap_or_default().min((1 << 48) - 1) << 80)
}

/// The moment that an [`identifier`] begins with.
pub fn moment(identifier: Uuid) -> Option<Timestamp> {
    let (seconds, nanoseconds) = identifier.get_timestamp()?.to_unix();
    Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanoseconds).ok()?).ok().map(to_millisecond)
}

fn to_millisecond(date: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(date.as_millisecond()).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_written_in_utc_with_milliseconds() {
        assert_eq!(iso(parse("2020-05-19T18:54:03.2729+02:00").unwrap()), "2020-05-19T16:54:03.272Z");
        assert_eq!(iso(parse("2020-05-19T16:54:03Z").unwrap()), "2020-05-19T16:54:03.000Z");
    }

    #[test]
    fn a_day_begins_at_midnight_in_utc() {
        assert_eq!(iso(parse_or_day("2026-11-22").unwrap()), "2026-11-22T00:00:00.000Z");
        assert_eq!(iso(parse_or_day("2026-11-22T12:00:00+01:00").unwrap()), "2026-11-22T11:00:00.000Z");
        assert_eq!(parse_or_day("yesterday"), None);
    }

    #[test]
    fn a_date_without_its_offset_is_not_a_moment() {
        assert_eq!(parse("2020-05-19T18:54:03"), None);
        assert_eq!(parse("19/05/2020"), None);
    }

    #[test]
    fn a_choice_ends_to_the_millisecond_whatever_the_clocks_do_meanwhile() {
        let spring = parse("2020-03-01T12:00:00.001Z").unwrap();
        assert_eq!(iso(days_later(spring, 180)), "2020-08-28T12:00:00.001Z");
        assert_eq!(days_later(Timestamp::MAX, 180), Timestamp::MAX);
    }

    #[test]
    fn a_cookie_keeps_whole_seconds() {
        let date = parse("2020-05-19T16:54:03.999Z").unwrap();
        assert_eq!(seconds(date), 1_589_907_243);
        assert_eq!(iso(from_seconds(seconds(date))), "2020-05-19T16:54:03.000Z");
        assert_eq!(seconds(parse("1969-12-31T23:59:59Z").unwrap()), 0);
        assert_eq!(from_seconds(u64::MAX), Timestamp::MAX);
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back(ms in -60_000_000_000_000_i64..250_000_000_000_000) {
            let date = Timestamp::from_millisecond(ms).unwrap();
            prop_assert_eq!(parse(&iso(date)), Some(date));
        }

        #[test]
        fn identifiers_lie_in_the_order_of_time(ms in 0_i64..250_000_000_000_000) {
            let date = Timestamp::from_millisecond(ms).unwrap();
            let next = Timestamp::from_millisecond(ms + 1).unwrap();
            let identifier = identifier(date);
            prop_assert_eq!(moment(identifier), Some(date));
            prop_assert!(first_identifier(date).to_string() < identifier.to_string());
            prop_assert!(identifier.to_string() < first_identifier(next).to_string());
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".*") {
            let _ = parse(&text);
        }
    }
}
