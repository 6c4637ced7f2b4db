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
const NO_ANSWER: &str = "Sorry, I don't have an answer to that. If you like, you can ask for a person.";
const NOBODY_NOW: &str =
    "Too many conversations have just been handed over from here. Please try again in an hour.";

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
    /// The shopper's last messages before this one, at most [`handover::EARLIER`], in order. Empty while a person
    /// answers, because it is not needed then.
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
        return Reply { state: ConversationState::Open, ..before };
    }
    let answer = WordMatch.answer(&said.text, &ability.faqs);
    let assistance = match &answer {
        // Thanking for an address, or accepting a no, is answer enough.
        _ if captured.was_answer => Assistance::NotAsked,
        AssistantAnswer::Found { .. } => Assistance::Answered,
        AssistantAnswer::DontKnow => Assistance::NoAnswer,
    };
    let earlier: Vec<&str> = earlier.iter().map(|turn| turn.text.as_str()).collect();
    let turn = handover::ShopperTurn { text: &said.text, earlier: &earlier, assistance };
    match decide(&ability.handover, &turn).reason {
        Some(reason) => handed_over(situation, before, captured.state, reason.wire_name()),
        None => {
            let own = match answer {
                _ if captured.was_answer => None,
                AssistantAnswer::Found { text } => Some(text),
                AssistantAnswer::DontKnow => Some(NO_ANSWER.to_owned()),
            };
            let mut lines: Vec<_> = own.map(|text| (ChatAuthor::Assistant, text)).into_iter().collect();
            lines.extend(before.lines);
            Reply { lines, state: ConversationState::Open, ..before }
        }
    }
}

/// Returns the answer if a conversation should be handed over but a limit of handovers is reached.
pub fn refused(situation: &Situation<'_>) -> Reply {
    let captured = listen(situation);
    Reply {
        lines: vec![(ChatAuthor::System, NOBODY_NOW.to_owned())],
        state: ConversationState::Open,
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
