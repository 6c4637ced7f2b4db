//! Labelled fields with a help text and an error.
//!
//! They are not controlled: the element holds what was typed, also before the page is live and where no signal
//! should (a key). A form reads them when it is sent.

use super::attributes::Value;
use super::{Glyph, Host, Icon, Live, follows, named, says, there_while};
use crate::model::FieldError;
use crate::text::{t, tf};
use leptos::html;
use leptos::prelude::*;

/// What all fields have in common.
#[derive(Clone)]
pub struct FieldSpec {
    /// The element's id.
    pub id: &'static str,
    /// The field's name in forms and in errors.
    pub name: &'static str,
    /// Its label; of a form with a choice, a line for each.
    pub label: String,
    /// What stands under it, in such lines too.
    pub help: Option<String>,
    /// An example of what goes in.
    pub placeholder: String,
    /// Whether it must be filled in. Said, not enforced: the form has better words than the browser.
    pub required: bool,
}

impl FieldSpec {
    fn error_in(&self, errors: Signal<Vec<FieldError>>) -> Signal<Option<String>> {
        let name = self.name;
        Signal::derive(move || {
            errors.with(|all| all.iter().find(|error| error.field == name).map(|error| error.message.clone()))
        })
    }

    fn described_by(&self, error: Signal<Option<String>>) -> impl Fn() -> Option<String> + Send + use<> {
        let (id, help) = (self.id, self.help.is_some());
        move || match (error.with(Option::is_some), help) {
            (true, true) => Some(format!("{id}-error {id}-help")),
            (true, false) => Some(format!("{id}-error")),
            (false, true) => Some(format!("{id}-help")),
            (false, false) => None,
        }
    }
}

/// The label, the help and the error around a field.
#[component]
pub(super) fn Labelled(
    /// The field's id.
    #[prop(into)]
    id: String,
    /// Its label.
    label: String,
    /// What stands under it.
    help: Option<String>,
    /// What is wrong with what is in it.
    error: Signal<Option<String>>,
    /// The field.
    children: Children,
) -> impl IntoView {
    let wrong = named([
        ("id", format!("{id}-error").into()),
        ("hidden", there_while(move || error.with(Option::is_none))),
    ]);
    view! {
        <div class="field">
            <label class="field-label" {..named([("for", id.clone().into())])}>
                {of_choices(&label)}
            </label>
            {children()}
            <p class="field-error" {..wrong}>
                <Icon glyph=Glyph::WARNING />
                <span>{says(move || error.get().unwrap_or_default())}</span>
            </p>
            {help.map(|help| view! {
                <p class="field-help" {..named([("id", format!("{id}-help").into())])}>
                    {of_choices(&help)}
                </p>
            })}
        </div>
    }
}

/// A text of a form with a choice, which has a line for each: the style shows that of the chosen one, so that it needs no
/// script. Other texts have one line.
pub fn of_choices(text: &str) -> AnyView {
    match text.contains('\n') {
        true => text
            .split('\n')
            .map(|line| view! { <span class="of-choice">{line.to_owned()}</span> }.into_any())
            .collect_view()
            .into_any(),
        false => text.to_owned().into_any(),
    }
}

/// The element of a field of one line, whatever goes in.
struct Line {
    node: NodeRef<html::Input>,
    kind: Value,
    value: Option<String>,
    inputmode: &'static str,
    autocomplete: &'static str,
    first: bool,
    disabled: bool,
    /// Says to password managers that this is none of theirs.
    ignored: Option<&'static str>,
    on_input: Callback<()>,
    on_leave: Option<Callback<()>>,
}

impl Line {
    fn view(self, spec: &FieldSpec, error: Signal<Option<String>>) -> AnyView {
        let Self { on_input, on_leave, .. } = self;
        let leave = move |_| {
            if let Some(on_leave) = on_leave {
                on_leave.run(());
            }
        };
        let attributes = named([
            ("id", spec.id.into()),
            ("name", spec.name.into()),
            ("type", self.kind),
            ("value", self.value.into()),
            ("placeholder", spec.placeholder.clone().into()),
            ("inputmode", self.inputmode.into()),
            ("autocomplete", self.autocomplete.into()),
            ("data-1p-ignore", self.ignored.into()),
            ("data-lpignore", self.ignored.map(|_| "true").into()),
            ("data-bwignore", self.ignored.into()),
            ("autocapitalize", "none".into()),
            ("spellcheck", "false".into()),
            // In another site's page the browser refuses it, and says so in its console.
            ("autofocus", (self.first && !Host::current().is_there()).into()),
            ("data-first", self.first.into()),
            ("required", spec.required.into()),
            ("disabled", self.disabled.into()),
            ("aria-invalid", follows(move || error.with(Option::is_some).then(|| "true".to_owned()))),
            ("aria-describedby", follows(spec.described_by(error))),
        ]);
        view! {
            <input
                class="input"
                {..attributes}
                node_ref=self.node
                on:input=move |_| on_input.run(())
                on:change=leave
            />
        }
        .into_any()
    }
}

