//! What the dialogs of both abilities share: choices, one multi-line text, and saving them.

use super::board::{AbilitiesBoard, sort_error};
use crate::components::button::{Weight, closes, focus};
use crate::components::{Button, DialogHandle, Press, TextArea, Trouble, text_area};
use crate::forms::AbilitiesIntent;
use crate::model::{Abilities, CallError, FieldError};
use crate::notice::Notice;
use crate::routes::ABILITIES;
use crate::text::t;
use leptos::ev::SubmitEvent;
use leptos::html::Textarea;
use leptos::prelude::*;

/// The multi-line field.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    pub(super) id: &'static str,
    /// Its name in forms and on the wire.
    pub(super) name: &'static str,
    pub(super) rows: u8,
    pub(super) placeholder: &'static str,
    /// The names and ids of the form's fields that can have errors.
    pub(super) fields: &'static [(&'static str, &'static str)],
}

impl Lines {
    /// Separates the errors of the form's fields from any other error.
    fn sort(&self, error: CallError) -> (Vec<FieldError>, Option<CallError>) {
        let names: Vec<_> = self.fields.iter().map(|(name, _)| *name).collect();
        sort_error(error, &names)
    }
}

/// What a form posted without WASM left in the dialog.
#[derive(Clone)]
pub(super) struct Left<T> {
    /// The settings as typed, or `None` if they could not be parsed.
    pub(super) typed: Option<T>,
    /// Why it was not saved.
    pub(super) error: CallError,
}

/// The state of a save.
#[derive(Clone, Copy)]
pub(super) struct Saving {
    board: AbilitiesBoard,
    dialog: DialogHandle,
    lines: Lines,
    node: NodeRef<Textarea>,
    pub(super) errors: RwSignal<Vec<FieldError>>,
    trouble: RwSignal<Option<CallError>>,
    press: Press,
}

impl Saving {
    /// Starts in the enclosing dialog, with the error that a form posted without WASM left.
    pub(super) fn new(board: AbilitiesBoard, lines: Lines, left: Option<CallError>) -> Self {
        let (errors, trouble) = left.map(|error| lines.sort(error)).unwrap_or_default();
        Self {
            board,
            dialog: DialogHandle::current(),
            lines,
            node: NodeRef::new(),
            errors: RwSignal::new(errors),
            trouble: RwSignal::new(trouble),
            press: Press::idle(),
        }
    }

    /// Saves what `typed` makes of the lines, then closes the dialog.
    pub(super) fn submit<F>(
        self,
        event: &SubmitEvent,
        typed: impl FnOnce(&str) -> Result<F, CallError>,
        saved: Notice,
    ) where
        F: Future<Output = Result<Abilities, CallError>> + 'static,
    {
        if closes(event) {
            return;
        }
        event.prevent_default();
        if self.press.is_busy() {
            return;
        }
        let save = match typed(&text_area::value(self.node)) {
            Ok(save) => save,
            Err(error) => return self.refuse(error),
        };
        self.errors.set(Vec::new());
        self.trouble.set(None);
        self.press.ask(save, move |answer| match answer {
            Ok(now) => {
                self.board.saved(now, saved);
                self.dialog.close();
            }
            Err(error) => self.refuse(error),
        });
    }

    /// Clears the fields' errors.
    pub(super) fn changed(self) {
        if self.errors.with_untracked(|errors| !errors.is_empty()) {
            self.errors.set(Vec::new());
        }
    }

    fn refuse(self, error: CallError) {
        let (fields, rest) = self.lines.sort(error);
        let is_wrong = |name: &str| fields.iter().any(|error| error.field.starts_with(name));
        if let Some((_, id)) = self.lines.fields.iter().find(|(name, _)| is_wrong(name)) {
            focus(id);
        }
        self.errors.try_set(fields);
        self.trouble.try_set(rest);
    }
}

/// The form: choices, lines, error and buttons.
#[component]
pub(super) fn AbilityForm(
    saving: Saving,
    /// Label of the lines.
    label: String,
    /// Help text of the lines.
    help: String,
    /// Initial lines.
    value: Vec<String>,
    intent: AbilitiesIntent,
    on_submit: Callback<SubmitEvent>,
    /// The choices.
    children: Children,
    /// The content below the lines.
    #[prop(optional)]
    last: Option<AnyView>,
) -> impl IntoView {
    let Saving { lines, node, errors, trouble, press, .. } = saving;
    view! {
        <form class="form" method="post" action=ABILITIES novalidate=true on:submit=move |event| on_submit.run(event)>
            <div class="dialog-body">
                {children()}
                <TextArea
                    id=lines.id
                    name=lines.name
                    label
                    help
                    placeholder=lines.placeholder
                    value=value.join("\n")
                    rows=lines.rows
                    errors=Signal::from(errors)
                    node
                    on_input=Callback::new(move |()| saving.changed())
                />
                {last}
                <div class="told" role="status">
                    {move || trouble.get().map(|error| view! { <Trouble error /> })}
                </div>
            </div>
            <footer class="dialog-foot">
                <Button label=t("Save") weight=Weight::Primary intent=intent.name() busy=press />
                <button type="submit" class="button button-quiet" formmethod="dialog" formnovalidate=true>
                    {t("Cancel")}
                </button>
            </footer>
        </form>
    }
}
