//! The questions and answers of the built-in assistant.

use super::board::{AbilitiesBoard, sort_error};
use crate::api;
use crate::check;
use crate::components::button::{Weight, focus};
use crate::components::{Button, Glyph, Icon, Live, Press, TextArea, Trouble, text_area};
use crate::forms::AbilitiesIntent;
use crate::model::{CallError, Faq, FieldError, pasted};
use crate::notice::Notice;
use crate::routes::ABILITIES;
use crate::text::t;
use leptos::ev::SubmitEvent;
use leptos::html::Textarea;
use leptos::prelude::*;

/// The id of the button that gets the focus when a pair is removed.
const ADD: &str = "add-question";

/// A question with its answer. The elements hold what was typed.
#[derive(Clone, Copy)]
struct Pair {
    /// Never reused, so that a removed pair takes its elements with it.
    id: usize,
    first: StoredValue<Faq>,
    question: NodeRef<Textarea>,
    answer: NodeRef<Textarea>,
}

impl Pair {
    fn new(id: usize, first: Faq) -> Self {
        Self { id, first: StoredValue::new(first), question: NodeRef::new(), answer: NodeRef::new() }
    }

    fn empty(id: usize) -> Self {
        Self::new(id, Faq { question: String::new(), answer: String::new() })
    }

    fn typed(self) -> Faq {
        Faq { question: text_area::value(self.question), answer: text_area::value(self.answer) }
    }

    fn question_id(self) -> String {
        format!("question-{}", self.id)
    }
}

/// The state of the form.
#[derive(Clone, Copy)]
struct FaqsForm {
    board: AbilitiesBoard,
    pairs: RwSignal<Vec<Pair>>,
    /// The id of the next pair.
    next: StoredValue<usize>,
    errors: RwSignal<Vec<FieldError>>,
    trouble: RwSignal<Option<CallError>>,
    press: Press,
}

impl FaqsForm {
    /// Starts with what a form posted without WASM left: what was typed, and why it was not saved.
    fn new(board: AbilitiesBoard, left: Option<(Vec<Faq>, CallError)>) -> Self {
        let (typed, error) = left.unzip();
        // An empty pair at the end lets a merchant add one without a script.
        let mut shown = typed.unwrap_or_else(|| board.abilities.with_untracked(|all| all.faqs.clone()));
        let blank = |faq: &Faq| pasted::is_blank(&faq.question) && pasted::is_blank(&faq.answer);
        if board.may_change && !shown.last().is_some_and(blank) {
            shown.push(Faq { question: String::new(), answer: String::new() });
        }
        let next = StoredValue::new(shown.len());
        let pairs: Vec<Pair> = shown.into_iter().enumerate().map(|(id, faq)| Pair::new(id, faq)).collect();
        let (errors, trouble) = error.map(|error| sort_error(error, &["faqs"])).unwrap_or_default();
        Self {
            board,
            pairs: RwSignal::new(pairs),
            next,
            errors: RwSignal::new(errors),
            trouble: RwSignal::new(trouble),
            press: Press::idle(),
        }
    }

    fn submit(self, event: &SubmitEvent) {
        event.prevent_default();
        if self.press.is_busy() {
            return;
        }
        let typed = self.pairs.with_untracked(|pairs| pairs.iter().map(|pair| pair.typed()).collect());
        let faqs = match check::faqs(typed) {
            Ok(faqs) => faqs,
            Err(errors) => return self.refuse(CallError::Fields { errors }),
        };
        self.errors.set(Vec::new());
        self.trouble.set(None);
        self.press.ask(api::abilities::save_faqs(faqs), move |answer| match answer {
            Ok(now) => self.board.saved(now, Notice::FaqsSaved),
            Err(error) => self.refuse(error),
        });
    }

