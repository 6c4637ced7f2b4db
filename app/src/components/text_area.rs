//! Multi-line text.

use super::field::Labelled;
use crate::model::FieldError;
use leptos::html;
use leptos::prelude::*;

/// Returns the element's content as HTML. Leptos does not escape children of a `<textarea>` on the server, so this
/// does; set as `innerHTML`, both sides read it alike. Leading line breaks go, because the HTML parser drops one.
fn content(text: &str) -> String {
    text.trim_start_matches(['\n', '\r']).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A multi-line text field: the only `<textarea>` of the product.
#[component]
pub fn TextArea(
    /// The element's id.
    #[prop(into)]
    id: String,
    /// Its name in forms.
    name: &'static str,
    /// Its name in errors, if it differs from the name in forms.
    #[prop(optional, into)]
    error_name: Option<String>,
    /// Label.
    #[prop(into)]
    label: String,
    /// Help text.
    #[prop(optional, into)]
    help: Option<String>,
    /// Placeholder.
    #[prop(optional, into)]
    placeholder: String,
    /// Initial value.
    value: String,
    /// How many lines are visible.
    #[prop(default = 4)]
    rows: u8,
    /// The errors of its form.
    errors: Signal<Vec<FieldError>>,
    /// The element.
    node: NodeRef<html::Textarea>,
    /// Whether it is read-only.
    #[prop(optional)]
    disabled: bool,
    /// Called on every input.
    #[prop(optional)]
    on_input: Option<Callback<()>>,
    /// Called when a key goes down, except while an input method composes a character.
    #[prop(optional)]
    on_key: Option<Callback<web_sys::KeyboardEvent>>,
) -> impl IntoView {
    let field = error_name.unwrap_or_else(|| name.to_owned());
    let error = Signal::derive(move || {
        let belongs = |error: &&FieldError| {
            error.field.strip_prefix(&field).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        };
        errors.with(|all| all.iter().find(belongs).map(|error| error.message.clone()))
    });
    let described_by = {
        let (id, help) = (id.clone(), help.is_some());
        move || match (error.with(Option::is_some), help) {
            (true, true) => Some(format!("{id}-error {id}-help")),
            (true, false) => Some(format!("{id}-error")),
            (false, true) => Some(format!("{id}-help")),
            (false, false) => None,
        }
    };
    let input = move |_| {
        if let Some(on_input) = on_input {
            on_input.run(());
        }
    };
    // In an input method, Enter ends the composition. Safari reports it after the composition has ended, so only the
    // key code tells.
    let key = move |event: web_sys::KeyboardEvent| {
        if let Some(on_key) = on_key
            && !event.is_composing()
            && event.key_code() != 229
        {
            on_key.run(event);
        }
    };
    view! {
        <Labelled id=id.clone() label help error>
            <textarea
                class="input text-area"
                node_ref=node
                id=id
                name=name
                rows=rows
                placeholder=placeholder
                disabled=disabled
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=described_by
                inner_html=content(&value)
                on:input=input
                on:keydown=key
            ></textarea>
        </Labelled>
    }
}

/// Returns the current value.
pub fn value(node: NodeRef<html::Textarea>) -> String {
    node.get_untracked().map(|area| area.value()).unwrap_or_default()
}

/// Sets the value.
pub fn set_value(node: NodeRef<html::Textarea>, value: &str) {
    if let Some(Some(area)) = node.try_get_untracked() {
        area.set_value(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_cannot_close_the_element() {
        assert_eq!(content("\n</textarea><script>&amp;"), "&lt;/textarea&gt;&lt;script&gt;&amp;amp;");
    }
}
