//! The rule "One ticket", line by line, as a table of switches. The unbroken rule is the server's own code; a line that
//! is taken out changes what the world around it passes on.

/// A line of the rule "One ticket", by its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// 2: an attempt is committed before its first byte leaves.
    CommittedFirst,
    /// 2: a lease and a settle need the fence.
    Fence,
    /// 3: no byte leaves after `not_after`.
    Deadline,
    /// 3: the client does not send again by itself.
    NoClientRetry,
    /// 4: a lost answer is unsure.
    LostIsUnsure,
    /// 4: 408, 409, 425 and 5xx are unsure.
    StatusIsUnsure,
    /// 4: a 2xx without a number is unsure.
    UnreadableIsUnsure,
    /// 4: a lease that ran out is unsure.
    LeaseIsUnsure,
    /// 4: a lease runs out.
    LeaseEnds,
    /// 5: the `external_id` is compared exactly.
    ExactId,
    /// 5: trashed tickets count.
    TrashedCount,
    /// 5: a merged ticket is found by its message.
    MergedByMessage,
    /// 6: a "no" counts only after W.
    AfterW,
    /// 6: … if its look-up *began* after W.
    BeganAfterW,
    /// 6: … on a clock that nobody can set, too.
    OwnClock,
    /// 6: … if it was a whole 2xx.
    Whole2xx,
    /// 6: … from the same account.
    SameAccount,
    /// 6: a resend stands under the same rule.
    ResendUnderTheRule,
    /// 6: after three unsure attempts a person is asked.
    PersonAfterThree,
    /// 6: when no look-up can count a person is asked.
    PersonWhenNoneCounts,
    /// A person's "no" counts only after W, too.
    PersonAfterW,
    /// 7: there is a check after 1 h.
    HourCheck,
    /// 7: there is a check after 24 h.
    DayCheck,
    /// 7: a check closes all tickets but one.
    Closing,
}

/// Every line.
pub const LINES: [Line; 24] = [
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

/// The rule, whole or without a line.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub without: Option<Line>,
}

impl Rule {
    pub const WHOLE: Self = Self { without: None };

    pub const fn without(line: Line) -> Self {
        Self { without: Some(line) }
    }

    pub fn has(self, line: Line) -> bool {
        self.without != Some(line)
    }
}