    fn refuse(self, error: CallError) {
        let (fields, rest) = sort_error(error, &["faqs"]);
        // The error of too many pairs belongs to the whole list, so it is shown below.
        let whole = fields.iter().find(|error| error.field == "faqs").cloned().map(CallError::from);
        self.trouble.try_set(rest.or(whole));
        let first = self.pairs.try_with_untracked(|pairs| {
            let pair = pairs
                .iter()
                .enumerate()
                .find(|(at, _)| fields.iter().any(|error| error.field.starts_with(&format!("faqs[{at}]"))));
            pair.map(|(_, pair)| pair.question_id())
        });
        self.errors.try_set(fields);
        if let Some(Some(id)) = first {
            focus(&id);
        }
    }

    fn add(self) {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        let pair = Pair::empty(id);
        self.pairs.update(|pairs| pairs.push(pair));
        request_animation_frame(move || {
            focus(&pair.question_id());
        });
    }

    fn remove(self, id: usize) {
        // Errors name pairs by position, and removing one shifts the positions.
        self.errors.set(Vec::new());
        self.pairs.update(|pairs| pairs.retain(|pair| pair.id != id));
        focus(ADD);
    }
}

#[component]
pub(super) fn Faqs(board: AbilitiesBoard, left: Option<(Vec<Faq>, CallError)>) -> impl IntoView {
    let form = FaqsForm::new(board, left);
    view! {
        <section class="faqs-section" aria-labelledby="faqs-title">
            <h2 id="faqs-title">{t("Questions and answers")}</h2>
            <p class="quiet">
                {t("What the built-in assistant knows. It answers in your words, and says so when it has no answer.")}
            </p>
            <form
                class="card faqs"
                method="post"
                action=ABILITIES
                novalidate=true
                on:submit=move |event| form.submit(&event)
            >
                <ul class="faq-list">
                    <For each=move || form.pairs.get() key=|pair| pair.id let:pair>
                        <PairFields form pair />
                    </For>
                </ul>
                <div class="told" role="status">
                    {move || form.trouble.get().map(|error| view! { <Trouble error /> })}
                </div>
                <Foot form />
            </form>
        </section>
    }
}

#[component]
fn Foot(form: FaqsForm) -> impl IntoView {
    let live = Live::current();
    let board = form.board;
    view! {
        <div class="form-actions">
            <button
                type="button"
                class="button"
                id=ADD
                hidden=move || !live.get() || !board.may_change
                on:click=move |_| form.add()
            >
                <Icon glyph=Glyph::PLUS />
                {t("Add a question")}
            </button>
            <Button
                label=t("Save questions")
                weight=Weight::Primary
                intent=AbilitiesIntent::SaveFaqs.name()
                busy=form.press
                disabled=!board.may_change
                described_by=board.why_not()
            />
        </div>
    }
}

#[component]
fn PairFields(form: FaqsForm, pair: Pair) -> impl IntoView {
    let live = Live::current();
    // Errors name pairs by position, which shifts when a pair above is removed.
    let own = |part: &'static str| {
        Signal::derive(move || {
            let at = form.pairs.with(|pairs| pairs.iter().position(|it| it.id == pair.id));
            let field = at.map(|at| format!("faqs[{at}].{part}")).unwrap_or_default();
            form.errors.with(|all| {
                all.iter()
                    .filter(|error| error.field == field)
                    .map(|error| FieldError { field: part.to_owned(), ..error.clone() })
                    .collect::<Vec<_>>()
            })
        })
    };
    let Faq { question, answer } = pair.first.get_value();
    view! {
        <li class="faq">
            <TextArea
                id=pair.question_id()
                name="question"
                label=t("Question")
                placeholder="How long does delivery take?"
                value=question
                rows=1
                errors=own("question")
                node=pair.question
                disabled=!form.board.may_change
            />
            <TextArea
                id=format!("answer-{}", pair.id)
                name="answer"
                label=t("Answer")
                placeholder="Two to four working days."
                value=answer
                rows=2
                errors=own("answer")
                node=pair.answer
                disabled=!form.board.may_change
            />
            <button
                type="button"
                class="icon-button faq-remove"
                aria-label=t("Remove this question")
                aria-describedby=pair.question_id()
                title=t("Remove")
                hidden=move || !live.get() || !form.board.may_change
                on:click=move |_| form.remove(pair.id)
            >
                <Icon glyph=Glyph::BIN />
            </button>
        </li>
    }
}
