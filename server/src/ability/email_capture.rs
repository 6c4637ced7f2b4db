//! Email capture: when a shopper is asked for an address, and what counts as an answer.
//!
//! A pure state machine, [`next`]. It never delays a handover: being handed over is an event like any other, and the
//! question that may follow it is only a question.

use super::{
    given::{Expected, Heard, heard},
    words::{Patterns, Text, listed},
};
use crate::address;
use app::model::{EmailAddress, Sensitivity, pasted};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// The progress of asking for an address, stored with the conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureState {
    /// Not asked yet.
    #[default]
    NotAsked,
    /// Just asked: the next message may be the answer.
    Asked {
        /// Whether the shopper was already told that an answer is not an address.
        told: bool,
    },
    /// Asked, but the shopper wrote about something else. Only a handover is a reason to ask again.
    Passed {
        /// As in [`CaptureState::Asked`].
        told: bool,
    },
    /// The shopper declined.
    Refused,
    /// The address that the shopper typed last.
    Known(EmailAddress),
}

/// An event in a conversation.
#[derive(Clone, Copy, Debug)]
pub enum CaptureEvent<'a> {
    /// The shopper wrote something.
    Said {
        /// The message.
        text: &'a str,
        /// Addresses that are not the shopper's.
        shop: &'a ShopAddresses,
    },
    /// The shopper left an address in the form: it is used as parsed, without searching a text.
    Left(&'a EmailAddress),
    /// The conversation was handed over, with or without an address.
    HandedOver,
    /// The shopper declined with a button, not in words.
    Refused,
}

/// A reply to the shopper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// No reply.
    None,
    /// Ask for an address.
    Ask,
    /// Confirm this address.
    Thank(EmailAddress),
    /// Say that the answer is not an address. Only ever said once.
    SayNotAnAddress,
    /// Ask which address is meant: there are several, or it may be someone else's. A conversation gets this or
    /// [`Action::SayNotAnAddress`], and only once.
    AskWhich,
    /// Say that the answer still goes to this address, although another was mentioned.
    Keep(EmailAddress),
}

/// The shop's own addresses, which a shopper may quote without wanting a reply there.
#[derive(Clone, Debug, Default)]
pub struct ShopAddresses {
    addresses: Vec<String>,
    domains: Vec<String>,
}

impl ShopAddresses {
    /// Parses the shop's own addresses (`support@shop.example`) and domains (`shop.example`, including subdomains).
    /// Only list domains that belong to the shop alone, never a mail provider's.
    pub fn new(own: &[&str]) -> Self {
        let mut shop = Self::default();
        for entry in own {
            let entry = pasted::trim(entry).trim_start_matches('@');
            let parsed = EmailAddress::parse(entry).or_else(|_| EmailAddress::parse(&format!("a@{entry}")));
            let Ok(parsed) = parsed else { continue };
            let lower = parsed.as_str().to_ascii_lowercase();
            match lower.strip_prefix("a@").filter(|_| !entry.contains('@')) {
                Some(domain) => shop.domains.push(domain.to_owned()),
                None => shop.addresses.push(lower),
            }
        }
        shop
    }

    pub(super) fn has(&self, address: &EmailAddress) -> bool {
        let address = address.as_str().to_ascii_lowercase();
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.addresses.contains(&address)
            || self.domains.iter().any(|own| {
                domain.strip_suffix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            })
    }
}

