//! Maps a receiver's response to a result.

use super::{
    post::{Answer, NoAnswer},
    sentences::{
        ANSWERED, ANSWERED_WITH, BROKE_OFF, BUSY, FORBIDDEN, NO_CONNECTION, NO_SECRET, NOT_REACHABLE,
        NOT_THERE, REDIRECTS, SECRET_UNKNOWN, SLOW,
    },
};
use crate::helpdesk::{SWITCHED_OFF, events::Undelivered};
use app::model::{Problem, TestOutcome};
use domain::{
    Said, said,
    text::{one_line, shorten},
};
use http::{HeaderMap, header};
use jiff::Timestamp;
use std::time::Duration;

/// The longest `Retry-After` that we follow: the longest wait of the schedule.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 3_600);
/// The maximum number of characters of a response that are shown.
const SHOWN: usize = 500;

/// Returns the result of sending an event.
pub(super) fn sent(answer: Result<Answer, NoAnswer>) -> Result<(), Undelivered> {
    let answer = match answer {
        Ok(answer) if answer.status.is_success() => return Ok(()),
        Ok(answer) => answer,
        Err(NoAnswer::NoSecret) => {
            return Err(Undelivered::Unusable { problem: Problem::BadCredentials, why: NO_SECRET.into() });
        }
        Err(none) => return Err(Undelivered::NotTaken { after: None, why: without_answer(&none).1 }),
    };
    Err(match problem_of_all(&answer) {
        Some((problem, why)) => Undelivered::Unusable { problem, why },
        None => Undelivered::NotTaken { after: retry_after(&answer.headers, answer.at), why: words(&answer) },
    })
}

/// Returns the result of a test event.
pub(super) fn tested(answer: Result<Answer, NoAnswer>) -> TestOutcome {
    match answer {
        Ok(answer) if answer.status.is_success() => TestOutcome::Passed { warnings: Vec::new() },
        Ok(answer) => {
            let (problem, why) =
                problem_of_all(&answer).unwrap_or_else(|| (problem(&answer), words(&answer)));
            TestOutcome::failed(problem, why)
        }
        Err(none) => {
            let (problem, why) = without_answer(&none);
            TestOutcome::failed(problem, why)
        }
    }
}

/// Returns the problem if every event would fail like this until someone fixes it.
fn problem_of_all(answer: &Answer) -> Option<(Problem, Said)> {
    let status = answer.status.as_u16();
    Some(match status {
        401 => (Problem::BadCredentials, said!(SECRET_UNKNOWN, status = status)),
        403 => (Problem::Role, FORBIDDEN.into()),
        404 => (Problem::NotAHelpdesk, NOT_THERE.into()),
        410 => (Problem::NotAHelpdesk, SWITCHED_OFF.into()),
        300..=399 => (Problem::NotAHelpdesk, said!(REDIRECTS, status = status)),
        _ => return None,
    })
}

/// Returns the connection problem that any other status stands for.
fn problem(answer: &Answer) -> Problem {
    match answer.status.as_u16() {
        429 => Problem::RateLimited,
        408 | 425 | 500.. => Problem::Unreachable,
        _ => Problem::NotAHelpdesk,
    }
}

fn words(answer: &Answer) -> Said {
    let (status, text) = (answer.status.as_u16(), shorten(&one_line(&answer.text), SHOWN));
    match status {
        429 | 503 => said!(BUSY, status = status),
        _ if text.is_empty() => said!(ANSWERED, status = status),
        _ => said!(ANSWERED_WITH, status = status, answer = text),
    }
}

fn without_answer(none: &NoAnswer) -> (Problem, Said) {
    match none {
        NoAnswer::NoSecret => (Problem::BadCredentials, NO_SECRET.into()),
        NoAnswer::NotReachable => (Problem::UnknownSubdomain, NOT_REACHABLE.into()),
        NoAnswer::NoConnection => (Problem::Unreachable, NO_CONNECTION.into()),
        NoAnswer::Late => (Problem::Unreachable, SLOW.into()),
        NoAnswer::Lost => (Problem::Unreachable, BROKE_OFF.into()),
    }
}

/// Returns how long the receiver asks us to wait: in seconds, or until a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
            let millis = until.as_millisecond().saturating_sub(now.as_millisecond());
            Duration::from_millis(u64::try_from(millis).unwrap_or(0))
        }
    };
    Some(wait.min(LONGEST_RETRY_AFTER))
}
