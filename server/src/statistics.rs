//! What visitors did with a widget, counted day by day: pure, without a database.
//!
//! Only numbers are kept. What is chosen is counted with the proof of it, and the count stays when the proof is erased or
//! removed; that a widget was shown is counted without anything of the visitor being kept ([`crate::shown`]).

use jiff::{ToSpan, civil::Date};
use placet_protocol::{Proof, ProofType, Purpose};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{clock, csv_cell};

/// For how many days there are counts if nobody says.
const USUAL_DAYS: i32 = 30;

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// How many browsers were asked that had not been asked before, or that a new version asks for more.
    pub shown: u64,
    /// Choices that granted every service that was asked for.
    pub accepted_all: u64,
    /// Choices that granted none of them.
    pub refused_all: u64,
    /// Choices that granted some of them.
    pub partial: u64,
    /// The choices, purpose by purpose.
    pub purposes: OfPurposes,
}

/// The answers to each purpose that can be refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct OfPurposes {
    /// Comfort.
    pub preference: OfPurpose,
    /// Measuring the audience.
    pub analytical: OfPurpose,
    /// Advertising and following up.
    pub marketing: OfPurpose,
    /// None of these.
    pub other: OfPurpose,
}

/// The answers to a purpose, in those choices in which it was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfPurpose {
    /// Every service of it was granted.
    pub granted: u64,
    /// One of them was refused, or all.
    pub refused: u64,
}

/// What was counted of a widget on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The widget.
    pub widget: u32,
    /// The day, in UTC.
    pub day: Date,
    /// The counts.
    pub counts: Counts,
}

/// The counts of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfDay {
    /// The day (`2026-11-22`), in UTC.
    #[schema(value_type = String)]
    pub day: Date,
    /// What was counted on it.
    pub counts: Counts,
}

/// The days that are meant: from `from` on and before `to`, 30 days with today if nobody says.
pub fn days(from: Option<Date>, to: Option<Date>) -> (Date, Date) {
    let to = to.unwrap_or_else(|| clock::day(clock::now()).saturating_add(1.day()));
    (from.unwrap_or_else(|| to.saturating_sub(USUAL_DAYS.days())), to)
}

/// The names of [`Counts::numbers`].
pub const NAMES: [&str; 12] = [
    "shown",
    "accepted_all",
    "refused_all",
    "partial",
    "preference_granted",
    "preference_refused",
    "analytical_granted",
    "analytical_refused",
    "marketing_granted",
    "marketing_refused",
    "other_granted",
    "other_refused",
];

impl Counts {
    /// What a proof counts for; nothing if it proves no choice, or one between nothing.
    pub fn of(proof: &Proof) -> Self {
        let mut counts = Self::default();
        if proof.kind != ProofType::Consents {
            return counts;
        }
        let (mut granted, mut refused) = ([false; 5], [false; 5]);
        for consent in proof.consents.cookie_consents.iter().filter(|consent| !consent.purpose.is_necessary()) {
            let purpose = usize::from(consent.purpose.number());
            if consent.consent {
                granted[purpose] = true;
            } else {
                refused[purpose] = true;
            }
        }
        match (granted.contains(&true), refused.contains(&true)) {
            (true, true) => counts.partial = 1,
            (true, false) => counts.accepted_all = 1,
            (false, true) => counts.refused_all = 1,
            (false, false) => {}
        }
        for purpose in Purpose::ALL {
            let number = usize::from(purpose.number());
            if let Some(of_purpose) = counts.purposes.of(purpose) {
                of_purpose.granted = u64::from(granted[number] && !refused[number]);
                of_purpose.refused = u64::from(refused[number]);
            }
        }
        counts
    }

    /// Adds other counts to these.
    pub fn add(&mut self, other: &Self) {
        let (mine, others) = (self.numbers(), other.numbers());
        *self = Self::from_numbers(std::array::from_fn(|index| mine[index].saturating_add(others[index])));
    }

    /// The counts in a row, in the order of [`NAMES`].
    pub fn numbers(&self) -> [u64; NAMES.len()] {
        let Self { shown, accepted_all, refused_all, partial, purposes } = *self;
        let OfPurposes { preference, analytical, marketing, other } = purposes;
        [
            shown,
            accepted_all,
            refused_all,
            partial,
            preference.granted,
            preference.refused,
            analytical.granted,
            analytical.refused,
            marketing.granted,
            marketing.refused,
            other.granted,
            other.refused,
        ]
    }

