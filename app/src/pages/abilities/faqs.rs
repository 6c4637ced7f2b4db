//! What the built-in assistant answers.

use super::{Board, sort_error};
use crate::api;
use crate::check;
use crate::components::button::{Weight, focus};
use crate::components::{Button, Glyph, Icon, Live, TextArea, Trouble, text_area};
use crate::forms::{FormOutcome, Intent};
use crate::model::{CallError, Faq, FieldError, pasted};
use crate::notice::Notice;
use crate::routes::ABILITIES;
use crate::text::t;
use leptos::html::Textarea;
use leptos::prelude::*;
use leptos::reactive::spawn_local_scoped;

/// A pair on the screen. Its elements hold what was typed.
#[derive(Clone, Copy)]
struct Pair {
    /// Never used again, so that a removed pair takes its elements with it.
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

#[component]
pub(super) fn Faqs(board: Board, outcome: Option<FormOutcome>) -> impl IntoView {
    let (typed, error) = outcome.map(|outcome| (outcome.faqs, outcome.error)).unwrap_or_default();
    // With one more than there are, so that one can be added without a script.
    let mut shown = typed.unwrap_or_else(|| board.abilities.with_untracked(|all| all.faqs.clone()));
    let blank = |faq: &Faq| pasted::is_blank(&faq.question) && pasted::is_blank(&faq.answer);
    if board.may_change && !shown.last().is_some_and(blank) {
        shown.push(Faq { question: String::new(), answer: String::new() });
    }
    let next = StoredValue::new(shown.len());
    let pairs: Vec<Pair> = shown.into_iter().enumerate().map(|(id, faq)| Pair::new(id, faq)).collect();
    let pairs = RwSignal::new(pairs);
    let (first_errors, first_trouble) = error.map(|error| sort_error(error, &["faqs"])).unwrap_or_default();
    let errors = RwSignal::new(first_errors);
    let trouble = RwSignal::new(first_trouble);
    let busy = RwSignal::new(false);
    let live = Live::current();

    let refuse = move |error: CallError| {
        let (fields, rest) = sort_error(error, &["faqs"]);
        // Too many of them is told below.
        let whole = fields.iter().find(|error| error.field == "faqs").cloned().map(CallError::from);
        trouble.try_set(rest.or(whole));
        let first = pairs.try_with_untracked(|pairs| {
            let pair = pairs
                .iter()
                .enumerate()
                .find(|(at, _)| fields.iter().any(|error| error.field.starts_with(&format!("faqs[{at}]"))));
            pair.map(|(_, pair)| pair.question_id())
        });
        errors.try_set(fields);
        if let Some(Some(id)) = first {
            focus(&id);
        }
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let typed = pairs.with_untracked(|pairs| pairs.iter().map(|pair| pair.typed()).collect());
        let faqs = match check::faqs(typed) {
            Ok(faqs) => faqs,
            Err(errors) => return refuse(CallError::Fields { errors }),
        };
        errors.set(Vec::new());
        trouble.set(None);
        busy.set(true);
        spawn_local_scoped(async move {
            let answer = api::abilities::save_faqs(faqs).await;
            busy.try_set(false);
            match answer {
                Ok(now) => board.saved(now, Notice::FaqsSaved),
                Err(error) => refuse(error),
            }
        });
    };
    let add = move |_| {
        let id = next.get_value();
        next.set_value(id + 1);
        let pair = Pair::empty(id);
        pairs.update(|pairs| pairs.push(pair));
        request_animation_frame(move || {
            focus(&pair.question_id());
        });
    };
    let remove = move |id: usize| {
        // An error names a place, and the places are others now.
        errors.set(Vec::new());
        pairs.update(|pairs| pairs.retain(|pair| pair.id != id));
        focus("add-question");
    };
    view! {
        <section class="faqs-section" aria-labelledby="faqs-title">
            <h2 id="faqs-title">{t("Questions and answers")}</h2>
            <p class="quiet">
                {t("What the built-in assistant knows. It answers what you wrote, and says so honestly when it has no answer.")}
            </p>
            <form class="card faqs" method="post" action=ABILITIES novalidate=true on:submit=submit>
                <ul class="faq-list">
                    <For each=move || pairs.get() key=|pair| pair.id let:pair>
                        <PairFields board pair pairs errors=Signal::from(errors) remove=Callback::new(remove) />
                    </For>
                </ul>
                <div class="told" role="status">
                    {move || trouble.get().map(|error| view! { <Trouble error /> })}
                </div>
                <div class="form-actions">
                    <button
                        type="button"
                        class="button"
                        id="add-question"
                        hidden=move || !live.get() || !board.may_change
                        on:click=add
                    >
                        <Icon glyph=Glyph::PLUS />
                        {t("Add a question")}
                    </button>
                    <Button
                        label=t("Save questions")
                        weight=Weight::Primary
                        intent=Intent::SaveFaqs
                        busy
                        disabled=!board.may_change
                        described_by=board.why_not()
                    />
                </div>
            </form>
        </section>
    }
}

#[component]
fn PairFields(
    board: Board,
    pair: Pair,
    pairs: RwSignal<Vec<Pair>>,
    errors: Signal<Vec<FieldError>>,
    remove: Callback<usize>,
) -> impl IntoView {
    let live = Live::current();
    // An error names a place in the list, which changes when one above is removed.
    let own = |part: &'static str| {
        Signal::derive(move || {
            let at = pairs.with(|pairs| pairs.iter().position(|it| it.id == pair.id));
            let field = at.map(|at| format!("faqs[{at}].{part}")).unwrap_or_default();
            errors.with(|all| {
                all.iter()
                    .filter(|error| error.field == field)
                    .map(|error| FieldError::new(part, error.message.clone()))
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
                disabled=!board.may_change
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
                disabled=!board.may_change
            />
            <button
                type="button"
                class="icon-button faq-remove"
                aria-label=t("Remove this question")
                aria-describedby=pair.question_id()
                title=t("Remove")
                hidden=move || !live.get() || !board.may_change
                on:click=move |_| remove.run(pair.id)
            >
                <Icon glyph=Glyph::BIN />
            </button>
        </li>
    }
}
