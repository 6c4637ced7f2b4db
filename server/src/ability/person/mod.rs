//! The shopper asks for a person.
//!
//! Rules find what is said in known ways (`rules.rs`), and a model weighs the whole message, the rules' judgement
//! included (`model.rs`). The model decides, because it hears requests that no rule foresaw and is not taken in by what
//! only looks like one. About a message longer than its examples the rules decide.

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

/// Fitted by `build.rs` to `examples.tsv`.
static WEIGHTS: &[u8; BUCKETS] = include_bytes!(concat!(env!("OUT_DIR"), "/person.weights"));
/// A message with at least this margin is a request. Above 0, because handing over for nothing is worse than being asked
/// twice. Of 360 requests and 360 hard look-alikes by writers who had not seen the rules, each left out of the fit that
/// judged it, 96.9 % were heard and 99.2 % left alone with this value.
const REQUEST: f32 = 0.3;
/// Of a request that no rule matched.
const HEARD: f32 = 0.6;

/// Finds the wish for a person.
pub fn asked_for(text: &Text) -> Option<Signal> {
    let read = Read::of(text);
    let wish = read.wish();
    let weighed = text.words.len() <= LONGEST;
    if weighed && margin(WEIGHTS, &read, wish) < REQUEST {
        return None;
    }
    let (confidence, (first, last)) = match wish {
        Some(wish) => (wish.confidence, wish.words),
        // No rule says which words they are.
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
    fn says_what_matched() {
        assert_eq!(
            why("Hi, could I TALK to a real person?").as_deref(),
            Some("Asks for a person: “TALK to a real person”")
        );
    }

    #[test]
    fn a_refusal_is_no_wish_and_a_complaint_is_one() {
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
    fn a_wish_is_heard_however_it_is_put() {
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
    fn what_was_and_what_is_not_wanted_is_no_wish() {
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
    fn the_shoppers_own_people_are_not_the_shops() {
        for text in ["can I talk to my manager first", "I need human hair", "I want a gift for someone"] {
            assert!(why(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_request_that_no_rule_knows_is_heard() {
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
    fn a_rule_that_was_taken_in_is_overruled() {
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
    fn about_a_message_longer_than_the_examples_the_rules_decide() {
        let story = "the parcel came late and the box was open. ".repeat(20);
        assert!(Text::read(&story).words.len() > LONGEST);
        assert!(why(&story).is_none());
        assert!(why(&format!("{story} I want to talk to a human.")).is_some());
    }

    #[test]
    fn without_a_match_the_whole_message_is_shown() {
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
    fn features_are_of_words_as_the_rules_read_them() {
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
    fn every_fit_gives_the_weights_of_the_build() {
        assert!(fit::fit(include_str!("examples.tsv")) == WEIGHTS, "not the same twice");
    }
}
