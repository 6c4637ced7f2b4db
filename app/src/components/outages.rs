//! Connections that do not work: a bar on every page, and a mark in the navigation.

use super::attributes::hidden;
use super::button::Weight;
use super::disclosure::closes_by_escape;
use super::field::FieldSpec;
use super::poll::while_visible;
use super::{Button, Glyph, Icon, Live, SecretField, each, leads_out, named, says, shows};
use crate::api;
use crate::forms::IntegrationsIntent;
use crate::kept::Kept;
use crate::model::{CallError, Helpdesk, Outage, Renewal};
use crate::routes::INTEGRATIONS;
use crate::text::{number, t, tf};
use crate::words;
use leptos::html;
use leptos::prelude::*;

/// How many rounds of polling pass between two requests while everything works.
const CALM: u32 = 3;

/// The connections that do not work, kept up to date.
#[derive(Clone, Copy)]
pub struct Outages {
    /// `None` until a browser has asked: until then the page shows what it was sent with.
    known: Kept<Option<Vec<Outage>>>,
}

impl Outages {
    /// Starts polling, unless nobody is signed in.
    pub fn watch(signing_in: Memo<bool>) -> Self {
        let known = Kept::new(None::<Vec<Outage>>);
        let (round, signed_out) = (StoredValue::new(0_u32), StoredValue::new(false));
        Effect::new(move |_| {
            while_visible(move || {
                let now = round.get_value() + 1;
                round.set_value(now);
                let trouble = known.with_untracked(|it| it.as_ref().is_some_and(|it| !it.is_empty()));
                // Once signed out, only a reload helps.
                if signing_in.get_untracked()
                    || signed_out.get_value()
                    || !(trouble || now.is_multiple_of(CALM))
                {
                    return;
                }
                known.ask(async move {
                    let answer = api::outages::list().await;
                    if answer == Err(CallError::SignedOut) {
                        signed_out.try_set_value(true);
                    }
                    answer.map(Some)
                });
            });
        });
        Self { known }
    }

    /// Returns the current ones. `first` are those that the page was sent with.
    fn current(self, first: Vec<Outage>) -> Memo<Vec<Outage>> {
        Memo::new(move |_| self.known.with(|known| known.clone().unwrap_or_else(|| first.clone())))
    }
}

/// The bar.
#[component]
pub fn OutageBar(
    /// The current ones.
    outages: Outages,
    /// Those that the page was sent with.
    first: Vec<Outage>,
) -> impl IntoView {
    let all = outages.current(first);
    let line = move |key: String| {
        let outage = Memo::new(move |before: Option<&Option<Outage>>| {
            let now = all.with(|all| all.iter().find(|it| it.key() == key).cloned());
            // One that has just ended keeps its content until it is removed.
            now.or_else(|| before.cloned().flatten())
        });
        shows_one(outage)
    };
    // Rendered from the start, because screen readers do not announce a region that appears together with its content.
    view! {
        <div class="outages" {..named([("role", "status".into())])}>
            {each(move || all.with(|all| all.iter().map(Outage::key).collect()), line)}
        </div>
    }
}

fn shows_one(outage: Memo<Option<Outage>>) -> AnyView {
    let Some(first) = outage.get_untracked() else { return ().into_any() };
    let held = move || outage.with(|it| it.as_ref().and_then(|it| words::outage_held(it.held)));
    let helpdesk = first.helpdesk;
    let action = match first.renewal.clone() {
        Some(renewal) => view! { <UpdateKey helpdesk renewal /> }.into_any(),
        None => view! {
            <a class="button button-small" href=INTEGRATIONS>
                {t("See details")}
            </a>
        }
        .into_any(),
    };
    view! {
        <div class="outage">
            <Icon glyph=Glyph::WARNING />
            <p>
                <strong>{words::outage(&first)}</strong>
                " "
                <span>{says(move || held().unwrap_or_default())}</span>
            </p>
            {action}
        </div>
    }
    .into_any()
}

/// A form with one field. The browser posts it, with or without WASM: a success leads to the Integrations page, where
/// the handovers become tickets, and a failure opens the whole form there.
#[component]
fn UpdateKey(helpdesk: Helpdesk, renewal: Renewal) -> impl IntoView {
    let Renewal { subdomain, method, username, label, way, page } = renewal;
    let live = Live::current();
    let (open, busy) = (RwSignal::new(false), RwSignal::new(false));
    let details = NodeRef::<html::Details>::new();
    let node = NodeRef::<html::Input>::new();
    let toggled = move |_| {
        if let Some(details) = details.get_untracked() {
            open.set(details.has_attribute("open"));
        }
    };
    Effect::new(move |_| {
        if open.get()
            && let Some(input) = node.get()
        {
            let _ = input.focus();
        }
    });
    let way = leads_out(page, tf(&way, &[("helpdesk", helpdesk.name())]));
    let spec = FieldSpec {
        id: "outage-key",
        name: "api_key",
        label: t(&label),
        help: None,
        placeholder: String::new(),
        required: true,
    };
    let no_errors = Signal::stored(Vec::new());
    let fields = move || {
        view! {
            <SecretField spec=spec.clone() errors=no_errors node on_input=Callback::new(|()| ()) />
        }
        .into_any()
    };
    view! {
        <details class="outage-fix" node_ref=details on:toggle=toggled on:keydown=closes_by_escape(details)>
            <summary class="button button-small">{t("Update key")}</summary>
            <form
                class="card outage-form"
                method="post"
                action=INTEGRATIONS
                autocomplete="off"
                on:submit=move |_| busy.set(true)
            >
                <input {..hidden("helpdesk", helpdesk.slug())} />
                <input {..hidden("subdomain", &subdomain)} />
                <input {..hidden("method", &method)} />
                <input {..hidden("username", &username)} />
                // A page has at most one field with a label such as `API key`, except while this one is open.
                {shows(move || (open.get() || !live.get()).then(&fields))}
                <p class="where">
                    <span>{t("Where do I find this?")}</span>
                    " "
                    {way}
                </p>
                <Button
                    label=t("Save")
                    weight=Weight::Primary
                    intent=IntegrationsIntent::Save.name()
                    busy=busy
                />
            </form>
        </details>
    }
}

/// The mark beside the link to the integrations.
#[component]
pub fn OutageMark(
    /// The current ones.
    outages: Outages,
    /// Those that the page was sent with.
    first: Vec<Outage>,
) -> impl IntoView {
    let all = outages.current(first);
    shows(move || {
        all.with(|all| {
            (!all.is_empty()).then(|| {
                let held: u64 = all.iter().map(|it| it.held).sum();
                view! {
                    <span class="nav-mark" aria-hidden="true">{(held > 0).then(|| number(held))}</span>
                    <span class="hidden">" " {words::outages_beside_link(held)}</span>
                }
                .into_any()
            })
        })
    })
}
