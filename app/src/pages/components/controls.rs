//! Buttons, fields, badges, tags and links.

use super::sample::{Sample, apart};
use crate::components::button::Weight;
use crate::components::field::FieldSpec;
use crate::components::{
    Badge, Button, Glyph, HelpdeskMark, Icon, Live, PageLink, SecretField, Switch, TextArea, TextField, named,
};
use crate::forms::AbilitiesIntent;
use crate::model::{ConversationState, FieldError, Helpdesk, HelpdeskLook};
use crate::pages::conversations::{Avatar, StateBadge};
use crate::routes::ABILITIES;
use crate::words::Tone;
use domain::Said;
use leptos::prelude::*;

/// Buttons of every weight in every state.
pub(super) fn buttons() -> AnyView {
    let weight = |weight: Weight, title: &'static str| {
        view! {
            <Sample title>
                <div class="side-by-side">
                    <Button label="Send" weight />
                    <Button label="Busy" weight busy=true />
                    <Button label="Disabled" weight disabled=true />
                </div>
            </Sample>
        }
    };
    view! {
        <div class="gallery-pair">
            {weight(Weight::Primary, "Primary: the main action")}
            {weight(Weight::Plain, "Plain: one of several actions")}
            {weight(Weight::Danger, "Danger: removes something")}
            {weight(Weight::Quiet, "Quiet: a minor action")}
            <Sample title="Small, and as a link">
                <div class="side-by-side">
                    <button class="button button-small" {..named([("type", "button".into())])}>"Copy"</button>
                    <a class="button button-primary" href="#buttons">"Open the demo shop"</a>
                </div>
            </Sample>
            <Sample title="Icon only">
                <div class="side-by-side">
                    <button class="icon-button" {..named([("aria-label", "Close".into()), ("type", "button".into())])}>
                        <Icon glyph=Glyph::CROSS />
                    </button>
                </div>
            </Sample>
        </div>
    }
    .into_any()
}

fn spec(id: &'static str, label: &str, help: Option<&str>) -> FieldSpec {
    FieldSpec {
        id,
        name: id,
        label: label.to_owned(),
        help: help.map(str::to_owned),
        placeholder: "mystore".to_owned(),
        required: false,
    }
}

fn no_errors() -> Signal<Vec<FieldError>> {
    Signal::stored(Vec::new())
}

fn wrong(field: &str, message: &str) -> Signal<Vec<FieldError>> {
    Signal::stored(vec![FieldError::new(field, Said::plain(message))])
}

fn nothing() -> Callback<()> {
    Callback::new(|()| ())
}

/// Single-line, multi-line and secret fields, and switches.
pub(super) fn fields() -> AnyView {
    apart(|| {
        // A button that needs a script appears only on a live page.
        Live::provide_by(RwSignal::new(true));
        all_fields()
    })
}

fn all_fields() -> AnyView {
    let line = |title: &'static str, spec: FieldSpec, value: &'static str, errors, disabled: bool| {
        view! {
            <Sample title>
                <TextField spec value=value.to_owned() errors node=NodeRef::new() disabled on_input=nothing() />
            </Sample>
        }
    };
    let help = Some("Your Gorgias subdomain is a part of the Base API URL");
    let secret = |title: &'static str, shown: bool, errors| {
        let spec = FieldSpec { placeholder: String::new(), ..spec("api_key", "API key", None) };
        view! {
            <Sample title>
                <SecretField spec errors node=NodeRef::new() shown on_input=nothing() />
            </Sample>
        }
    };
    let area = |title: &'static str, value: &'static str, errors, disabled: bool| {
        view! {
            <Sample title>
                <TextArea
                    id="reply"
                    name="reply"
                    label="Reply to the shopper"
                    help="The shopper sees your name."
                    placeholder="Write to the shopper as your team"
                    value=value.to_owned()
                    rows=3
                    errors
                    node=NodeRef::new()
                    disabled
                />
            </Sample>
        }
    };
    let subdomain = |help| spec("subdomain", "Gorgias subdomain", help);
    view! {
        <div class="gallery-pair">
            {line("Empty, with help", subdomain(help), "", no_errors(), false)}
            {line("Filled in", subdomain(None), "your-store", no_errors(), false)}
            {line(
                "With an error and help",
                subdomain(help),
                "a.b",
                wrong("subdomain", "Enter your Gorgias subdomain."),
                false,
            )}
            {line("Disabled", subdomain(None), "your-store", no_errors(), true)}
            {secret("A secret, hidden", false, no_errors())}
            {secret("A secret, shown", true, no_errors())}
            {secret("A secret that is missing", false, wrong("api_key", "Enter the API key."))}
            {area("Several lines", "Hello Jane, which invoice is it about?", no_errors(), false)}
            {area("Several lines, with an error", "", wrong("reply", "Write a reply first."), false)}
            {area("Several lines, disabled", "", no_errors(), true)}
            <Sample title="Switches">
                <div class="switches">
                    {switch("off", "Off", false, false, false)}
                    {switch("on", "On", true, false, false)}
                    {switch("busy", "On and busy", true, true, false)}
                    {switch("not-off", "Off, disabled", false, false, true)}
                    {switch("not-on", "On, disabled", true, false, true)}
                </div>
            </Sample>
        </div>
    }
    .into_any()
}

fn switch(id: &'static str, label: &'static str, on: bool, busy: bool, disabled: bool) -> impl IntoView {
    view! {
        <div class="side-by-side">
            <span id=id>{label}</span>
            <Switch
                to=ABILITIES
                intent=AbilitiesIntent::SwitchHandover.name()
                labelled_by=id
                on=Signal::stored(on)
                busy=Signal::stored(busy)
                disabled
                on_switch=Callback::new(|_| ())
            />
        </div>
    }
}

/// Badges of every tone, tags and links.
pub(super) fn badges() -> AnyView {
    let states = ConversationState::ALL.map(|state| view! { <StateBadge state=Signal::stored(state) /> });
    view! {
        <div class="gallery-pair">
            <Sample title="Every tone, each with its icon">
                <div class="side-by-side">
                    <Badge tone=Tone::Good text="Connected" />
                    <Badge tone=Tone::Busy text="On its way" />
                    <Badge tone=Tone::Attention text="Needs attention" />
                    <Badge tone=Tone::Bad text="Not delivered" />
                    <Badge tone=Tone::Quiet text="Not connected" />
                </div>
            </Sample>
            <Sample title="States of a conversation">
                <div class="side-by-side">{states.into_iter().collect_view()}</div>
            </Sample>
            <Sample title="A long one">
                <Badge
                    tone=Tone::Busy
                    text="Checking whether the ticket arrived, which may take a while when the helpdesk is slow to answer"
                />
            </Sample>
            <Sample title="Tags and links">
                <div class="side-by-side">
                    <span class="tag">"Handovers go here"</span>
                    <PageLink path=ABILITIES.to_owned() label="Train → Abilities" />
                    <a class="link" href="#badges">
                        "Ticket #1001"
                        <Icon glyph=Glyph::OUT />
                    </a>
                </div>
                <p>
                    "A link in a sentence, such as to "
                    <a class="link" href="#badges">"all conversations"</a> ", is underlined."
                </p>
            </Sample>
            <Sample title="Marks and avatars">
                <div class="side-by-side">
                    <HelpdeskMark drawing=HelpdeskLook::of(Helpdesk::GORGIAS).mark().to_owned() />
                    <Avatar name=Signal::stored("Jane Doe".to_owned()) />
                    <Avatar name=Signal::stored("Anonymous visitor".to_owned()) />
                </div>
            </Sample>
        </div>
    }
    .into_any()
}
