//! Email capture: when a shopper is asked for an address, and what is made of the answer.
//!
//! A pure state machine, [`next`]. Nothing here ever holds a handover back: being handed over is an event like any
//! other, and the question that may follow it is only a question.

use super::words::{Patterns, Text, listed};
use app::model::{EmailAddress, Sensitivity};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// What became of asking, kept with the conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureState {
    /// Nobody asked yet.
    #[default]
    NotAsked,
    /// Asked just now: the next message may be the answer.
    Asked {
        /// Whether the shopper was told once that an answer is no address.
        told: bool,
    },
    /// Asked, and the shopper went on with something else. Only a handover is a reason to ask again.
    Passed {
        /// As in [`CaptureState::Asked`].
        told: bool,
    },
    /// The shopper would rather not.
    Refused,
    /// The address the shopper typed last.
    Known(EmailAddress),
}

/// What happens in a conversation.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The shopper wrote something.
    Said {
        /// The message.
        text: &'a str,
        /// Addresses that are not the shopper's.
        shop: &'a ShopAddresses,
    },
    /// The conversation was handed over, with or without an address.
    HandedOver,
    /// The shopper would rather not, by a button and not in words.
    Refused,
}

/// What to say to the shopper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    None,
    /// Ask for an address.
    Ask,
    /// Say that this address was understood.
    Thank(EmailAddress),
    /// Say that the answer is no address. Only ever said once.
    SayNotAnAddress,
}

/// The shop's own addresses, which a shopper may quote without meaning to be written to there.
#[derive(Clone, Debug, Default)]
pub struct ShopAddresses {
    addresses: Vec<String>,
    domains: Vec<String>,
}

impl ShopAddresses {
    /// From the shop's own addresses (`support@shop.example`) and domains (`shop.example`, with what is under it).
    /// Only list domains that belong to the shop alone, never a mail provider's.
    pub fn new(own: &[&str]) -> Self {
        let mut shop = Self::default();
        for entry in own {
            let entry = entry.trim().trim_start_matches('@').to_ascii_lowercase();
            if entry.contains('@') {
                shop.addresses.push(entry);
            } else if !entry.is_empty() {
                shop.domains.push(entry);
            }
        }
        shop
    }

    fn has(&self, address: &EmailAddress) -> bool {
        let address = address.as_str().to_ascii_lowercase();
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.addresses.contains(&address)
            || self.domains.iter().any(|own| {
                domain.strip_suffix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            })
    }
}

/// The next state of asking, and what to say.
///
/// With the ability inactive nobody calls this.
pub fn next(state: CaptureState, sensitivity: Sensitivity, event: Event<'_>) -> (CaptureState, Action) {
    use CaptureState::{Asked, Known, NotAsked, Passed, Refused};
    let (text, shop) = match event {
        // A reason of its own: from now on an address is what an answer can be sent to.
        Event::HandedOver => {
            return match state {
                NotAsked => (Asked { told: false }, Action::Ask),
                Asked { told } | Passed { told } => (Asked { told }, Action::Ask),
                Refused | Known(_) => (state, Action::None),
            };
        }
        // Who gave an address gave it; a "not now" that comes after it takes nothing back.
        Event::Refused if !matches!(state, Known(_)) => return (Refused, Action::None),
        Event::Refused => return (state, Action::None),
        Event::Said { text, shop } => (text, shop),
    };
    if let Some(address) = address_in(text, shop) {
        return match state {
            Known(known) if known.as_str().eq_ignore_ascii_case(address.as_str()) => {
                (Known(known), Action::None)
            }
            // Typed again differently: a correction, or another address to be reached at.
            _ => (Known(address.clone()), Action::Thank(address)),
        };
    }
    let read = Text::read(text);
    let refuses = names_refusal(&read);
    match state {
        NotAsked | Passed { .. } if refuses => (Refused, Action::None),
        NotAsked if asks_now(sensitivity, &read) => (Asked { told: false }, Action::Ask),
        Asked { .. } if refuses || declines(&read) => (Refused, Action::None),
        Asked { told: false } if tries(text) || is_one_word(text, &read) => {
            (Asked { told: true }, Action::SayNotAnAddress)
        }
        Passed { told: false } if tries(text) => (Asked { told: true }, Action::SayNotAnAddress),
        Asked { told } => (Passed { told }, Action::None),
        NotAsked | Passed { .. } | Refused | Known(_) => (state, Action::None),
    }
}

