//! Handovers over time: how they ended per day, and every attempt of one.

use super::{Day, Destination, Progress};
use domain::Args;
use serde::{Deserialize, Serialize};

/// How a handover ended, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// A ticket was created.
    Ticket,
    /// The team was emailed, and no ticket will follow.
    Mailed,
    /// On its way, waiting or held.
    Open,
    /// Failed or unsure, or nobody was told.
    Trouble,
}

impl Ending {
    /// From best to worst.
    pub const ALL: [Self; 4] = [Self::Ticket, Self::Mailed, Self::Open, Self::Trouble];
}

/// The handovers of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCount {
    /// The day, in the requested time zone.
    pub day: Day,
    /// How many handovers ended in each way, in the order of [`Ending::ALL`].
    pub endings: [u64; 4],
    /// Median time to ticket, in milliseconds.
    pub median_ms: Option<u64>,
    /// 95th percentile of the time to ticket, in milliseconds.
    pub slow_ms: Option<u64>,
}

impl DayCount {
    /// Returns a day without handovers.
    pub fn empty(day: Day) -> Self {
        Self { day, endings: [0; 4], median_ms: None, slow_ms: None }
    }

    /// Returns how many handovers ended in this way.
    pub fn of(&self, ending: Ending) -> u64 {
        self.endings.get(ending as usize).copied().unwrap_or_default()
    }

    /// Returns how many handovers there were.
    pub fn total(&self) -> u64 {
        self.endings.iter().sum()
    }
}

/// How many handovers of any day are how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressCounts {
    /// All of them.
    pub all: u64,
    /// Those that only a person can change.
    pub needs_you: u64,
    /// Those on their way.
    pub in_progress: u64,
}

impl ProgressCounts {
    /// Returns how many are this far, or how many there are.
    pub fn of(self, progress: Option<Progress>) -> u64 {
        match progress {
            None => self.all,
            Some(Progress::NeedsYou) => self.needs_you,
            Some(Progress::InProgress) => self.in_progress,
            Some(Progress::Done) => self.all.saturating_sub(self.needs_you + self.in_progress),
        }
    }
}

/// The handovers of the latest days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Every day, oldest first. The last is today.
    pub days: Vec<DayCount>,
    /// How many deliveries have failed, on any day.
    pub failed: u64,
    /// How many handovers are how far, on any day.
    pub counts: ProgressCounts,
}

/// The attempts of a handover, as `GET /v1/handovers/{id}/attempts` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Attempts {
    /// The attempts, newest first, at most 1,000.
    pub attempts: Vec<Attempt>,
}

/// What an attempt requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AttemptKind {
    /// The helpdesk creates the ticket.
    Create,
    /// The helpdesk adds later messages to the ticket.
    Append,
    /// The mail server accepts an email.
    Mail,
    /// A look-up finds out whether an unsure ticket exists.
    LookUp,
    /// A check finds out whether a delivered ticket has duplicates.
    Check,
}

impl AttemptKind {
    const ALL: [Self; 5] = [Self::Create, Self::Append, Self::Mail, Self::LookUp, Self::Check];

    /// Returns its name in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Append => "append",
            Self::Mail => "mail",
            Self::LookUp => "look_up",
            Self::Check => "check",
        }
    }

    /// Returns the kind with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// An attempt to deliver a handover, or to find out what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Attempt {
    /// The destination: a helpdesk's slug, or `email`.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = json!(domain::Helpdesk::example())))]
    pub destination: Destination,
    /// 0 for the ticket itself; 1, 2, … for later messages, in order.
    pub part: u32,
    /// What was requested.
    pub kind: AttemptKind,
    /// The number of the delivery attempt that this is or follows.
    pub number: u32,
    /// When it began, RFC 3339, UTC.
    pub began_at: String,
    /// How long it took, in milliseconds. `null` if it has not ended.
    pub took_ms: Option<u64>,
    /// The result: a state of the delivery, or a sentence about what went wrong, without secrets or chat text.
    pub outcome: Option<String>,
    /// The sentence's stable code.
    #[serde(default)]
    pub code: Option<String>,
    /// The sentence's arguments.
    #[serde(default)]
    pub args: Args,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_indexed_in_order() {
        let day = DayCount { endings: [1, 2, 3, 4], ..DayCount::empty(Day::of(0)) };
        assert_eq!(Ending::ALL.map(|ending| day.of(ending)), [1, 2, 3, 4]);
        assert_eq!(day.total(), 10);
    }

    #[test]
    fn kinds_have_the_same_name_on_the_wire() {
        for kind in AttemptKind::ALL {
            assert_eq!(AttemptKind::from_name(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!(AttemptKind::from_name("drop"), None);
    }
}
