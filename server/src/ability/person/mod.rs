//! Detects that the shopper asks for a person.
//!
//! Rules match the known ways of asking (`rules.rs`), and a model weighs the whole message, including the result of the
//! rules (`model.rs`). The model decides, because it recognizes requests that no rule foresaw, and is not misled by
//! messages that only look like one. For messages longer than its examples, the rules decide.

use super::{
    handover::{Reason, Signal},
    words::{self, Text},
};
use model::{BUCKETS, LONGEST, margin};
use rules::Read;

#[cfg(test)]
mod fit;
mod model;
mod rules;

/// The weights, which `build.rs` fits to `examples.tsv`.
static WEIGHTS: &[u8; BUCKETS] = include_bytes!(concat!(env!("OUT_DIR"), "/person.weights"));
/// A message with at least this margin is a request. Above 0, because an unnecessary handover is worse than being asked
/// twice. With this value, 96.9 % of 360 requests were recognized, and 99.2 % of 360 hard look-alikes were not mistaken
/// for one. Their writers had not seen the rules, and each was left out of the fit that judged it.
const REQUEST: f32 = 0.3;
/// The confidence of a request that no rule matched.
const HEARD: f32 = 0.6;

/// Finds a request for a person.
pub fn asked_for(text: &Text) -> Option<Signal> {
    let read = Read::of(text);
    let wish = read.wish();
    let weighed = text.words.len() <= LONGEST;
    if weighed && margin(WEIGHTS, &read, wish) < REQUEST {
        return None;
    }
    let (confidence, (first, last)) = match wish {
        Some(wish) => (wish.confidence, wish.words),
        // No rule matched, so the whole message is quoted.
        None => (HEARD, (0, text.words.len().checked_sub(1).filter(|_| weighed)?)),
    };
    Some(Signal {
        reason: Reason::AskedForHuman,
        confidence,
        why: format!("Asks for a person: “{}”", text.quote(first, last)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(text: &str) -> Option<String> {
        asked_for(&Text::read(text)).map(|signal| signal.why)
    }

    #[test]
    fn reason_quotes_the_match() {
        assert_eq!(
            why("Hi, could I TALK to a real person?").as_deref(),
            Some("Asks for a person: “TALK to a real person”")
        );
    }

    #[test]
    fn refusals_are_not_requests_but_complaints_are() {
        for text in [
            "I don't want to talk to a human",
            "no need to transfer me",
            "je ne veux pas parler à un conseiller",
        ] {
            assert!(why(text).is_none(), "{text}");
        }
        for text in ["why can't I talk to a human", "Kann ich nicht mit einem Menschen sprechen?"] {
            assert!(why(text).is_some(), "{text}");
        }
    }

    #[test]
    fn requests_are_recognized_in_any_wording() {
        for text in [
            "u guys got a live agent??",
            "gibt es hier auch einen richtigen mitarbeiter",
            "Je préfère voir ça avec un de vos collègues",
            "Esto no sirve, quiero a su jefe",
            "bring me your manager",
            "Mit Maschinen rede ich nicht",
            "un vendeur est-il disponible là maintenant",
            "¿Alguno de ustedes podría llamar a mi madre?",
            "jaimerais parler a qqn",
            "könnt ihr mich durchstellen",
        ] {
            assert!(why(text).is_some(), "{text}");
        }
    }

    #[test]
    fn past_events_and_unwanted_things_are_not_requests() {
        for text in [
            "J'ai eu un conseiller au téléphone hier, merci à lui",
            "I'd rather write to you than wait for an agent",
            "Bitte keinen Rückruf mehr, hat sich erledigt",
            "Vous pouvez me contacter à new@x.example",
            "I wrote to sales@y.example and nobody answered",
            "Trabajo en atención al cliente, ¿hay descuento?",
            "Kann ein Kollege von mir die Bestellung abholen?",
            "Is the white linen shirt available",
            "nobody needs to call me back",
            "Ihr seid schneller als jeder Mitarbeiter",
        ] {
            assert!(why(text).is_none(), "{text}");
        }
    }

    #[test]
    fn people_outside_the_shop_do_not_count() {
        for text in ["can I talk to my manager first", "I need human hair", "I want a gift for someone"] {
            assert!(why(text).is_none(), "{text}");
        }
    }

    #[test]
    fn requests_without_a_matching_rule_are_recognized() {
        for text in [
            "Would a carpenter of yours kindly get in touch?",
            "bring a teammate into this chat, the bot is lost",
            "hol bitte eine lebendige seele in den chat",
            "je préfère de loin quelqu'un qui respire",
            "trae a un colega al chat, el bot anda perdido",
        ] {
            let text = Text::read(text);
            assert!(Read::of(&text).wish().is_none(), "a rule knows: {}", text.raw);
            assert!(asked_for(&text).is_some(), "{}", text.raw);
        }
    }

    #[test]
    fn misled_rules_are_overruled() {
        for text in [
            "Can the lorry driver call me before he unloads?",
            "letztes Jahr hatte ich einen Mitarbeiter dran, der war nett",
            "ya hablé con una asesora, todo arreglado",
        ] {
            let text = Text::read(text);
            assert!(Read::of(&text).wish().is_some(), "no rule matches: {}", text.raw);
            assert!(asked_for(&text).is_none(), "{}", text.raw);
        }
    }

    #[test]
    fn rules_decide_about_messages_longer_than_the_examples() {
        let story = "the parcel came late and the box was open. ".repeat(20);
        assert!(Text::read(&story).words.len() > LONGEST);
        assert!(why(&story).is_none());
        assert!(why(&format!("{story} I want to talk to a human.")).is_some());
    }

    #[test]
    fn whole_message_is_quoted_if_no_rule_matches() {
        assert_eq!(
            why("Would a carpenter of yours kindly get in touch?").as_deref(),
            Some("Asks for a person: “Would a carpenter of yours kindly get in touch”")
        );
    }

    fn buckets(text: &str) -> std::collections::BTreeSet<usize> {
        let text = Text::read(text);
        let read = Read::of(&text);
        let mut found = std::collections::BTreeSet::new();
        model::features(&read, read.wish(), |bucket, _| {
            found.insert(bucket);
        });
        found
    }

    #[test]
    fn features_use_words_as_the_rules_read_them() {
        assert_eq!(buckets("ÉCRIRE à un Conseiller"), buckets("ecrire a un conseiller"));
        assert_eq!(buckets("order 4471"), buckets("order 88"));
        assert_ne!(buckets("order 4471?"), buckets("order 4471"));
        assert!(buckets("").len() <= 2);
        // Two languages share the kinds of their words, which is how the model learns from one about the other.
        let shared = |one, other| buckets(one).intersection(&buckets(other)).count();
        assert!(
            shared("hablar con un asesor", "talk to an agent")
                > shared("hablar con un asesor", "red wool socks")
        );
    }

    #[test]
    fn fit_is_reproducible() {
        assert!(fit::fit(include_str!("examples.tsv")) == WEIGHTS, "not the same twice");
    }
}
