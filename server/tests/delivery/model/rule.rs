//! The rule "One ticket", line by line, as a set of switches. The complete rule is the server's own code; removing a
//! line changes what the simulated world passes on.

/// A line of the rule "One ticket", with the number of its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// 2: an attempt is committed before its first byte leaves.
    CommittedFirst,
    /// 2: leasing and settling require the fence.
    Fence,
    /// 3: nothing is sent after `not_after`.
    Deadline,
    /// 3: the HTTP client does not retry by itself.
    NoClientRetry,
    /// 4: a lost response is unsure.
    LostIsUnsure,
    /// 4: 408, 409, 425 and 5xx are unsure.
    StatusIsUnsure,
    /// 4: a 2xx without an id is unsure.
    UnreadableIsUnsure,
    /// 4: an expired lease is unsure.
    LeaseIsUnsure,
    /// 4: a lease expires.
    LeaseEnds,
    /// 5: the `external_id` is compared exactly.
    ExactId,
    /// 5: trashed tickets count.
    TrashedCount,
    /// 5: a merged ticket is found by its message.
    MergedByMessage,
    /// 6: an empty look-up counts only after W.
    AfterW,
    /// 6: … if the look-up *started* after W.
    BeganAfterW,
    /// 6: … also on a clock that nobody can set.
    OwnClock,
    /// 6: … on which a process knows no end of a request that another one sent.
    OthersUnknown,
    /// 6: … if it was a complete 2xx.
    Whole2xx,
    /// 6: … from the same account.
    SameAccount,
    /// 6: a resend follows the same rule.
    ResendUnderTheRule,
    /// 6: after three unsure attempts the merchant is asked.
    PersonAfterThree,
    /// 6: if no look-up can count, the merchant is asked.
    PersonWhenNoneCounts,
    /// A merchant's "no" counts only after W, too.
    PersonAfterW,
    /// 7: there is a check after 1 h.
    HourCheck,
    /// 7: there is a check after 24 h.
    DayCheck,
    /// 7: a check closes all tickets but one.
    Closing,
}

/// All lines.
pub const LINES: [Line; 25] = [
    Line::CommittedFirst,
    Line::Fence,
    Line::Deadline,
    Line::NoClientRetry,
    Line::LostIsUnsure,
    Line::StatusIsUnsure,
    Line::UnreadableIsUnsure,
    Line::LeaseIsUnsure,
    Line::LeaseEnds,
    Line::ExactId,
    Line::TrashedCount,
    Line::MergedByMessage,
    Line::AfterW,
    Line::BeganAfterW,
    Line::OwnClock,
    Line::OthersUnknown,
    Line::Whole2xx,
    Line::SameAccount,
    Line::ResendUnderTheRule,
    Line::PersonAfterThree,
    Line::PersonWhenNoneCounts,
    Line::PersonAfterW,
    Line::HourCheck,
    Line::DayCheck,
    Line::Closing,
];

/// The rule, complete or without one line, for a helpdesk that may support idempotency keys, and for one or two
/// processes.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub without: Option<Line>,
    /// Whether the helpdesk returns the same ticket for a request with the same key, for two hours.
    pub keyed: bool,
    /// Whether two processes share the database.
    pub shared: bool,
}

impl Rule {
    pub const WHOLE: Self = Self { without: None, keyed: false, shared: false };

    pub const fn without(line: Line) -> Self {
        Self { without: Some(line), ..Self::WHOLE }
    }

    pub const fn with_keys(self) -> Self {
        Self { keyed: true, ..self }
    }

    pub const fn with_two_processes(self) -> Self {
        Self { shared: true, ..self }
    }

    pub fn has(self, line: Line) -> bool {
        self.without != Some(line)
    }
}
