//! The latest handovers and what became of them, kept up to date while somebody looks.

use super::{Board, ONLY_LOOKING, readiness};
use crate::api;
use crate::components::button::Weight;
use crate::components::moment::Precision;
use crate::components::poll::while_visible;
use crate::components::{Badge, Button, Glyph, Host, Icon, Moment, Post};
use crate::forms::{INTEGRATIONS, Intent, SIGN_IN};
use crate::model::{
    CallError, DeliveryState, DeliveryView, Destination, HandoverPage, HandoverView, Resolution,
};
use crate::notice::Notice;
use crate::pages::conversations::Inactive;
use crate::text::{t, tf};
use crate::words::{self, Tone};
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;

/// A connection may change without a handover (mended by itself, disconnected by a colleague): every so many rounds the
/// rows are asked for too.
const ROWS_EVERY: u32 = 3;

/// The id of the list's heading.
pub(super) const TITLE: &str = "recent-title";

/// The list as it is kept up to date.
#[derive(Clone, Copy)]
struct Watch {
    list: RwSignal<Vec<HandoverView>>,
    trouble: RwSignal<Option<CallError>>,
    news: RwSignal<String>,
    etag: StoredValue<Option<String>>,
    asking: StoredValue<bool>,
    round: StoredValue<u32>,
}

impl Watch {
    fn new(first: Result<HandoverPage, CallError>) -> Self {
        let (list, trouble) = match first {
            Ok(page) => (page.handovers, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        Self {
            list: RwSignal::new(list),
            trouble: RwSignal::new(trouble),
            news: RwSignal::new(String::new()),
            etag: StoredValue::new(None),
            asking: StoredValue::new(false),
            round: StoredValue::new(0),
        }
    }

    /// One look, unless one is under way. `changed` is called when the list is another than before.
    fn look(self, changed: impl Fn() + 'static) {
        // Signed out, only a new page helps: asking on would fill the server's log.
        if self.asking.get_value() || self.trouble.get_untracked() == Some(CallError::SignedOut) {
            return;
        }
        self.asking.set_value(true);
        let etag = self.etag.get_value();
        spawn_local_scoped(async move {
            let answer = api::handovers::recent_since(etag).await;
            // The page may have been left meanwhile: then there is nothing to tell anybody.
            if self.asking.try_set_value(false).is_some() {
                return;
            }
            match answer {
                Ok(news) => {
                    if self.trouble.with_untracked(Option::is_some) {
                        self.trouble.set(None);
                    }
                    if let Some((page, etag)) = news {
                        self.etag.set_value(etag);
                        if self.take(page) {
                            changed();
                        }
                    }
                }
                Err(error) => {
                    if self.trouble.with_untracked(|old| old.as_ref() != Some(&error)) {
                        self.trouble.set(Some(error));
                    }
                }
            }
        });
    }

    /// Whether it is another list than before.
    fn take(self, page: HandoverPage) -> bool {
        let new = self.list.with_untracked(|old| {
            let unknown = |h: &&HandoverView| !old.iter().any(|known| known.handover_id == h.handover_id);
            (*old != page.handovers).then(|| page.handovers.iter().filter(unknown).count())
        });
        let Some(new) = new else { return false };
        if new > 0 {
            self.news.set(words::arrived(new));
        }
        self.list.set(page.handovers);
        true
    }
}

#[component]
pub(super) fn Recent(board: Board, first: Result<HandoverPage, CallError>) -> impl IntoView {
    let watch = Watch::new(first);
    let beside = move || {
        board.reload();
        readiness::reload(board);
    };
    let look = move || watch.look(beside);

    Effect::new(move |_| {
        while_visible(move || {
            look();
            let round = watch.round.get_value() + 1;
            watch.round.set_value(round);
            if round.is_multiple_of(ROWS_EVERY) {
                beside();
            }
        });
    });
    Effect::new(move |before: Option<()>| {
        board.done.track();
        if before.is_some() {
            // What was done may have mended a line of the checklist.
            readiness::reload(board);
            look();
        }
    });

    let ids = move || watch.list.with(|list| list.iter().map(|h| h.handover_id.clone()).collect::<Vec<_>>());
    let row = move |id: String| {
        let handover = Memo::new(move |before: Option<&Option<HandoverView>>| {
            let now = watch.list.with(|list| list.iter().find(|h| h.handover_id == id).cloned());
            // A row that has just left the list keeps its words until it is taken away.
            now.or_else(|| before.cloned().flatten())
        });
        view! { <Handover board handover /> }
    };

    view! {
        <section class="recent" aria-labelledby=TITLE>
            <h2 id=TITLE tabindex="-1">{t("Recent handovers")}</h2>
            <Show when=move || board.readiness.with(|lines| readiness::handover_inactive(lines))>
                <Inactive />
            </Show>
            <p class="hidden" role="status" aria-live="polite">{watch.news}</p>
            <div role="status">{move || watch.trouble.get().map(|error| view! { <Paused error /> })}</div>
            <Show when=move || watch.list.with(Vec::is_empty) && watch.trouble.with(Option::is_none)>
                <div class="card empty">
                    <Icon glyph=Glyph::TRAY />
                    <p class="strong">{t("No handovers yet")}</p>
                    <p>
                        {t("When a conversation is handed over to a person it appears here, with the ticket it became. You do not have to reload the page.")}
                    </p>
                </div>
            </Show>
            <ul class="handovers">
                <For each=ids key=|id| id.clone() children=row />
            </ul>
        </section>
    }
}

/// Why the list stands still.
#[component]
fn Paused(error: CallError) -> impl IntoView {
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

#[component]
fn Handover(board: Board, handover: Memo<Option<HandoverView>>) -> impl IntoView {
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
    let at = read(|h| h.occurred_at.clone());
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
            .map(|delivery| view! { <Delivery board handover=id.clone() subject=subject.get_untracked() delivery /> })
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
        </li>
    }
}

/// The id of a handover's heading.
fn title_id(handover: &str) -> String {
    format!("handover-{handover}")
}

/// What a press did. It may take its button away: the focus goes on to the handover's heading and not to nowhere.
fn tell(board: Board, answer: Result<(), CallError>, done: Notice, heading: &str) {
    match answer {
        Ok(()) => {
            board.toasts.good(done.sentence());
            board.place.focus(heading);
        }
        Err(error) => board.toasts.bad(words::error(&error)),
    }
    board.look();
}

/// How one delivery stands, and what a person can do about it.
#[component]
fn Delivery(board: Board, handover: String, subject: String, delivery: DeliveryView) -> impl IntoView {
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
    let described_by = if board.may_change { about.clone() } else { format!("{ONLY_LOOKING} {about}") };
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
                tell(board, answer, Notice::Retried, &about);
            });
        };
        view! {
            <Post to=INTEGRATIONS fields=fields(Intent::Retry) on_post=Callback::new(press)>
                <Button
                    label=t("Retry")
                    weight=Weight::Plain
                    busy
                    disabled=!board.may_change
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
                    tell(board, answer, Notice::Answered, &about);
                });
            };
            view! {
                <Post to=INTEGRATIONS fields on_post=Callback::new(press)>
                    <Button
                        label
                        weight=Weight::Plain
                        busy
                        disabled=!board.may_change
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
