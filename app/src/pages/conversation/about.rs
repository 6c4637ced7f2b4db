//! The shopper, and what is known about the visit.

use super::room::Room;
use crate::components::{Glyph, Icon};
use crate::text::t;
use crate::words;
use leptos::prelude::*;

#[component]
pub(super) fn About(room: Room) -> impl IntoView {
    let known = |text: &Option<String>| text.as_deref().map(words::plain).filter(|text| !text.is_empty());
    let shopper =
        Memo::new(move |_| room.item.with(|item| (known(&item.shopper_name), known(&item.shopper_email))));
    view! {
        <aside class="card conversation-about" aria-label=t("About this conversation")>
            <h2>{t("Shopper")}</h2>
            {move || {
                let (name, email) = shopper.get();
                view! {
                    <dl class="known">
                        <Fact name=t("Name")>
                            <bdi>{name.unwrap_or_else(|| t("Anonymous visitor"))}</bdi>
                        </Fact>
                        <Fact name=t("Email")>
                            {match email {
                                Some(email) => view! {
                                    <bdi>{email}</bdi>
                                    <span class="known-note">{t("Typed by the visitor, not verified")}</span>
                                }
                                .into_any(),
                                None => view! { <span class="quiet">{t("Not given yet")}</span> }.into_any(),
                            }}
                        </Fact>
                    </dl>
                }
            }}
            {move || room.context.with(|context| (!context.is_empty()).then(|| {
                let facts = context.iter().map(|(name, value)| {
                    let value = words::plain(value);
                    let shown = match words::web_address(&value) {
                        // The address came from the shopper's side, so their page must learn nothing of ours.
                        Some(url) => view! {
                            <a class="link" href=url.to_owned() target="_blank" rel="noreferrer nofollow">
                                {value.clone()}
                                <Icon glyph=Glyph::OUT />
                            </a>
                        }
                        .into_any(),
                        None => view! { <bdi>{value.clone()}</bdi> }.into_any(),
                    };
                    view! { <Fact name=t(&words::plain(name))>{shown}</Fact> }
                });
                view! {
                    <h2>{t("Context")}</h2>
                    <dl class="known">{facts.collect_view()}</dl>
                }
            }))}
        </aside>
    }
}

#[component]
fn Fact(#[prop(into)] name: String, children: Children) -> impl IntoView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd>{children()}</dd>
        </div>
    }
}
