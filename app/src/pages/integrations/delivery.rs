//! The state of a delivery, and what a person can do about it.

use super::board::ONLY_LOOKING;
use crate::api;
use crate::components::button::Weight;
use crate::components::{Button, DeliveryBadge, Place, Post, Press, Toasts};
use crate::forms::HandoversIntent;
use crate::model::{CallError, DeliveryState, DeliveryView, Destination, Resolution};
use crate::notice::Notice;
use crate::text::{t, tf};
use crate::words;
use leptos::prelude::*;

/// Who may act on deliveries, and what happens afterwards.
#[derive(Clone, Copy)]
pub(in crate::pages) struct Acts {
    pub(in crate::pages) may_change: bool,
    /// Where forms are posted without WASM.
    pub(in crate::pages) to: StoredValue<String>,
    pub(in crate::pages) toasts: Toasts,
    pub(in crate::pages) place: Place,
    /// Called after an action, successful or not.
    pub(in crate::pages) done: Callback<()>,
}

impl Acts {
    pub(in crate::pages) fn new(
        may_change: bool,
        to: String,
        done: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self {
            may_change,
            to: StoredValue::new(to),
            toasts: Toasts::current(),
            place: Place::current(),
            done: Callback::new(move |()| done()),
        }
    }
}

/// Returns the id of a handover's heading.
pub(in crate::pages) fn title_id(handover: &str) -> String {
    format!("handover-{handover}")
}

/// A delivery with actions. Its buttons allow one request at a time.
#[derive(Clone)]
struct Handled {
    acts: Acts,
    handover: String,
    destination: Destination,
    press: Press,
}

impl Handled {
    /// Returns the hidden fields of a form about it, for use without WASM.
    fn fields(&self, intent: HandoversIntent) -> Vec<(&'static str, String)> {
        vec![
            ("intent", intent.name().to_owned()),
            ("handover", self.handover.clone()),
            ("destination", self.destination.slug().to_owned()),
        ]
    }

    fn retry(&self) {
        let question = api::handovers::retry(self.handover.clone(), Some(self.destination));
        self.ask(question, Notice::Retried);
    }

    /// Answers the question about an unsure delivery: whether the ticket was created.
    fn resolve(&self, made: bool) {
        let answer = Resolution { destination: self.destination, made, ticket_id: None };
        self.ask(api::handovers::resolve(self.handover.clone(), answer), Notice::Answered);
    }

    fn ask(&self, question: impl Future<Output = Result<(), CallError>> + 'static, done: Notice) {
        let (acts, heading) = (self.acts, title_id(&self.handover));
        self.press.ask(question, move |answer| tell(acts, answer, done, &heading));
    }

    /// A button that is a form of its own.
    fn button(
        &self,
        label: String,
        fields: Vec<(&'static str, String)>,
        pressed: impl Fn(&Self) + Send + Sync + 'static,
    ) -> AnyView {
        let about = title_id(&self.handover);
        let (Acts { may_change, to, .. }, press) = (self.acts, self.press);
        let described_by = if may_change { about } else { format!("{ONLY_LOOKING} {about}") };
        let handled = self.clone();
        view! {
            <Post to=to.get_value() fields on_post=Callback::new(move |()| pressed(&handled))>
                <Button
                    label
                    weight=Weight::Plain
                    busy=press
                    disabled=!may_change
                    described_by=Some(described_by)
                />
            </Post>
        }
        .into_any()
    }

    fn retry_button(&self) -> AnyView {
        self.button(t("Retry"), self.fields(HandoversIntent::Retry), Self::retry)
    }

    fn answer_button(&self, label: String, made: bool) -> AnyView {
        let mut fields = self.fields(HandoversIntent::Resolve);
        fields.push(("made", (if made { "yes" } else { "no" }).to_owned()));
        self.button(label, fields, move |handled| handled.resolve(made))
    }
}

/// Shows the result of an action. If that removes its button, the focus moves to the handover's heading.
fn tell(acts: Acts, answer: Result<(), CallError>, done: Notice, heading: &str) {
    match answer {
        Ok(()) => {
            acts.toasts.good(done.sentence());
            acts.place.focus(heading);
        }
        Err(error) => acts.toasts.bad(words::error(&error)),
    }
    acts.done.run(());
}

/// The state of a delivery, with its actions.
#[component]
pub(super) fn Delivery(
    acts: Acts,
    handover: String,
    subject: String,
    delivery: DeliveryView,
) -> impl IntoView {
    let handled = Handled { acts, handover, destination: delivery.destination, press: Press::idle() };
    let retry = delivery.state.may_retry().then(|| handled.retry_button());
    let question = delivery.needs_answer.then(|| question(&handled, subject));
    // The helpdesk's row says why deliveries are held, once for all of them.
    let why = words::trouble(&delivery).filter(|_| delivery.state != DeliveryState::Held);
    let (second_way, duplicates) = (words::second_way(&delivery), words::duplicates(&delivery));
    view! {
        <li class="delivery">
            <div class="delivery-line">
                <DeliveryBadge delivery />
                {retry}
            </div>
            {why.map(|why| view! { <p class="delivery-why"><bdi>{why}</bdi></p> }.into_any())}
            {second_way.map(|text| view! { <p class="delivery-why">{text}</p> }.into_any())}
            {duplicates.map(|text| view! { <p class="delivery-why">{text}</p> }.into_any())}
            {question}
        </li>
    }
}

/// The question about an unsure delivery, which only a person can answer.
fn question(handled: &Handled, subject: String) -> AnyView {
    let name = match handled.destination {
        Destination::Helpdesk(helpdesk) => helpdesk.name().to_owned(),
        Destination::Email => t("the mailbox"),
    };
    view! {
        <div class="question">
            <p>
                {tf("We don't know whether {name} created a ticket for this handover. Search there for", &[("name", &name)])} " "
                <q><bdi>{subject}</bdi></q> {t(". Is it there?")}
            </p>
            <div class="question-answers">
                {handled.answer_button(t("It is there"), true)} {handled.answer_button(t("Send again"), false)}
            </div>
        </div>
    }
    .into_any()
}
