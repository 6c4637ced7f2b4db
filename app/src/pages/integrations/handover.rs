//! A handover with its deliveries, and what a person can do about them: in the list of the latest, and in the list of all.

use super::ONLY_LOOKING;
use crate::api;
use crate::components::button::Weight;
use crate::components::moment::Precision;
use crate::components::{Badge, Button, Glyph, Host, Icon, Moment, Place, Post, Toasts};
use crate::forms::Intent;
use crate::model::{CallError, DeliveryState, DeliveryView, Destination, HandoverView, Resolution};
use crate::notice::Notice;
use crate::routes::SIGN_IN;
use crate::text::{t, tf};
use crate::words::{self, Tone};
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;

/// Who may do something about a delivery, and who hears of it.
#[derive(Clone, Copy)]
pub(in crate::pages) struct Acts {
    pub(in crate::pages) may_change: bool,
    /// Where forms are posted to without WASM.
    pub(in crate::pages) to: StoredValue<String>,
    pub(in crate::pages) toasts: Toasts,
    pub(in crate::pages) place: Place,
    /// Something was done, or tried.
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

/// Why a list stands still.
#[component]
pub(in crate::pages) fn Paused(error: CallError) -> impl IntoView {
    let signed_out = error == CallError::SignedOut;
    let text = if signed_out {
        words::error(&error)
    } else {
        t("No connection right now. This list goes on by itself.")
    };
    view! {
        <p class="note">
            {text}" "
            {(signed_out && !Host::current().is_there()).then(|| view! { <a class="link" href=SIGN_IN rel="external">{t("Sign in")}</a> })}
        </p>
    }
}

/// A handover in a list.
#[component]
pub(in crate::pages) fn Handover(
    acts: Acts,
    handover: Memo<Option<HandoverView>>,
    /// What stands below.
    #[prop(optional)]
    below: Option<AnyView>,
) -> impl IntoView {
    let read = move |read: fn(&HandoverView) -> String| {
        Signal::derive(move || handover.with(|h| h.as_ref().map(read).unwrap_or_default()))
    };
    // Says at its buttons which handover they are about. An id of ours holds nothing that an attribute cannot.
    let title = handover.with_untracked(|h| h.as_ref().map(|h| title_id(&h.handover_id)));
    let email = read(|h| {
        // With no name the address stands in its place already.
        if h.shopper_name.is_some() {
            h.shopper_email.as_deref().map(words::plain).unwrap_or_default()
        } else {
            String::new()
        }
    });
    let shopper = read(words::shopper);
    let subject = read(words::subject);
    let trigger = read(words::trigger);
    let at = read(|h| h.accepted_at.clone());
    let conversation = Signal::derive(move || {
        handover
            .with(|h| h.as_ref()?.conversation_url.as_deref().and_then(words::web_address).map(str::to_owned))
    });
    let deliveries = move || {
        let list = handover.with(|h| h.as_ref().map(|h| h.deliveries.clone()).unwrap_or_default());
        if list.is_empty() {
            return view! {
                <li class="delivery">
                    <Badge tone=Tone::Attention text=t("Nobody was told") />
                </li>
            }
            .into_any();
        }
        let id = handover.with(|h| h.as_ref().map(|h| h.handover_id.clone()).unwrap_or_default());
        list.into_iter()
            .map(|delivery| view! { <Delivery acts handover=id.clone() subject=subject.get_untracked() delivery /> })
            .collect_view()
            .into_any()
    };
    view! {
        <li class="card handover">
            <div class="handover-what">
                <h3 id=title tabindex="-1"><bdi>{subject}</bdi></h3>
                <p class="handover-who">
                    <bdi>{shopper}</bdi>
                    {move || Some(email.get()).filter(|email| !email.is_empty() && *email != shopper.get())
                        .map(|email| view! { <span class="quiet"><bdi>{email}</bdi></span> })}
                </p>
                <p class="handover-when">
                    <span>{trigger}</span>
                    <Moment at />
                    {move || conversation.get().map(|url| view! {
                        <a class="link" href=url target="_blank" rel="noreferrer">
                            {t("Conversation")}
                            <Icon glyph=Glyph::OUT />
                        </a>
                    })}
                </p>
            </div>
            <ul class="deliveries">{deliveries}</ul>
            {below}
        </li>
    }
}

/// The id of a handover's heading.
pub(in crate::pages) fn title_id(handover: &str) -> String {
    format!("handover-{handover}")
}

/// What a press did. It may take its button away: the focus goes on to the handover's heading and not to nowhere.
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

/// How one delivery stands, and what a person can do about it.
#[component]
fn Delivery(acts: Acts, handover: String, subject: String, delivery: DeliveryView) -> impl IntoView {
    let busy = RwSignal::new(false);
    let (tone, text) = words::delivery(&delivery);
    let end = words::next_time(&delivery)
        .map(|at| view! { <Moment at=at.to_owned() precision=Precision::Time /> }.into_any());
    let url = delivery.ticket_url.as_deref().and_then(words::web_address).map(str::to_owned);
    let ticket =
        (delivery.state == DeliveryState::Delivered).then_some(delivery.ticket_id).flatten().map(|id| {
            let name = tf("Ticket #{id}", &[("id", &id.to_string())]);
            match url {
                Some(url) => view! {
                    <a class="link" href=url target="_blank" rel="noreferrer">
                        {name}
                        <Icon glyph=Glyph::OUT />
                    </a>
                }
                .into_any(),
                None => view! { <span>{name}</span> }.into_any(),
            }
        });
    let destination = delivery.destination;
    let about = title_id(&handover);
    let described_by = if acts.may_change { about.clone() } else { format!("{ONLY_LOOKING} {about}") };
    let fields = {
        let handover = handover.clone();
        move |intent: Intent| {
            vec![
                ("intent", intent.name().to_owned()),
                ("handover", handover.clone()),
                ("destination", destination.slug().to_owned()),
            ]
        }
    };

    let retry = delivery.state.may_retry().then(|| {
        let (id, about, described_by) = (handover.clone(), about.clone(), described_by.clone());
        let press = move |()| {
            let about = about.clone();
            if busy.get_untracked() {
                return;
            }
            busy.set(true);
            let id = id.clone();
            spawn_local_scoped(async move {
                let answer = api::handovers::retry(id, Some(destination)).await;
                busy.try_set(false);
                tell(acts, answer, Notice::Retried, &about);
            });
        };
        view! {
            <Post to=acts.to.get_value() fields=fields(Intent::Retry) on_post=Callback::new(press)>
                <Button
                    label=t("Retry")
                    weight=Weight::Plain
                    busy
                    disabled=!acts.may_change
                    described_by=Some(described_by)
                />
            </Post>
        }
    });

    let question = delivery.needs_answer.then(|| {
        let answer = |made: bool, label: String| {
            let (id, about, described_by) = (handover.clone(), about.clone(), described_by.clone());
            let mut fields = fields(Intent::Resolve);
            fields.push(("made", (if made { "yes" } else { "no" }).to_owned()));
            let press = move |()| {
                let about = about.clone();
                if busy.get_untracked() {
                    return;
                }
                busy.set(true);
                let id = id.clone();
                spawn_local_scoped(async move {
                    let resolution = Resolution { destination, made, ticket_id: None };
                    let answer = api::handovers::resolve(id, resolution).await;
                    busy.try_set(false);
                    tell(acts, answer, Notice::Answered, &about);
                });
            };
            view! {
                <Post to=acts.to.get_value() fields on_post=Callback::new(press)>
                    <Button
                        label
                        weight=Weight::Plain
                        busy
                        disabled=!acts.may_change
                        described_by=Some(described_by)
                    />
                </Post>
            }
        };
        let name = match destination {
            Destination::Helpdesk(helpdesk) => helpdesk.name().to_owned(),
            Destination::Email => t("the mailbox"),
        };
        view! {
            <div class="question">
                <p>
                    {tf("We could not find out whether {name} made this ticket. Look there for", &[("name", &name)])} " "
                    <q><bdi>{subject}</bdi></q> {t(". Is it there?")}
                </p>
                <div class="question-answers">
                    {answer(true, t("It is there"))} {answer(false, t("Send again"))}
                </div>
            </div>
        }
    });

    // Why it is held stands at the helpdesk's row, once for all of them.
    let why = words::trouble(&delivery).filter(|_| delivery.state != DeliveryState::Held);
    view! {
        <li class="delivery">
            <div class="delivery-line">
                <Badge tone text end />
                {ticket}
                {retry}
            </div>
            {why.map(|why| view! { <p class="delivery-why"><bdi>{why}</bdi></p> })}
            {words::second_way(&delivery).map(|text| view! { <p class="delivery-why">{text}</p> })}
            {words::duplicates(&delivery).map(|text| view! { <p class="delivery-why">{text}</p> })}
            {question}
        </li>
    }
}
