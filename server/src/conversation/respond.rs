//! Decides what a visitor is answered, from what was said and the merchant's settings alone.

use crate::{
    ability::{
        assistant::{Assistant, AssistantAnswer, WordMatch},
        email_capture::{self, Action, CaptureEvent, CaptureState, ShopAddresses},
        handover::{self, Assistance, decide},
    },
    store::conversations::{AbilityRow, Conversation, Turn},
};
use app::model::{ChatAuthor, ConversationState, EmailAddress, Faq, HandoverAbility, Sensitivity, Trial};
use domain::handover::CartItem;

const ASK: &str = "What is your email address, in case we have to get back to you?";
const ASK_FOR_ANSWER: &str = "Please leave your email address here so that they can answer you.";
const ONLY_HERE: &str =
    "Our team has your conversation. Without your email address, they can only answer here in this chat.";
const NOT_AN_ADDRESS: &str = "That does not look like a complete email address, for example you@example.com.";
const WHICH: &str = "Which email address is yours? Please send only that one.";
const ANSWER_BY_EMAIL: &str = "Leave your email address here so that our team can answer you.";
const ANSWER_HERE: &str = "Our team can read this conversation and answer here.";

// Two versions of each, so that a shopper does not get the same sentence twice in a row.
const NO_ANSWER: [&str; 2] =
    ["Sorry, I don't have an answer to that.", "I don't have an answer to that either."];
const ASK_FOR_A_PERSON: &str = "If you like, you can ask for a person.";
const NO_ONE: [&str; 2] =
    ["I can't connect you to a person here.", "There is still no one I can connect you to."];
const NOBODY_NOW: [&str; 2] = [
    "Too many conversations have just been handed over from here. Please try again in an hour.",
    "There are still too many conversations. Please try again in an hour.",
];

/// How many earlier messages an answer depends on: the shopper's last [`handover::EARLIER`], each with up to two lines of
/// ours after it.
pub const EARLIER: u32 = 3 * handover::EARLIER;

/// A visitor's message after cleaning.
#[derive(Clone, Debug)]
pub struct Spoken {
    /// 1 to 4,000 characters.
    pub text: String,
    /// The address from the form, if this message stands for one.
    pub left: Option<EmailAddress>,
    /// The page it was written on.
    pub page_url: Option<String>,
    /// The order it is about.
    pub order_number: Option<String>,
    /// The items in the cart, if the shop sends them.
    pub cart: Option<Vec<CartItem>>,
    /// Other fields from the shop, as name and value.
    pub custom: Option<Vec<(String, String)>>,
}

/// Everything an answer depends on.
pub struct Situation<'a> {
    /// The conversation before the message.
    pub conversation: &'a Conversation,
    /// The last messages before this one, at most [`EARLIER`], in order. Empty while a person answers, because it is not
    /// needed then.
    pub earlier: &'a [Turn],
    /// The merchant's settings.
    pub ability: &'a AbilityRow,
    /// The new message.
    pub said: &'a Spoken,
}

/// The result of a message.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The answers, in order.
    pub lines: Vec<(ChatAuthor, String)>,
    /// The conversation's new state.
    pub state: ConversationState,
    /// The reason to hand over, if it is handed over.
    pub hand_over: Option<String>,
    /// An address that was given.
    pub email: Option<EmailAddress>,
    /// The new capture state, as JSON.
    pub capture: String,
}

