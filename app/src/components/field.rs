//! Labelled fields with help text and an error.
//!
//! The fields are uncontrolled: the element holds the text. That also works before the page is live, and keeps API
//! keys out of signals. A form reads its fields when it is submitted.

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
    /// The field's name in forms and errors.
    pub name: &'static str,
    /// Label. In a form with a choice of access methods, one line per method.
    pub label: String,
    /// Help text below the label. In a form with a choice, one line per method.
    pub help: Option<String>,
    /// Placeholder.
    pub placeholder: String,
    /// Whether it is required. Announced but not enforced, because the form has better error messages than the browser.
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

/// A field with its label, help and error.
#[component]
pub(super) fn Labelled(
    /// The field's id.
    #[prop(into)]
    id: String,
    /// Label.
    label: String,
    /// Help text.
    help: Option<String>,
    /// The error of the current value.
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
            }
            .into_any())}
        </div>
    }
}

/// Renders a text of a form with a choice of access methods, which has one line per method. CSS shows the line of the
/// chosen method, so this works without a script. Other texts have one line.
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

/// A single-line input element.
struct Line {
    node: NodeRef<html::Input>,
    kind: Value,
    value: Option<String>,
    inputmode: &'static str,
    autocomplete: &'static str,
    first: bool,
    disabled: bool,
    /// Tells password managers to ignore the field.
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
            // In another site's frame the browser refuses `autofocus` and logs an error to the console.
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

/// A single-line text field.
#[component]
pub fn TextField(
    /// Its id, name and texts.
    spec: FieldSpec,
    /// Initial value.
    value: String,
    /// The keyboard that phones show.
    #[prop(default = "text")]
    inputmode: &'static str,
    /// What the browser may autofill.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// The errors of its form.
    errors: Signal<Vec<FieldError>>,
    /// The element.
    node: NodeRef<html::Input>,
    /// Whether it gets the focus first.
    #[prop(optional)]
    first: bool,
    /// Whether it is disabled.
    #[prop(optional)]
    disabled: bool,
    /// Called on every input.
    on_input: Callback<()>,
    /// Called when it loses focus after a change.
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

/// A secret field. It is masked until its eye button is pressed, and the server never fills it in.
#[component]
pub fn SecretField(
    /// Its id, name and texts.
    spec: FieldSpec,
    /// The errors of its form.
    errors: Signal<Vec<FieldError>>,
    /// The element.
    node: NodeRef<html::Input>,
    /// Whether it gets the focus first.
    #[prop(optional)]
    first: bool,
    /// Whether it is unmasked initially.
    #[prop(optional)]
    shown: bool,
    /// Called on every input.
    on_input: Callback<()>,
) -> impl IntoView {
    let live = Live::current();
    let error = spec.error_in(errors);
    let shown = RwSignal::new(shown);
    // CSS cannot change an accessible name, so with a choice of methods the button has one name for all of them.
    let [show, hide] = match spec.label.contains('\n') {
        true => [t("Show what was typed"), t("Hide what was typed")],
        false => {
            let label = [("label", spec.label.as_str())];
            [tf("Show {label}", &label), tf("Hide {label}", &label)]
        }
    };
    // The label after a press, for the script that runs until the module is loaded.
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
        // A key is not a password of this site. The browser must not fill in a stored one, and password managers should
        // not offer to overwrite the merchant's own.
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
                // The label names what a press does, so the button has no `aria-pressed`.
                <button
                    class="icon-button secret-eye"
                    {..eye}
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    // CSS shows one of the two icons, depending on the field's type.
                    <Icon glyph=Glyph::EYE />
                    <Icon glyph=Glyph::EYE_OFF />
                </button>
            </div>
        </Labelled>
    }
}

/// An option of a list: its value in forms, and its text.
pub type Choice = (String, String);

/// A list to choose from.
#[component]
pub fn SelectField(
    /// The element's id.
    id: &'static str,
    /// The field's name in forms and errors.
    name: &'static str,
    /// Label.
    label: String,
    /// The choices.
    options: Vec<Choice>,
    /// The value of the initial choice.
    chosen: String,
    /// The errors of its form.
    errors: Signal<Vec<FieldError>>,
) -> impl IntoView {
    let spec = FieldSpec { id, name, label, help: None, placeholder: String::new(), required: false };
    let error = spec.error_in(errors);
    let option = move |(value, text): Choice| {
        let attributes = named([("selected", (value == chosen).into()), ("value", value.into())]);
        view! { <option {..attributes}>{text}</option> }.into_any()
    };
    let attributes = named([
        ("id", id.into()),
        ("name", name.into()),
        // A browser would otherwise restore an earlier choice after a reload.
        ("autocomplete", "off".into()),
        ("aria-invalid", follows(move || error.with(Option::is_some).then(|| "true".to_owned()))),
        ("aria-describedby", follows(spec.described_by(error))),
    ]);
    view! {
        <Labelled id=id label=spec.label help=None error>
            <select class="input" {..attributes}>{options.into_iter().map(option).collect_view()}</select>
        </Labelled>
    }
}

/// Returns the field's current value.
pub fn value(node: NodeRef<html::Input>) -> String {
    node.get_untracked().map(|input| input.value()).unwrap_or_default()
}

/// Sets the field's value if it differs, because setting even the same value would move the cursor.
pub fn set_value(node: NodeRef<html::Input>, value: &str) {
    if let Some(input) = node.get_untracked().filter(|input| input.value() != value) {
        input.set_value(value);
    }
}