/// A line of text.
#[component]
pub fn TextField(
    /// Its words.
    spec: FieldSpec,
    /// What is in it at first.
    value: String,
    /// The keyboard that phones show.
    #[prop(default = "text")]
    inputmode: &'static str,
    /// What the browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// The errors of its form.
    errors: Signal<Vec<FieldError>>,
    /// The element.
    node: NodeRef<html::Input>,
    /// Whether the dialog's focus starts here.
    #[prop(optional)]
    first: bool,
    /// Whether it can only be read.
    #[prop(optional)]
    disabled: bool,
    /// When something is typed or pasted.
    on_input: Callback<()>,
    /// When it is left after a change.
    #[prop(optional)]
    on_leave: Option<Callback<()>>,
) -> impl IntoView {
    let error = spec.error_in(errors);
    let input = Line {
        node,
        kind: "text".into(),
        value: Some(value),
        inputmode,
        autocomplete,
        first,
        disabled,
        ignored: None,
        on_input,
        on_leave,
    };
    view! {
        <Labelled id=spec.id label=spec.label.clone() help=spec.help.clone() error>
            {input.view(&spec, error)}
        </Labelled>
    }
}

/// A secret: hidden until its eye is pressed, never filled in by the server.
#[component]
pub fn SecretField(
    /// Its words.
    spec: FieldSpec,
    /// The errors of its form.
    errors: Signal<Vec<FieldError>>,
    /// The element.
    node: NodeRef<html::Input>,
    /// Whether the focus starts here.
    #[prop(optional)]
    first: bool,
    /// Whether it can be read at first.
    #[prop(optional)]
    shown: bool,
    /// When something is typed or pasted.
    on_input: Callback<()>,
) -> impl IntoView {
    let live = Live::current();
    let error = spec.error_in(errors);
    let shown = RwSignal::new(shown);
    // A name cannot follow the style: of a choice it is the same for all.
    let [show, hide] = match spec.label.contains('\n') {
        true => [t("Show what was typed"), t("Hide what was typed")],
        false => {
            let label = [("label", spec.label.as_str())];
            [tf("Show {label}", &label), tf("Hide {label}", &label)]
        }
    };
    // The other name, for a script that is there before the module.
    let other = hide.clone();
    let eye = named([
        ("data-other", other.into()),
        ("type", "button".into()),
        ("hidden", there_while(move || !live.get())),
        ("aria-label", follows(move || Some(if shown.get() { hide.clone() } else { show.clone() }))),
        ("aria-controls", spec.id.into()),
    ]);
    let input = Line {
        node,
        kind: follows(move || Some((if shown.get() { "text" } else { "password" }).to_owned())),
        value: None,
        inputmode: "text",
        // A key is no password of this site: nothing stored may be filled in, and password managers should not offer
        // to replace the merchant's own with it.
        autocomplete: "new-password",
        ignored: Some(""),
        first,
        disabled: false,
        on_input,
        on_leave: None,
    };
    view! {
        <Labelled id=spec.id label=spec.label.clone() help=spec.help.clone() error>
            <div class="secret">
                {input.view(&spec, error)}
                // The name says what a press does, so it is no toggle with `aria-pressed` as well.
                <button
                    class="icon-button secret-eye"
                    {..eye}
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    // Which of them is seen is the style's matter: it follows the field.
                    <Icon glyph=Glyph::EYE />
                    <Icon glyph=Glyph::EYE_OFF />
                </button>
            </div>
        </Labelled>
    }
}

/// What is in a field now.
pub fn value(node: NodeRef<html::Input>) -> String {
    node.get_untracked().map(|input| input.value()).unwrap_or_default()
}

/// Puts something into a field, if it is not there already: setting moves the cursor.
pub fn set_value(node: NodeRef<html::Input>, value: &str) {
    if let Some(input) = node.get_untracked().filter(|input| input.value() != value) {
        input.set_value(value);
    }
}