impl Situation<'_> {
    /// Returns the last message of this author, or an empty text.
    fn last(&self, author: ChatAuthor) -> &str {
        self.earlier.iter().rfind(|turn| turn.author == author).map_or("", |turn| &turn.text)
    }

    /// Returns the version that this author did not use last.
    fn fresh(&self, author: ChatAuthor, [first, second]: [&'static str; 2]) -> &'static str {
        if self.last(author).starts_with(first) { second } else { first }
    }

    /// Returns the state of a conversation that the assistant keeps answering.
    fn still_open(&self) -> ConversationState {
        match self.conversation.state {
            ConversationState::AskedForPerson => ConversationState::AskedForPerson,
            _ => ConversationState::Open,
        }
    }
}

/// Decides the result of a message.
pub fn respond(situation: &Situation<'_>) -> Reply {
    let Situation { conversation, earlier, ability, said } = situation;
    let captured = listen(situation);
    let before = Reply {
        lines: captured.lines,
        state: conversation.state,
        hand_over: None,
        email: captured.email,
        capture: json(&captured.state),
    };
    if conversation.state == ConversationState::HandedOver {
        // A person answers, so the assistant stays silent.
        return before;
    }
    if said.left.is_some() {
        // An address from the form says nothing else, whatever words it contains.
        return Reply { state: situation.still_open(), ..before };
    }
    let answer = WordMatch.answer(&said.text, &ability.faqs);
    let assistance = match &answer {
        // Thanking for an address, or accepting a no, is answer enough.
        _ if captured.was_answer => Assistance::NotAsked,
        AssistantAnswer::Found { .. } => Assistance::Answered,
        AssistantAnswer::DontKnow => Assistance::NoAnswer,
    };
    let by_shopper = earlier.iter().filter(|turn| turn.author == ChatAuthor::Shopper);
    let earlier: Vec<&str> = by_shopper.map(|turn| turn.text.as_str()).collect();
    let turn = handover::ShopperTurn { text: &said.text, earlier: &earlier, assistance };
    let decision = decide(&ability.handover, &turn);
    match decision.reason {
        Some(reason) => handed_over(situation, before, captured.state, reason.wire_name()),
        None if decision.asks_in_vain => no_one(situation, before, captured.state),
        None => {
            let own = match answer {
                _ if captured.was_answer => None,
                AssistantAnswer::Found { text } => Some(text),
                AssistantAnswer::DontKnow => Some(no_answer(situation)),
            };
            let mut lines: Vec<_> = own.map(|text| (ChatAuthor::Assistant, text)).into_iter().collect();
            lines.extend(before.lines);
            Reply { lines, state: situation.still_open(), ..before }
        }
    }
}

/// Returns what the assistant says if it has no answer. It mentions a person only if asking for one has an effect.
fn no_answer(situation: &Situation<'_>) -> String {
    let ability = &situation.ability.handover;
    let sorry = situation.fresh(ChatAuthor::Assistant, NO_ANSWER);
    let further = match handover::reaches_person(ability) {
        true => Some(ASK_FOR_A_PERSON),
        false => ability.contact.as_deref(),
    };
    [Some(sorry), further].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Tells a shopper who asks for a person that no one can be reached in this chat, and how the team can answer.
fn no_one(situation: &Situation<'_>, before: Reply, state: CaptureState) -> Reply {
    let state = ask_at_handover(situation.ability, state);
    let sorry = situation.fresh(ChatAuthor::Assistant, NO_ONE);
    let contact = situation.ability.handover.contact.as_deref();
    let own = [Some(sorry), contact].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let email = before.email.as_ref().or(situation.conversation.shopper_email.as_ref());
    let way = match email {
        Some(email) => format!("Our team can read this conversation and answer by email to {email}."),
        None if matches!(state, CaptureState::Asked { .. }) => ANSWER_BY_EMAIL.to_owned(),
        None => ANSWER_HERE.to_owned(),
    };
    let is_new = situation.last(ChatAuthor::System) != way;
    let mut lines = vec![(ChatAuthor::Assistant, own)];
    lines.extend(is_new.then_some((ChatAuthor::System, way)));
    Reply { lines, state: ConversationState::AskedForPerson, capture: json(&state), ..before }
}

/// Returns the answer if a conversation should be handed over but a limit of handovers is reached.
pub fn refused(situation: &Situation<'_>) -> Reply {
    let captured = listen(situation);
    Reply {
        lines: vec![(ChatAuthor::System, situation.fresh(ChatAuthor::System, NOBODY_NOW).to_owned())],
        state: ConversationState::AskedForPerson,
        hand_over: None,
        email: captured.email,
        capture: json(&captured.state),
    }
}

/// Returns what a visitor is told once the handover is stored: that the team has it, and where the answer will come.
fn handed_over_lines(email: Option<&EmailAddress>, state: &CaptureState) -> Vec<String> {
    match email {
        Some(email) => vec![format!("Our team has your conversation and will answer by email to {email}.")],
        None if matches!(state, CaptureState::Asked { .. }) => {
            vec!["Our team has your conversation.".to_owned(), ASK_FOR_ANSWER.to_owned()]
        }
        None => vec![ONLY_HERE.to_owned()],
    }
}

/// Returns whether the visitor was asked for an address and has not answered.
pub fn asks_for_address(conversation: &Conversation) -> bool {
    matches!(state_of(conversation), CaptureState::Asked { .. })
}

/// Returns what to say after the visitor declined to leave an address, and the new capture state; `None` if nothing
/// changes.
pub fn refused_address(conversation: &Conversation) -> Option<(Option<String>, String)> {
    let before = state_of(conversation);
    // The sensitivity does not matter here.
    let (state, _) = email_capture::next(before.clone(), Sensitivity::default(), CaptureEvent::Refused);
    (state != before).then(|| (told_of_refusal(conversation.state).map(str::to_owned), json(&state)))
}

/// Returns where the answer will come, for a visitor who was asked by the team's handover and declined.
fn told_of_refusal(state: ConversationState) -> Option<&'static str> {
    (state == ConversationState::HandedOver).then_some(ONLY_HERE)
}

/// Returns what would happen to a sentence.
pub fn trial(ability: &HandoverAbility, faqs: &[Faq], text: &str) -> Trial {
    let answer = WordMatch.answer(text, faqs);
    let assistance =
        if answer == AssistantAnswer::DontKnow { Assistance::NoAnswer } else { Assistance::Answered };
    let decision = decide(ability, &handover::ShopperTurn { text, earlier: &[], assistance });
    let answer = match answer {
        AssistantAnswer::Found { text } if decision.reason.is_none() => Some(text),
        _ => None,
    };
    Trial {
        reason: decision.reason.map(|reason| reason.wire_name().to_owned()),
        confidence: decision.confidence,
        why: decision.why,
        answer,
    }
}

/// Asks for an address at a manual handover too. Returns the messages and the new capture state.
pub fn handed_over_by_hand(conversation: &Conversation, ability: &AbilityRow) -> (Vec<String>, String) {
    let state = ask_at_handover(ability, state_of(conversation));
    (handed_over_lines(conversation.shopper_email.as_ref(), &state), json(&state))
}

fn handed_over(situation: &Situation<'_>, before: Reply, state: CaptureState, reason: &str) -> Reply {
    let state = ask_at_handover(situation.ability, state);
    let email = before.email.as_ref().or(situation.conversation.shopper_email.as_ref());
    let lines = handed_over_lines(email, &state).into_iter().map(|line| (ChatAuthor::System, line)).collect();
    Reply {
        lines,
        state: ConversationState::HandedOver,
        hand_over: Some(reason.to_owned()),
        capture: json(&state),
        ..before
    }
}

fn ask_at_handover(ability: &AbilityRow, state: CaptureState) -> CaptureState {
    if ability.email_capture.active {
        email_capture::next(state, ability.email_capture.sensitivity, CaptureEvent::HandedOver).0
    } else {
        state
    }
}

/// The result of looking for an address in a message.
struct Captured {
    lines: Vec<(ChatAuthor, String)>,
    email: Option<EmailAddress>,
    state: CaptureState,
    /// Whether the message was only about the address.
    was_answer: bool,
}

fn listen(situation: &Situation<'_>) -> Captured {
    let Situation { conversation, ability, said, .. } = situation;
    let own: Vec<&str> = ability.email_capture.own.iter().map(String::as_str).collect();
    let shop = ShopAddresses::new(&own);
    let before = state_of(conversation);
    let capture = &ability.email_capture;
    let (state, action) = if let Some(left) = &said.left {
        email_capture::next(before.clone(), capture.sensitivity, CaptureEvent::Left(left))
    } else if capture.active {
        let event = CaptureEvent::Said { text: &said.text, shop: &shop };
        email_capture::next(before.clone(), capture.sensitivity, event)
    } else {
        // The shopper is not asked, but a given address is still kept.
        match email_capture::given_in(&said.text, &shop, conversation.shopper_email.as_ref()) {
            Some(email) => (CaptureState::Known(email.clone()), Action::Thank(email)),
            None => (before.clone(), Action::None),
        }
    };
    let short = said.text.split_whitespace().count() <= 6;
    let (line, email, was_answer) = match action {
        Action::Thank(email) => {
            let line = match conversation.state {
                ConversationState::HandedOver => {
                    format!("Thank you. Our team will answer by email to {email}.")
                }
                ConversationState::AskedForPerson => {
                    format!("Thank you. Our team can answer by email to {email}.")
                }
                ConversationState::Open | ConversationState::Resolved => {
                    format!("Thank you. We have noted {email}.")
                }
            };
            (Some(line), Some(email), short)
        }
        Action::Ask => (Some(ASK.to_owned()), None, false),
        Action::AskWhich => (Some(WHICH.to_owned()), None, short),
        Action::Keep(known) => {
            let line =
                format!("We will keep using {known}. To change that, send only your new email address.");
            (Some(line), None, false)
        }
        Action::SayNotAnAddress => (Some(NOT_AN_ADDRESS.to_owned()), None, true),
        Action::None if state == CaptureState::Refused && before != CaptureState::Refused => {
            (told_of_refusal(conversation.state).map(str::to_owned), None, true)
        }
        Action::None => (None, None, false),
    };
    let lines = line.map(|text| (ChatAuthor::System, text)).into_iter().collect();
    Captured { lines, email, state, was_answer }
}

fn state_of(conversation: &Conversation) -> CaptureState {
    serde_json::from_str(&conversation.capture).unwrap_or_default()
}

fn json(state: &CaptureState) -> String {
    // Our own type can always be serialized; an empty text would mean that no one was asked.
    serde_json::to_string(state).unwrap_or_default()
}
