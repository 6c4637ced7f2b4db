//! The routing of tickets: the team and the priority that the merchant chose for them.

use serde::{Deserialize, Serialize};

/// A ticket's priority. Each helpdesk's client has its own word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Less important than most tickets.
    Low,
    /// The default.
    Normal,
    /// More important than most tickets.
    High,
    /// The most important.
    Urgent,
}

impl Priority {
    /// All priorities, lowest first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Urgent];

    /// Returns its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }

    /// Returns the priority with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// The id of a team in its helpdesk: a positive number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(try_from = "u64", into = "u64")]
pub struct TeamId(u64);

impl TryFrom<u64> for TeamId {
    type Error = &'static str;

    fn try_from(id: u64) -> Result<Self, Self::Error> {
        if id > 0 { Ok(Self(id)) } else { Err("must be a positive number") }
    }
}

impl From<TeamId> for u64 {
    fn from(id: TeamId) -> Self {
        id.0
    }
}

impl std::fmt::Display for TeamId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A team of a helpdesk's account. Some helpdesks call it a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct DeskTeam {
    /// Its id.
    pub id: TeamId,
    /// Its name, on one line.
    pub name: String,
}

/// A merchant's choice for a connection's tickets, and the teams to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Routing {
    /// The team, or `None` to leave it to the helpdesk's rules.
    pub team: Option<TeamId>,
    /// The priority, or `None` to leave it to the helpdesk's rules.
    pub priority: Option<Priority>,
    /// Whether the helpdesk rejected a ticket because of them. Tickets are then sent without them until someone chooses
    /// again.
    pub refused: bool,
    /// The account's teams, or `None` if the key cannot read them.
    pub teams: Option<Vec<DeskTeam>>,
}

impl Routing {
    /// Returns the route to send with a ticket.
    pub fn route(&self) -> TicketRoute {
        match self.refused {
            true => TicketRoute { refused: true, ..TicketRoute::default() },
            false => TicketRoute { team: self.team, priority: self.priority, refused: false },
        }
    }
}

/// The routing of one ticket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TicketRoute {
    /// The team, if the ticket names one.
    pub team: Option<TeamId>,
    /// The priority, if the ticket has one.
    pub priority: Option<Priority>,
    /// Whether both were left out because the helpdesk rejected this ticket with them.
    pub refused: bool,
}

impl TicketRoute {
    /// Returns whether the ticket has a team or a priority, which the helpdesk could reject.
    pub fn says_something(&self) -> bool {
        self.team.is_some() || self.priority.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_routing_is_parsed_completely_or_rejected() {
        let team = TeamId::try_from(7).unwrap();
        let routing = Routing {
            team: Some(team),
            priority: Some(Priority::Urgent),
            refused: false,
            teams: Some(vec![DeskTeam { id: team, name: "Billing".into() }]),
        };
        let json = r#"{"team":7,"priority":"urgent","refused":false,"teams":[{"id":7,"name":"Billing"}]}"#;
        assert_eq!(serde_json::to_string(&routing).unwrap(), json);
        assert_eq!(serde_json::from_str::<Routing>(json).unwrap(), routing);
        assert_eq!(serde_json::from_str::<Routing>("{}").unwrap(), Routing::default());
        for wrong in [r#"{"team":0}"#, r#"{"team":-7}"#, r#"{"priority":"critical"}"#, r#"{"team":"7"}"#] {
            assert!(serde_json::from_str::<Routing>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ticket_leaves_out_what_the_helpdesk_rejected() {
        let chosen = Routing { priority: Some(Priority::High), ..Routing::default() };
        assert_eq!(chosen.route().priority, Some(Priority::High));
        let refused = Routing { refused: true, ..chosen };
        assert_eq!(refused.route(), TicketRoute { refused: true, ..TicketRoute::default() });
    }

    #[test]
    fn priority_has_one_name() {
        for priority in Priority::ALL {
            assert_eq!(Priority::from_name(priority.name()), Some(priority));
            assert_eq!(serde_json::to_value(priority).unwrap(), priority.name());
        }
        assert_eq!(Priority::from_name("critical"), None);
    }
}