/// Returns the next state, and what to say.
///
/// Not called while the ability is inactive.
pub fn next(
    state: CaptureState,
    sensitivity: Sensitivity,
    event: CaptureEvent<'_>,
) -> (CaptureState, Action) {
    use CaptureState::{Asked, Known, NotAsked, Passed, Refused};
    let (text, shop) = match event {
        // A separate reason to ask: from now on, an answer can be sent to the address.
        CaptureEvent::HandedOver => {
            return match state {
                NotAsked => (Asked { told: false }, Action::Ask),
                Asked { told } | Passed { told } => (Asked { told }, Action::Ask),
                Refused | Known(_) => (state, Action::None),
            };
        }
        // Declining later does not take back an address that was given.
        CaptureEvent::Refused if !matches!(state, Known(_)) => return (Refused, Action::None),
        CaptureEvent::Refused => return (state, Action::None),
        CaptureEvent::Left(address) => return given(state, address.clone()),
        CaptureEvent::Said { text, shop } => (text, shop),
    };
    let expected = match &state {
        Known(known) => Expected::Change { known },
        Asked { .. } => Expected::Answer,
        NotAsked | Passed { .. } | Refused => Expected::Nothing,
    };
    let heard = heard(text, shop, expected);
    match (&heard, &state) {
        (Heard::Given(address), _) => return given(state, address.clone()),
        (Heard::Unclear, Known(known)) => return (state.clone(), Action::Keep(known.clone())),
        (Heard::Unclear | Heard::Mentioned, Asked { told: false })
        | (Heard::Unclear, Passed { told: false }) => return (Asked { told: true }, Action::AskWhich),
        // At low sensitivity, the shopper is not asked before a handover.
        (Heard::Unclear | Heard::Mentioned, NotAsked) if sensitivity != Sensitivity::Low => {
            return (Asked { told: false }, Action::Ask);
        }
        (Heard::Nothing | Heard::Unclear | Heard::Mentioned, _) => {}
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

/// Returns the address in an unprompted text, if it is clearly given.
pub fn given_in(text: &str, shop: &ShopAddresses, known: Option<&EmailAddress>) -> Option<EmailAddress> {
    let expected = known.map_or(Expected::Nothing, |known| Expected::Change { known });
    match heard(text, shop, expected) {
        Heard::Given(address) => Some(address),
        Heard::Nothing | Heard::Mentioned | Heard::Unclear => None,
    }
}

fn given(state: CaptureState, address: EmailAddress) -> (CaptureState, Action) {
    match state {
        CaptureState::Known(known) if known.as_str().eq_ignore_ascii_case(address.as_str()) => {
            (CaptureState::Known(known), Action::None)
        }
        // A different address: a correction, or a better one.
        _ => (CaptureState::Known(address.clone()), Action::Thank(address)),
    }
}

fn asks_now(sensitivity: Sensitivity, text: &Text) -> bool {
    match sensitivity {
        Sensitivity::Low => false,
        Sensitivity::Medium => is_about_order_or_account(text),
        Sensitivity::High => true,
    }
}

/// Returns whether the text seems to be a failed attempt at an address: "jane@gmail", "jane at gmail dot com",
/// "jane [at] x.com", "jane.gmail.com".
fn tries(text: &str) -> bool {
    let lower: String =
        address::without_addresses(text).chars().take(300).flat_map(char::to_lowercase).collect();
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

/// Returns whether this is one word that is not a question; right after we asked, it can only be the answer.
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
        // An order number, which is often asked for at the same time.
        && !text.chars().all(|c| c.is_ascii_digit() || c == '-')
}

/// Returns whether the shopper says no to the question just asked.
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

/// Returns whether the shopper refuses to give an address, at any time.
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

/// Returns whether a message is about an order or an account.
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

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).unwrap()
    }

    fn said(state: CaptureState, sensitivity: Sensitivity, text: &str) -> (CaptureState, Action) {
        next(state, sensitivity, CaptureEvent::Said { text, shop: &shop() })
    }

    #[test]
    fn shop_addresses_are_ignored() {
        let given = |text: &str| given_in(text, &shop(), None).map(String::from);
        assert_eq!(given("support@shop.EXAMPLE"), None);
        assert_eq!(given("hello@teashop.example or x@mail.teashop.example"), None);
        assert_eq!(given("support@shop.example, my email is me@y.example").as_deref(), Some("me@y.example"));
        assert_eq!(given("jane@myteashop.example").as_deref(), Some("jane@myteashop.example"));
        assert_eq!(
            given("jane@shop.example").as_deref(),
            Some("jane@shop.example"),
            "one address is not its domain"
        );
        let shop = ShopAddresses::new(&["\u{200b}bücher.example\u{a0}", "help@müller.example"]);
        for own in ["x@bücher.example", "x@mail.xn--bcher-kva.example", "help@müller.example"] {
            assert_eq!(given_in(own, &shop, None), None, "{own}");
        }
    }

    #[test]
    fn form_address_is_used_as_parsed() {
        let left = address("jane=doe@example.com");
        for state in [NotAsked, Asked { told: true }, Refused, Known(address("old@x.example"))] {
            assert_eq!(
                next(state, Low, CaptureEvent::Left(&left)),
                (Known(left.clone()), Action::Thank(left.clone()))
            );
        }
        assert_eq!(next(Known(left.clone()), Low, CaptureEvent::Left(&left)), (Known(left), Action::None));
    }

    #[test]
    fn shopper_is_asked_when_in_doubt() {
        let doubtful = "jane@gmail.com;bob@x.example";
        let mentioned = "my colleague bob@x.example sent me";
        for text in [doubtful, mentioned] {
            assert_eq!(said(NotAsked, Medium, text), (Asked { told: false }, Action::Ask), "{text}");
            assert_eq!(said(NotAsked, Low, text), (NotAsked, Action::None), "{text}");
            let asked = said(Asked { told: false }, Medium, text);
            assert_eq!(asked, (Asked { told: true }, Action::AskWhich), "{text}");
            assert_eq!(said(asked.0, Medium, text), (Passed { told: true }, Action::None), "{text}");
            assert_eq!(said(Refused, Medium, text), (Refused, Action::None), "{text}");
        }
        let known = Known(address("jane@example.com"));
        assert_eq!(said(known.clone(), Medium, mentioned), (known.clone(), Action::None));
        assert_eq!(said(known.clone(), Medium, doubtful), (known, Action::Keep(address("jane@example.com"))));
    }

    #[test]
    fn links_are_not_answers() {
        for text in ["see https://cdn.shop.example/img/mug@2x.png", "I am @jane on every platform"] {
            assert_eq!(
                said(Asked { told: false }, Low, text),
                (Passed { told: false }, Action::None),
                "{text}"
            );
        }
    }

    #[test]
    fn each_sensitivity_asks_at_its_own_time() {
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
            assert_eq!(next(NotAsked, level, CaptureEvent::HandedOver), (Asked { told: false }, Action::Ask));
        }
    }

    #[test]
    fn shopper_is_not_asked_twice_for_the_same_reason() {
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
    fn handover_is_a_separate_reason_to_ask() {
        for told in [false, true] {
            for state in [Asked { told }, Passed { told }] {
                assert_eq!(next(state, Low, CaptureEvent::HandedOver), (Asked { told }, Action::Ask));
            }
        }
        for state in [Refused, Known(address("jane@x.example"))] {
            assert_eq!(next(state.clone(), High, CaptureEvent::HandedOver), (state, Action::None));
        }
    }

    #[test]
    fn given_address_is_taken_in_every_state() {
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
    fn refusal_is_respected() {
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
        assert_eq!(next(Refused, High, CaptureEvent::HandedOver), (Refused, Action::None));
        for before in [NotAsked, Asked { told: true }, Passed { told: false }, Refused] {
            assert_eq!(next(before, High, CaptureEvent::Refused), (Refused, Action::None));
        }
        let known = Known(EmailAddress::parse("jane@x.example").unwrap());
        assert_eq!(next(known.clone(), High, CaptureEvent::Refused), (known, Action::None));
    }

    #[test]
    fn unrelated_no_is_not_a_refusal() {
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
    fn invalid_answer_is_pointed_out_once() {
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
    fn other_messages_are_not_answers() {
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
    fn huge_texts_are_fast() {
        for text in
            ["@".repeat(5_000_000), "a@".repeat(2_500_000), "a".repeat(1_000_000), "x.x@x.".repeat(100_000)]
        {
            said(Asked { told: false }, High, &text);
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            for state in [NotAsked, Asked { told: false }, Passed { told: false }] {
                said(state, Medium, &text);
            }
        }

        #[test]
        fn asks_at_most_once(texts in proptest::collection::vec("[a-z@. ]{0,30}|no|order|jane@x\\.example", 0..12)) {
            let mut state = NotAsked;
            let (mut asked, mut told) = (0, 0);
            for text in &texts {
                let action;
                (state, action) = said(state, High, text);
                asked += u32::from(action == Action::Ask);
                told += u32::from(matches!(action, Action::SayNotAnAddress | Action::AskWhich));
            }
            prop_assert!(asked <= 1 && told <= 1);
            let settled = matches!(state, Refused | Known(_));
            let (state, last) = next(state, High, CaptureEvent::HandedOver);
            prop_assert_eq!(last == Action::Ask, !settled, "a handover always says where the answer goes");
            prop_assert_eq!(said(state, High, "is the mug blue?").1, Action::None);
        }
    }
}
