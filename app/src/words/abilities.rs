//! Sentences about the abilities.

use super::{Tone, plain};
use crate::model::Trial;
use crate::text::{t, tf, tn};

/// Returns how often Handover to human was used.
pub fn handover_uses(n: u64) -> String {
    match n {
        0 => t("Not used yet"),
        n => tn(n, "Handed over {n} conversation", "Handed over {n} conversations", &[]),
    }
}

/// Returns how often Email capture was used.
pub fn email_uses(n: u64) -> String {
    match n {
        0 => t("Not used yet"),
        n => tn(n, "Collected {n} email address", "Collected {n} email addresses", &[]),
    }
}

/// Returns what would happen to a sentence.
pub fn trial(trial: &Trial) -> (Tone, String) {
    let why = match trial.reason.as_deref().map(plain).as_deref() {
        None | Some("") if trial.answer.is_some() => {
            return (Tone::Good, t("Not handed over: the assistant answers."));
        }
        None | Some("") => {
            return (Tone::Quiet, t("Not handed over: the assistant says that it has no answer."));
        }
        Some("asked_for_human") => t("the shopper asks for a person"),
        Some("angry") => t("the shopper is angry"),
        Some("repeated_question") => t("the shopper repeats the question"),
        Some("topic") => t("it is about one of your topics"),
        Some("no_answer") => t("the assistant has no answer"),
        Some(other) => other.replace('_', " "),
    };
    (Tone::Attention, tf("Handed over: {why}.", &[("why", &why)]))
}

/// Returns how sure the decision is, in whole percent.
pub fn confidence(trial: &Trial) -> Option<String> {
    let sure = (trial.confidence.clamp(0.0, 1.0) * 100.0).round();
    trial.reason.as_ref().map(|_| tf("{sure}% sure", &[("sure", &sure.to_string())]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trial_result_has_a_sentence() {
        let would = |reason: Option<&str>, answer: Option<&str>| Trial {
            reason: reason.map(str::to_owned),
            confidence: 0.876,
            why: vec![],
            answer: answer.map(str::to_owned),
        };
        for reason in ["asked_for_human", "angry", "repeated_question", "topic", "no_answer"] {
            let (tone, said) = trial(&would(Some(reason), None));
            assert!(
                tone == Tone::Attention && said.starts_with("Handed over: ") && !said.contains('_'),
                "{said}"
            );
        }
        assert_eq!(trial(&would(None, Some("Two days."))).1, "Not handed over: the assistant answers.");
        assert_eq!(trial(&would(None, None)).0, Tone::Quiet);
        assert_eq!(confidence(&would(Some("angry"), None)).as_deref(), Some("88% sure"));
        assert_eq!(confidence(&would(None, None)), None);
    }
}