fn asks_now(sensitivity: Sensitivity, text: &Text) -> bool {
    match sensitivity {
        Sensitivity::Low => false,
        Sensitivity::Medium => is_about_order_or_account(text),
        Sensitivity::High => true,
    }
}

/// RFC 5321: a local part of 64 octets, a path of 256 with its angle brackets.
const LONGEST_LOCAL: usize = 64;
const LONGEST_DOMAIN: usize = 253;

/// The first address in a text that is not the shop's own.
pub fn address_in(text: &str, shop: &ShopAddresses) -> Option<EmailAddress> {
    text.match_indices('@').filter_map(|(at, _)| address_at(text, at)).find(|address| !shop.has(address))
}

/// The address around an `@`, without what surrounds it: `<jane@x.example>`, `mailto:jane@x.example`, a full stop.
fn address_at(text: &str, at: usize) -> Option<EmailAddress> {
    let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
    let is_local = |b: &u8| b.is_ascii_alphanumeric() || b"._%+-'&".contains(b);
    let length = before.bytes().rev().take(LONGEST_LOCAL + 1).take_while(is_local).count();
    let local = before.get(before.len() - length..)?.trim_start_matches(['\'', '.', '-', '&']);
    let lead = before.get(..before.len() - length)?;
    let length = after
        .bytes()
        .take(LONGEST_DOMAIN + 1)
        .take_while(|b| b.is_ascii_alphanumeric() || b".-".contains(b))
        .count();
    let (domain, rest) = after.split_at_checked(length)?;
    // "müller@…", "a@b@…" and the user part of a web address: half of something else. The end is checked in the
    // same way.
    let cut_off = |c: char| c.is_alphanumeric() || matches!(c, '@');
    if lead.chars().next_back().is_some_and(cut_off)
        || lead.ends_with("//")
        || rest.chars().next().is_some_and(cut_off)
    {
        return None;
    }
    let domain = domain_of(domain);
    let top = domain.rsplit('.').next()?;
    if top.len() < 2 || !top.bytes().any(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    EmailAddress::parse(&format!("{local}@{domain}")).ok()
}

/// The domain without what a shopper wrote right behind it: "jane@x.com..and", "jane@x.com.Thanks".
fn domain_of(written: &str) -> &str {
    let written = written.split("..").next().unwrap_or_default().trim_end_matches(['.', '-']);
    let mut end = 0;
    for (index, label) in written.split('.').enumerate() {
        let next_sentence = index >= 2
            && label.starts_with(|c: char| c.is_ascii_uppercase())
            && written[..end].bytes().all(|b| !b.is_ascii_uppercase());
        if next_sentence {
            return written[..end].trim_end_matches('.');
        }
        end = (end + label.len() + 1).min(written.len());
    }
    written
}

/// An address was meant, and it is none: "jane@gmail", "jane at gmail dot com", "jane [at] x.com", "jane.gmail.com".
fn tries(text: &str) -> bool {
    let lower: String = text.chars().take(300).flat_map(char::to_lowercase).collect();
    const MEANT: &[&str] = &[
        "@",
        "[at]",
        "(at)",
        "{at}",
        " at gmail",
        " at hotmail",
        " at outlook",
        " at yahoo",
        " at icloud",
        "gmail.c",
        "hotmail.",
        "outlook.",
        "yahoo.",
        "icloud.c",
        "gmx.",
        "web.de",
        "arroba",
        "arobase",
        " dot com",
        " punto com",
        " point com",
        " punkt de",
    ];
    MEANT.iter().any(|meant| lower.contains(meant))
}

/// One word right after the question, that asks nothing: what else would it be than the answer?
fn is_one_word(text: &str, read: &Text) -> bool {
    const NO_ANSWER: &[&str] = &[
        "ok", "okay", "yes", "yep", "sure", "thanks", "thx", "hello", "hi", "hey", "oui", "merci", "ja",
        "danke", "klar", "hallo", "si", "gracias", "hola", "vale", "bonjour", "why", "pourquoi", "warum",
        "porque", "wait", "moment", "what", "agent", "human", "mensch", "humain", "humano",
    ];
    text.split_whitespace().count() == 1
        && !text.contains(['?', '#'])
        && !read.words.is_empty()
        && !read.words.iter().all(|word| listed(&word.text, NO_ANSWER))
        // An order's number, which is often asked for at the same time.
        && !text.chars().all(|c| c.is_ascii_digit() || c == '-')
}

/// Says no to a question that was just asked.
fn declines(text: &Text) -> bool {
    const NO: &[&str] =
        &["no", "nope", "nah", "non", "nein", "nee", "no!", "never", "jamais", "niemals", "nunca", "skip"];
    const NO_REFUSAL: &[&str] =
        &["problem*", "worries", "probleme", "hay", "idea", "clue", "one", "longer", "answer", "reply"];
    static RATHER_NOT: LazyLock<Patterns> = LazyLock::new(|| {
        Patterns::new(&[
            "rather not",
            "prefer not",
            "not now",
            "not really",
            "dont want",
            "do not want",
            "wont give",
            "dont have _ email/mail/one",
            "no email",
            "prefere pas",
            "prefere ne pas",
            "ne veux pas",
            "veux pas",
            "pas envie",
            "pas maintenant",
            "ne souhaite pas",
            "pas d e mail",
            "sans facon",
            "lieber nicht",
            "mochte _ nicht",
            "moechte _ nicht",
            "will _ nicht",
            "eher nicht",
            "nicht jetzt",
            "ungern",
            "keine lust",
            "keine mail*",
            "keine e mail*",
            "prefiero no",
            "no quiero",
            "mejor no",
            "ahora no",
            "no deseo",
            "no tengo correo",
            "no me gustaria",
        ])
    });
    let starts_with_no = listed(text.at(0), NO) && !listed(text.at(1), NO_REFUSAL);
    starts_with_no || (text.words.len() <= 15 && RATHER_NOT.find(text).is_some())
}

/// Refuses an address by name, at any time.
fn names_refusal(text: &Text) -> bool {
    static REFUSED: LazyLock<Patterns> = LazyLock::new(|| {
        Patterns::new(&[
            "not/wont/dont _ _ give/giving/share/sharing _ _ email/mail/address",
            "dont want to _ _ _ email/mail",
            "rather not _ _ _ email/mail",
            "not giving you my email/mail",
            "pas _ donner/laisser _ mail/email/adresse",
            "pas _ donner/laisser _ e mail",
            "mail/mailadresse/email/adresse _ _ nicht",
            "e mail _ _ nicht _ geben",
            "keine mailadresse",
            "no quiero dar _ correo/email/mail",
            "no _ dar/dare/doy _ correo/email/mail",
        ])
    });
    REFUSED.find(text).is_some_and(|(first, last)| last - first <= 8)
        && !listed(text.at(0), &["why", "warum", "pourquoi"])
}

/// Whether a message is about an order or an account.
pub fn mentions_order_or_account(message: &str) -> bool {
    is_about_order_or_account(&Text::read(message))
}

fn is_about_order_or_account(text: &Text) -> bool {
    static ABOUT: LazyLock<Patterns> = LazyLock::new(|| {
        Patterns::new(&[
            "order/orders/ordered",
            "parcel/parcels/package/packages/shipment",
            "tracking",
            "invoice/invoices",
            "my delivery",
            "account/accounts",
            "password",
            "log in",
            "login",
            "sign in",
            "subscription",
            "my purchase",
            "refund/refunds",
            "commande/commandes",
            "colis",
            "facture/factures",
            "mon/votre/un/le/ce/son compte",
            "mot de passe",
            "suivi",
            "ma livraison",
            "abonnement",
            "remboursement*",
            "me connecter",
            "bestell*",
            "paket/pakete",
            "sendung*",
            "konto",
            "kundenkonto",
            "passwort",
            "rechnung*",
            "einloggen",
            "anmelden",
            "abo",
            "lieferung",
            "pedido/pedidos",
            "paquete/paquetes",
            "mi/la/una/su cuenta",
            "contrasena",
            "factura/facturas",
            "reembolso*",
            "iniciar sesion",
            "seguimiento",
            "suscripcion",
            "mi compra",
        ])
    });
    static SOMETHING_ELSE: LazyLock<Patterns> = LazyLock::new(|| {
        Patterns::new(&[
            "in order to",
            "in order that",
            "on account of",
            "la cuenta regresiva",
            "en cuenta",
            "je compte",
            "package of",
            "pack of",
            "abo ut",
        ])
    });
    ABOUT
        .find(text)
        .is_some_and(|(at, _)| !(at.saturating_sub(1)..=at).any(|i| SOMETHING_ELSE.at(text, i).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use CaptureState::{Asked, Known, NotAsked, Passed, Refused};
    use Sensitivity::{High, Low, Medium};
    use proptest::prelude::*;

    fn shop() -> ShopAddresses {
        ShopAddresses::new(&["Support@Shop.example", "teashop.example"])
    }

    fn found(text: &str) -> Option<String> {
        address_in(text, &shop()).map(String::from)
    }

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).unwrap()
    }

    fn said(state: CaptureState, sensitivity: Sensitivity, text: &str) -> (CaptureState, Action) {
        next(state, sensitivity, Event::Said { text, shop: &shop() })
    }

    #[test]
    fn an_address_is_found_in_what_surrounds_it() {
        for text in [
            "jane@x.example",
            "it's jane@x.example.",
            "jane@x.example, thanks",
            "<jane@x.example>",
            "Jane <jane@x.example>!",
            "mailto:jane@x.example?subject=hi",
            "(jane@x.example)",
            "'jane@x.example'",
            "“jane@x.example”",
            "**jane@x.example**",
            "mail=jane@x.example&x=1",
            "jane@x.example...and call me",
            "jane@x.example.Thanks",
            "jane@x.example\nJane",
            "écrivez à jane@x.example 🙏",
            "🙏jane@x.example🙏",
        ] {
            assert_eq!(found(text).as_deref(), Some("jane@x.example"), "{text}");
        }
        assert_eq!(found("o'neil+shop@x.co.uk!").as_deref(), Some("o'neil+shop@x.co.uk"));
        assert_eq!(found("JANE@X.EXAMPLE").as_deref(), Some("JANE@X.EXAMPLE"), "as it was written");
    }

    #[test]
    fn half_an_address_is_none() {
        for text in [
            "",
            "@",
            "a@",
            "@b.example",
            "jane@localhost",
            "jane [at] x.example",
            "jane (at) x.example",
            "jane at x.example",
            "jane@@x.example",
            "a@b@x.example",
            "müller@x.example",
            "jane@x.é",
            "jane@1.2.3.4",
            "https://jane@x.example/",
            "https://x.example/@jane.doe",
            "jane.@x.example",
            "jane@-x.example",
            "3@5.2",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
        assert_eq!(found(&format!("{}@x.example", "a".repeat(65))), None);
    }

    #[test]
    fn the_shops_own_addresses_are_passed_over() {
        assert_eq!(found("I wrote to support@shop.EXAMPLE"), None);
        assert_eq!(found("hello@teashop.example or x@mail.teashop.example"), None);
        assert_eq!(
            found("support@shop.example never answers jane@x.example or me@y.example").as_deref(),
            Some("jane@x.example")
        );
        assert_eq!(found("jane@myteashop.example").as_deref(), Some("jane@myteashop.example"));
        assert_eq!(
            found("jane@shop.example").as_deref(),
            Some("jane@shop.example"),
            "one address is not its domain"
        );
    }

    #[test]
    fn each_level_asks_at_its_moment() {
        for (level, text, action) in [
            (Low, "hello", Action::None),
            (Low, "where is my order?", Action::None),
            (Medium, "hello", Action::None),
            (Medium, "Is the mug blue?", Action::None),
            (Medium, "where is my order?", Action::Ask),
            (Medium, "je ne peux pas ouvrir mon compte", Action::Ask),
            (Medium, "Wo bleibt meine Bestellung", Action::Ask),
            (Medium, "olvidé mi contraseña", Action::Ask),
            (Medium, "what do I need in order to hang it?", Action::None),
            (High, "hello", Action::Ask),
        ] {
            assert_eq!(said(NotAsked, level, text).1, action, "{level:?} {text}");
        }
        for level in [Low, Medium, High] {
            assert_eq!(next(NotAsked, level, Event::HandedOver), (Asked { told: false }, Action::Ask));
        }
    }

    #[test]
    fn nobody_is_asked_twice_for_the_same_reason() {
        for state in [
            Asked { told: false },
            Asked { told: true },
            Passed { told: false },
            Refused,
            Known(address("jane@x.example")),
        ] {
            let (_, action) = said(state, High, "where is my order then?");
            assert_eq!(action, Action::None);
        }
    }

    #[test]
    fn a_handover_is_a_reason_of_its_own() {
        for told in [false, true] {
            for state in [Asked { told }, Passed { told }] {
                assert_eq!(next(state, Low, Event::HandedOver), (Asked { told }, Action::Ask));
            }
        }
        for state in [Refused, Known(address("jane@x.example"))] {
            assert_eq!(next(state.clone(), High, Event::HandedOver), (state, Action::None));
        }
    }

    #[test]
    fn an_address_is_taken_at_every_level_and_in_every_state() {
        let jane = address("jane@x.example");
        for level in [Low, Medium, High] {
            for state in [
                NotAsked,
                Asked { told: false },
                Asked { told: true },
                Passed { told: true },
                Refused,
                Known(address("old@x.example")),
            ] {
                assert_eq!(
                    said(state, level, "no wait, it is jane@x.example"),
                    (Known(jane.clone()), Action::Thank(jane.clone()))
                );
            }
        }
        assert_eq!(said(Known(jane.clone()), High, "as I said, JANE@x.example"), (Known(jane), Action::None));
    }

    #[test]
    fn a_refusal_is_respected() {
        for text in [
            "no",
            "No.",
            "NO!!",
            "I'd rather not",
            "I’d rather not say",
            "nein",
            "Nein danke",
            "non merci",
            "Non",
            "prefiero no",
            "no gracias",
            "Lieber nicht",
            "je préfère ne pas",
            "I don't want to give you my email",
            "möchte ich nicht",
            "je ne veux pas",
            "nope",
            "mejor no",
        ] {
            assert_eq!(said(Asked { told: false }, Medium, text), (Refused, Action::None), "{text}");
            assert_eq!(said(Asked { told: true }, Medium, text), (Refused, Action::None), "{text}");
        }
        assert_eq!(said(Refused, High, "where is my order"), (Refused, Action::None));
        assert_eq!(next(Refused, High, Event::HandedOver), (Refused, Action::None));
        for before in [NotAsked, Asked { told: true }, Passed { told: false }, Refused] {
            assert_eq!(next(before, High, Event::Refused), (Refused, Action::None));
        }
        let known = Known(EmailAddress::parse("jane@x.example").unwrap());
        assert_eq!(next(known.clone(), High, Event::Refused), (known, Action::None));
    }

    #[test]
    fn a_no_to_something_else_is_no_refusal() {
        assert_eq!(said(Passed { told: false }, High, "no"), (Passed { told: false }, Action::None));
        assert_eq!(
            said(Asked { told: false }, High, "no problem, one second"),
            (Passed { told: false }, Action::None)
        );
        assert_eq!(said(NotAsked, High, "no"), (Asked { told: false }, Action::Ask));
        assert_eq!(
            said(NotAsked, High, "I won't give you my email, is the mug blue?"),
            (Refused, Action::None)
        );
    }

    #[test]
    fn an_answer_that_is_none_is_told_so_once() {
        for text in [
            "jane@gmail",
            "jane at gmail dot com",
            "jane [at] x.example",
            "jane.gmail.com",
            "jane",
            "jane@ x.example",
        ] {
            assert_eq!(
                said(Asked { told: false }, Low, text),
                (Asked { told: true }, Action::SayNotAnAddress),
                "{text}"
            );
            assert_eq!(
                said(Asked { told: true }, Low, text),
                (Passed { told: true }, Action::None),
                "{text}"
            );
            assert_eq!(
                said(Passed { told: true }, Low, text),
                (Passed { told: true }, Action::None),
                "{text}"
            );
        }
        assert_eq!(
            said(Passed { told: false }, Low, "jane@gmail"),
            (Asked { told: true }, Action::SayNotAnAddress)
        );
    }

    #[test]
    fn going_on_is_no_answer() {
        for text in
            ["ok", "thanks!", "Why?", "where is my order?", "it is a blue mug", "1042", "#1042", "🙏", ""]
        {
            assert_eq!(
                said(Asked { told: false }, Low, text),
                (Passed { told: false }, Action::None),
                "{text}"
            );
        }
    }

    #[test]
    fn a_huge_text_takes_no_time_to_speak_of() {
        for text in
            ["@".repeat(5_000_000), "a@".repeat(2_500_000), "a".repeat(1_000_000), "x.x@x.".repeat(100_000)]
        {
            said(Asked { told: false }, High, &text);
        }
        let long = format!("{} jane@x.example {}", "ä ".repeat(100_000), "b ".repeat(100_000));
        assert_eq!(found(&long).as_deref(), Some("jane@x.example"), "also in the middle");
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            for state in [NotAsked, Asked { told: false }, Passed { told: false }] {
                said(state, Medium, &text);
            }
        }

        #[test]
        fn whatever_stands_around_it_an_address_is_an_address(
            before in "[^@]{0,20}[ <(\n]", after in "[ >),;\n][^@]{0,20}", local in "[a-z0-9]{1,10}", domain in "[a-z]{1,10}"
        ) {
            let address = format!("{local}@{domain}.example");
            prop_assert_eq!(found(&format!("{before}{address}{after}")), Some(address));
        }

        #[test]
        fn asking_happens_at_most_once(texts in proptest::collection::vec("[a-z@. ]{0,30}|no|order|jane@x\\.example", 0..12)) {
            let mut state = NotAsked;
            let (mut asked, mut told) = (0, 0);
            for text in &texts {
                let action;
                (state, action) = said(state, High, text);
                asked += u32::from(action == Action::Ask);
                told += u32::from(action == Action::SayNotAnAddress);
            }
            prop_assert!(asked <= 1 && told <= 1);
            let settled = matches!(state, Refused | Known(_));
            let (state, last) = next(state, High, Event::HandedOver);
            prop_assert_eq!(last == Action::Ask, !settled, "where the answer comes is always said");
            prop_assert_eq!(said(state, High, "is the mug blue?").1, Action::None);
        }
    }
}