    /// The opposite of [`Counts::numbers`].
    pub fn from_numbers(numbers: [u64; NAMES.len()]) -> Self {
        let [shown, accepted_all, refused_all, partial, of_purposes @ ..] = numbers;
        let [p_granted, p_refused, a_granted, a_refused, m_granted, m_refused, o_granted, o_refused] = of_purposes;
        let of = |granted, refused| OfPurpose { granted, refused };
        let purposes = OfPurposes {
            preference: of(p_granted, p_refused),
            analytical: of(a_granted, a_refused),
            marketing: of(m_granted, m_refused),
            other: of(o_granted, o_refused),
        };
        Self { shown, accepted_all, refused_all, partial, purposes }
    }

    /// Counts of several days together.
    pub fn total<'a>(days: impl IntoIterator<Item = &'a OfDay>) -> Self {
        let mut total = Self::default();
        for day in days {
            total.add(&day.counts);
        }
        total
    }
}

impl OfPurposes {
    fn of(&mut self, purpose: Purpose) -> Option<&mut OfPurpose> {
        match purpose {
            Purpose::Necessary => None,
            Purpose::Preference => Some(&mut self.preference),
            Purpose::Analytical => Some(&mut self.analytical),
            Purpose::Marketing => Some(&mut self.marketing),
            Purpose::Other => Some(&mut self.other),
        }
    }
}

/// Counts as CSV: a row for each day, with the widget's number.
///
/// # Errors
///
/// None for counts.
pub fn csv<'a>(days: impl IntoIterator<Item = (u32, &'a OfDay)>) -> std::io::Result<Vec<u8>> {
    let mut rows = csv_cell::writer();
    rows.write_record(["widget", "day"].into_iter().chain(NAMES))?;
    for (widget, OfDay { day, counts }) in days {
        let numbers = counts.numbers();
        let cells = [widget.to_string(), day.to_string()].into_iter().chain(numbers.iter().map(u64::to_string));
        rows.write_record(cells)?;
    }
    csv_cell::finish(rows)
}

#[cfg(test)]
mod tests {
    use placet_protocol::{Consents, DeviceType, proof::StoredConsent};
    use proptest::prelude::*;

    use super::*;

    fn proof(decisions: &[(Purpose, bool)]) -> Proof {
        let consent = |(purpose, consent): &(Purpose, bool)| StoredConsent {
            id: String::new(),
            tenant_id: 0,
            name: String::new(),
            slug: String::new(),
            consent: *consent,
            version: String::new(),
            date: String::new(),
            purpose: *purpose,
        };
        Proof {
            id: String::new(),
            session_id: String::new(),
            date: String::new(),
            date_expiration: String::new(),
            kind: ProofType::Consents,
            widget_id: 43,
            type_device: DeviceType::Unknown,
            work_space_id: 19,
            consent_id: String::new(),
            consents: Consents {
                lang: String::new(),
                version_key: None,
                cookie_consents: decisions.iter().map(consent).collect(),
            },
            widget_version: String::new(),
            widget_version_sha256: None,
            previous_consent_id: None,
            user_id: None,
            seal: None,
        }
    }

    const NECESSARY: (Purpose, bool) = (Purpose::Necessary, true);

    #[test]
    fn a_choice_is_counted_by_what_it_grants_of_what_can_be_refused() {
        let choice = |decisions: &[(Purpose, bool)]| {
            let Counts { shown, accepted_all, refused_all, partial, .. } = Counts::of(&proof(decisions));
            [shown, accepted_all, refused_all, partial]
        };
        assert_eq!(choice(&[NECESSARY, (Purpose::Analytical, true), (Purpose::Other, true)]), [0, 1, 0, 0]);
        assert_eq!(choice(&[NECESSARY, (Purpose::Analytical, false), (Purpose::Other, false)]), [0, 0, 1, 0]);
        assert_eq!(choice(&[NECESSARY, (Purpose::Analytical, false), (Purpose::Other, true)]), [0, 0, 0, 1]);
        assert_eq!(choice(&[NECESSARY]), [0; 4]);
    }

    #[test]
    fn a_purpose_is_granted_when_each_of_its_services_is() {
        let half = [(Purpose::Marketing, true), (Purpose::Marketing, false), (Purpose::Preference, true), NECESSARY];
        let OfPurposes { preference, analytical, marketing, other } = Counts::of(&proof(&half)).purposes;
        assert_eq!(preference, OfPurpose { granted: 1, refused: 0 });
        assert_eq!(marketing, OfPurpose { granted: 0, refused: 1 });
        // What was not asked for was not answered.
        assert_eq!((analytical, other), (OfPurpose::default(), OfPurpose::default()));
    }

    #[test]
    fn a_visit_is_no_choice() {
        let visit = Proof { kind: ProofType::Visit, ..proof(&[(Purpose::Marketing, true)]) };
        assert_eq!(Counts::of(&visit), Counts::default());
    }

    proptest! {
        #[test]
        fn counts_are_read_as_they_were_written(numbers: [u64; NAMES.len()]) {
            prop_assert_eq!(Counts::from_numbers(numbers).numbers(), numbers);
        }
    }
}
