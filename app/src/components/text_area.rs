//! Several lines of text.

use super::field::Labelled;
use crate::model::FieldError;
use leptos::html;
use leptos::prelude::*;

/// What is in the element as HTML. Leptos escapes no child of a `<textarea>` when the server renders it, so this does;
/// as `innerHTML` both sides read it alike. A line break at the start would be lost to the parser.
fn content(text: &str) -> String {
    text.trim_start_matches(['\n', '\r']).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A text of several lines: the only `<textarea>` of the product.
#[component]
pub fn TextArea(
    /// The element's id.
    #[prop(into)]
    id: String,
    /// Its name in forms.
    name: &'static str,
    /// Its name in errors, where that is another than in forms.
    #[prop(optional, into)]
    error_name: Option<String>,
    /// Its label.
    #[prop(into)]
    label: String,
    /// What stands under it.
    #[prop(optional, into)]
    help: Option<String>,
    /// An example of what goes in.
    #[prop(optional, into)]
    placeholder: String,
    /// What is in it at first.
    value: String,
    /// How many lines are seen.
    #[prop(default = 4)]
    rows: u8,
    /// The errors of its form.
    errors: Signal<Vec<FieldError>>,
    /// The element.
    node: NodeRef<html::Textarea>,
    /// Whether it can only be read.
    #[prop(optional)]
    disabled: bool,
    /// When something is typed or pasted.
    #[prop(optional)]
    on_input: Option<Callback<()>>,
    /// When a key goes down that is not for the choice of a character.
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
    // Enter also ends the choice of a character, in Japanese say. Safari says so by the code alone: its composition is
    // over by then.
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

/// What is in it now.
pub fn value(node: NodeRef<html::Textarea>) -> String {
    node.get_untracked().map(|area| area.value()).unwrap_or_default()
}

/// Puts something into it.
pub fn set_value(node: NodeRef<html::Textarea>, value: &str) {
    if let Some(Some(area)) = node.try_get_untracked() {
        area.set_value(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_element_early() {
        assert_eq!(content("\n</textarea><script>&amp;"), "&lt;/textarea&gt;&lt;script&gt;&amp;amp;");
    }
}
