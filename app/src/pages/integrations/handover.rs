//! A handover with its deliveries, in the list of the latest and in the list of all.

use super::delivery::{Acts, Delivery, title_id};
use crate::components::{Badge, Host, Moment, leads_out, named, says, shows};
use crate::model::{CallError, HandoverView};
use crate::routes::SIGN_IN;
use crate::text::{t, tf};
use crate::words::{self, Tone};
use leptos::prelude::*;

/// Why a list is not updating.
#[component]
pub(in crate::pages) fn ListPaused(error: CallError) -> impl IntoView {
    let signed_out = error == CallError::SignedOut;
    let text = if signed_out {
        words::error(&error)
    } else {
        t("You are offline. The list updates again when you are back online.")
    };
    view! {
        <p class="note">
            {text}" "
            {(signed_out && !Host::current().is_there()).then(|| view! { <a class="link" {..named([("href", SIGN_IN.into()), ("rel", "external".into())])}>{t("Sign in")}</a> })}
        </p>
    }
}

/// A handover in a list.
#[component]
pub(in crate::pages) fn Handover(
    acts: Acts,
    handover: Memo<Option<HandoverView>>,
    /// Its time, if not in the usual form.
    #[prop(optional)]
    time: Option<AnyView>,
    /// What follows below it.
    #[prop(optional)]
    below: Option<AnyView>,
) -> impl IntoView {
    let read = move |read: fn(&HandoverView) -> String| {
        Signal::derive(move || handover.with(|h| h.as_ref().map(read).unwrap_or_default()))
    };
    // Tells its buttons apart for screen readers. Our ids contain nothing that an attribute cannot hold.
    let title = handover.with_untracked(|h| h.as_ref().map(|h| title_id(&h.handover_id)));
    let email = read(|h| {
        // Without a name, the address already takes the name's place.
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
            .map(|delivery| {
                view! { <Delivery acts handover=id.clone() subject=subject.get_untracked() delivery /> }
                    .into_any()
            })
            .collect_view()
            .into_any()
    };
    view! {
        <li class="card handover">
            <div class="handover-what">
                <h3 {..named([("id", title.into()), ("tabindex", "-1".into())])}><bdi>{says(move || subject.get())}</bdi></h3>
                <p class="handover-who">
                    <bdi>{says(move || shopper.get())}</bdi>
                    {shows(move || Some(email.get()).filter(|email| !email.is_empty() && *email != shopper.get())
                        .map(|email| view! { <span class="quiet"><bdi>{email}</bdi></span> }.into_any()))}
                </p>
                <p class="handover-when">
                    <span>{says(move || trigger.get())}</span>
                    {time.unwrap_or_else(|| view! { <Moment at /> }.into_any())}
                    {shows(move || {
                        let tag = handover.with(|h| h.as_ref()?.tag.clone())?;
                        Some(tf("Tag: {tag}", &[("tag", &tag)]).into_any())
                    })}
                    {shows(move || conversation.get().map(|url| leads_out(url, t("Conversation"))))}
                </p>
            </div>
            <ul class="deliveries">{shows(move || Some(deliveries()))}</ul>
            {below}
        </li>
    }
}
