//! What is answered to a visitor: decided from what was said and what the merchant set, and from nothing else.

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

const ASK: &str = "What is your e-mail address, in case we have to get back to you?";
const ASK_FOR_ANSWER: &str = "Please leave your e-mail address here so that they can answer you.";
const ONLY_HERE: &str = "Our team has your conversation. Without an e-mail address from you, the answer comes only here in this chat.";
const NOT_AN_ADDRESS: &str = "That does not look like a whole e-mail address. It looks like you@example.com.";
const WHICH: &str = "Which email address is yours? Please send only that one.";
const NO_ANSWER: &str = "I am sorry, I have no answer to that. If you like, ask for a person.";
const NOBODY_NOW: &str =
    "Too many conversations were handed over from here just now. Please write again in an hour.";

/// What a visitor said, cleaned.
#[derive(Clone, Debug)]
pub struct Spoken {
    /// 1 to 4,000 characters.
    pub text: String,
    /// The address that was left in the form, whose text this is.
    pub left: Option<EmailAddress>,
    /// The page it was said on.
    pub page_url: Option<String>,
    /// The order it is about.
    pub order_number: Option<String>,
    /// What lies in the cart, when the shop says so.
    pub cart: Option<Vec<CartItem>>,
    /// Anything else that the shop says, name and value.
    pub custom: Option<Vec<(String, String)>>,
}

/// All that an answer depends on.
pub struct Situation<'a> {
    /// The conversation before.
    pub conversation: &'a Conversation,
    /// What the shopper said last before, at most [`handover::EARLIER`] turns, in order; nobody asks while a person
    /// answers.
    pub earlier: &'a [Turn],
    /// What the merchant set.
    pub ability: &'a AbilityRow,
    /// What is said now.
    pub said: &'a Spoken,
}

/// What happens.
#[derive(Clone, Debug)]
pub struct Reply {
    /// What is answered, in order.
    pub lines: Vec<(ChatAuthor, String)>,
    /// Where the conversation stands then.
    pub state: ConversationState,
    /// It is handed over, and why.
    pub hand_over: Option<String>,
    /// An address that was given.
    pub email: Option<EmailAddress>,
    /// Where asking for an address stands then.
    pub capture: String,
}

/// Decides what happens.
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
        // A person answers: the assistant keeps quiet.
        return before;
    }
    if said.left.is_some() {
        // An address that was left in the form says nothing else, whatever words it is made of.
        return Reply { state: ConversationState::Open, ..before };
    }
    let answer = WordMatch.answer(&said.text, &ability.faqs);
    let assistance = match &answer {
        // Thanks for an address, or a no to the question for one, are all that is owed.
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

/// The answer when a conversation would be handed over and may not be, since too many were from there.
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

/// What a visitor is told once their conversation is durably with the team: that it is, and where the answer comes.
fn handed_over_lines(email: Option<&EmailAddress>, state: &CaptureState) -> Vec<String> {
    match email {
        Some(email) => vec![format!("Our team has your conversation and will answer by e-mail to {email}.")],
        None if matches!(state, CaptureState::Asked { .. }) => {
            vec!["Our team has your conversation.".to_owned(), ASK_FOR_ANSWER.to_owned()]
        }
        None => vec![ONLY_HERE.to_owned()],
    }
}

/// Whether the visitor was asked for an address and has not answered.
pub fn asks_for_address(conversation: &Conversation) -> bool {
    matches!(state_of(conversation), CaptureState::Asked { .. })
}

/// What is said once the visitor would rather leave no address, and where asking stands then; none: nothing changes.
pub fn refused_address(conversation: &Conversation) -> Option<(Option<String>, String)> {
    let before = state_of(conversation);
    // How eagerly addresses are asked for, or whether at all, is no matter here.
    let (state, _) = email_capture::next(before.clone(), Sensitivity::default(), CaptureEvent::Refused);
    (state != before).then(|| (told_of_refusal(conversation.state).map(str::to_owned), json(&state)))
}

/// Who was asked where the team's answer shall go, and gives no address, is told where it comes then.
fn told_of_refusal(state: ConversationState) -> Option<&'static str> {
    (state == ConversationState::HandedOver).then_some(ONLY_HERE)
}

/// What would happen to a sentence.
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

/// A manual hand-over asks for an address too. Answers the lines and where asking stands then.
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

/// What was heard about an address.
struct Captured {
    lines: Vec<(ChatAuthor, String)>,
    email: Option<EmailAddress>,
    state: CaptureState,
    /// The message was about the address and nothing else.
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
        // Nobody is asked, but an address that is given is kept all the same.
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
                    format!("Thank you. Our team will answer by e-mail to {email}.")
                }
                ConversationState::Open | ConversationState::Resolved => {
                    format!("Thank you, {email} is noted.")
                }
            };
            (Some(line), Some(email), short)
        }
        Action::Ask => (Some(ASK.to_owned()), None, false),
        Action::AskWhich => (Some(WHICH.to_owned()), None, short),
        Action::Keep(known) => {
            let line =
                format!("We keep writing to {known}. To change that, send only your new email address.");
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
    // Our own type always has one; without it, nobody was asked.
    serde_json::to_string(state).unwrap_or_default()
}
