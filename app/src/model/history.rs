//! Handovers over time: how they ended day by day, and every attempt of one.

use super::{Day, Destination};
use domain::Args;
use serde::{Deserialize, Serialize};

/// How a handover ended, as far as it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// There is a ticket.
    Ticket,
    /// The team was e-mailed, and no ticket is to come.
    Mailed,
    /// On its way, waiting or held.
    Open,
    /// Failed or unsure, or nobody was told.
    Trouble,
}

impl Ending {
    /// From the best to the worst.
    pub const ALL: [Self; 4] = [Self::Ticket, Self::Mailed, Self::Open, Self::Trouble];
}

/// The handovers of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCount {
    /// Which day, in the time zone that was asked for.
    pub day: Day,
    /// How many ended how, in the order of [`Ending::ALL`].
    pub endings: [u64; 4],
    /// How long half of the tickets took at most, in milliseconds.
    pub median_ms: Option<u64>,
    /// How long 95 of 100 took at most.
    pub slow_ms: Option<u64>,
}

impl DayCount {
    /// A day without any.
    pub fn empty(day: Day) -> Self {
        Self { day, endings: [0; 4], median_ms: None, slow_ms: None }
    }

    /// How many ended so.
    pub fn of(&self, ending: Ending) -> u64 {
        self.endings.get(ending as usize).copied().unwrap_or_default()
    }

    /// How many there were.
    pub fn total(&self) -> u64 {
        self.endings.iter().sum()
    }
}

/// The handovers of the last days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Every day, the oldest first; the last is today.
    pub days: Vec<DayCount>,
    /// How many deliveries have failed, on any day.
    pub failed: u64,
}

/// The attempts of a handover, as `GET /v1/handovers/{id}/attempts` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Attempts {
    /// The newest first, at most 1,000.
    pub attempts: Vec<Attempt>,
}

/// What an attempt asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AttemptKind {
    /// To make the ticket.
    Create,
    /// To add to the ticket what was said later.
    Append,
    /// To take a mail.
    Mail,
    /// Whether an unsure ticket is there.
    LookUp,
    /// Whether a delivered ticket is there once only.
    Check,
}

impl AttemptKind {
    const ALL: [Self; 5] = [Self::Create, Self::Append, Self::Mail, Self::LookUp, Self::Check];

    /// Its name in tables and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Append => "append",
            Self::Mail => "mail",
            Self::LookUp => "look_up",
            Self::Check => "check",
        }
    }

    /// The kind with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// One attempt to deliver a handover, or to find out what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Attempt {
    /// Where to: a helpdesk's name, or `email`.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = json!(domain::Helpdesk::example())))]
    pub destination: Destination,
    /// 0: the ticket itself; 1, 2, …: what was said later, in order.
    pub part: u32,
    /// What was asked.
    pub kind: AttemptKind,
    /// Which attempt to deliver this is, or follows.
    pub number: u32,
    /// When it began, RFC 3339, UTC.
    pub began_at: String,
    /// How long it took; none: it has no end yet.
    pub took_ms: Option<u64>,
    /// What came of it: a state of the delivery, or a sentence about what went wrong, without secrets and chat text.
    pub outcome: Option<String>,
    /// The sentence's code, which never changes.
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
    fn endings_are_counted_in_their_order() {
        let day = DayCount { endings: [1, 2, 3, 4], ..DayCount::empty(Day::of(0)) };
        assert_eq!(Ending::ALL.map(|ending| day.of(ending)), [1, 2, 3, 4]);
        assert_eq!(day.total(), 10);
    }

    #[test]
    fn kinds_are_called_alike_everywhere() {
        for kind in AttemptKind::ALL {
            assert_eq!(AttemptKind::from_name(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!(AttemptKind::from_name("drop"), None);
    }
}
