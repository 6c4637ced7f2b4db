//! What the team sees and does: conversations, Hand over, replies, abilities.

use super::{Chat, Pass, readiness, respond, shown, turn};
use crate::{
    services::{LONG_SEARCH, changed_meanwhile, may_change, page_size, parse_cursor},
    store::{
        conversations::{AbilityRow, Conversation, ConversationFilter, Turn, Uses},
        handovers::{Filter, HandoverRecord, Search},
    },
    wire::{rfc3339, store_failed},
};
use app::{
    backend::Backend,
    chat_backend::ChatBackend,
    check::{self, MANY_FAQS},
    model::{
        Abilities, CallError, ChatAuthor, ConversationItem, ConversationPage, ConversationQuery,
        ConversationState, ConversationView, EmailCapture, Faq, FieldError, HandoverAbility, HandoverQuery,
        Readiness, ShopperPresence, Trial, TriggerKind, Viewer, pasted,
    },
    words::TRANSCRIPT_REMOVED,
};
use domain::{
    clock::Millis,
    handover::Trigger,
    said, sentences,
    text::{clean, one_line, shorten},
};
use std::collections::HashMap;

/// The maximum length of a reply, in characters.
const LONGEST_REPLY: usize = 10_000;
/// How long a chat counts as open after it was last seen open, which is stored every minute (`presence.rs`).
const HERE_FOR: Millis = 75_000;
/// How many conversations a ticket's number finds. Several helpdesks may have a ticket with the same number.
const MOST_BY_TICKET: u32 = 10;
/// How often a change is retried when another one came first.
const TRIES: usize = 8;

sentences! {
    REPLY_TEXT = "conversations.reply_text": "Write a reply of at most 10,000 characters.";
    REPLY_KEY = "conversations.reply_key": "This must be 1 to 64 letters, digits or hyphens.";
    FAQ_QUESTION = "abilities.faq_question": "Enter 1 to 300 characters.";
    FAQ_ANSWER = "abilities.faq_answer": "Enter 1 to 4,000 characters.";
    SENTENCE = "abilities.sentence": "Enter a sentence of at most 4,000 characters.";
    LONG_LINE = "abilities.long_line": "Each line can have at most {most} characters.";
    MANY_LINES = "abilities.many_lines": "Enter at most {most} lines.";
}

#[async_trait::async_trait]
impl ChatBackend for Chat {
    async fn readiness(&self, viewer: &Viewer) -> Result<Vec<Readiness>, CallError> {
        let rows = self.services.integrations(viewer).await?;
        let ability = self.store.ability(&viewer.merchant).await.map_err(store_failed)?;
        let team = self.store.team_email(&viewer.merchant).await.map_err(store_failed)?;
        let filter = HandoverQuery { limit: Some(20), ..HandoverQuery::default() };
        let recent = self.services.handovers(viewer, filter).await?.handovers;
        let auto_merge = self.services.integrations.auto_merge(&viewer.merchant).await;
        let now = self.world.clock.now();
        Ok(readiness::lines(&rows, &ability, team.as_ref(), &recent, auto_merge, now))
    }

    async fn conversations(
        &self,
        viewer: &Viewer,
        query: ConversationQuery,
    ) -> Result<ConversationPage, CallError> {
        let limit = page_size(query.limit)?;
        let search = query.search.map(|search| one_line(&search)).filter(|search| !search.is_empty());
        if search.as_ref().is_some_and(|search| search.chars().count() > 200) {
            return Err(CallError::field(FieldError::new("search", said!(LONG_SEARCH, most = 200_u32))));
        }
        let before = query.cursor.as_deref().map(parse_cursor).transpose();
        let by_ticket = match &search {
            Some(search) if query.cursor.is_none() => self.by_ticket(viewer, search, query.state).await?,
            _ => Vec::new(),
        };
        let filter = ConversationFilter {
            state: query.state,
            search,
            before: before.map_err(CallError::field)?,
            limit: limit + 1,
        };
        let mut found = self.store.conversations(&viewer.merchant, &filter).await.map_err(store_failed)?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next_cursor = found.last().filter(|_| more).map(|it| format!("{}.{}", it.active_at, it.id));
        let ability = self.store.ability(&viewer.merchant).await.map_err(store_failed)?;
        found.retain(|it| by_ticket.iter().all(|first| first.id != it.id));
        let conversations = self.items(viewer, by_ticket.into_iter().chain(found).collect()).await?;
        Ok(ConversationPage { conversations, next_cursor, handover_inactive: !ability.handover.active })
    }

    async fn conversation(
        &self,
        viewer: &Viewer,
        id: &str,
        after: i64,
    ) -> Result<ConversationView, CallError> {
        let conversation = self.one(viewer, id).await?;
        self.view(viewer, conversation, after).await
    }

    async fn hand_over(&self, viewer: &Viewer, id: &str) -> Result<ConversationView, CallError> {
        may_change(viewer)?;
        let by = one_line(&viewer.name);
        let ability = self.store.ability(&viewer.merchant).await.map_err(store_failed)?;
        self.change(viewer, id, None, false, |conversation, now| {
            if conversation.state == ConversationState::HandedOver {
                return None;
            }
            let (lines, capture) = respond::handed_over_by_hand(conversation, &ability);
            let next = Conversation { state: ConversationState::HandedOver, capture, ..conversation.clone() };
            let turns = lines.into_iter().map(|line| turn(ChatAuthor::System, line, now)).collect();
            let trigger = Trigger { kind: TriggerKind::Manual, reason: None, by: Some(by.clone()) };
            Some((next, turns, Pass::HandOver(trigger, None)))
        })
        .await
    }

    async fn give_back(&self, viewer: &Viewer, id: &str) -> Result<ConversationView, CallError> {
        may_change(viewer)?;
        self.moved(viewer, id, ConversationState::Open, "The assistant is answering again.").await
    }

    async fn resolve_conversation(&self, viewer: &Viewer, id: &str) -> Result<ConversationView, CallError> {
        may_change(viewer)?;
        self.moved(
            viewer,
            id,
            ConversationState::Resolved,
            "This conversation is resolved. Write any time to continue it.",
        )
        .await
    }

    async fn reply(
        &self,
        viewer: &Viewer,
        id: &str,
        key: &str,
        text: &str,
        by_email: bool,
    ) -> Result<ConversationView, CallError> {
        may_change(viewer)?;
        let text = pasted::trim(&clean(text)).to_owned();
        if !(1..=LONGEST_REPLY).contains(&text.chars().count()) {
            return Err(CallError::field(FieldError::new("text", REPLY_TEXT)));
        }
        let key_fits =
            (1..=64).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !key_fits {
            return Err(CallError::field(FieldError::new("key", REPLY_KEY)));
        }
        let name = shorten(&one_line(&viewer.name), 100);
        let key = format!("reply-{key}");
        self.change(viewer, id, Some(&key), by_email, |conversation, now| {
            let mut said = turn(ChatAuthor::Agent, text.clone(), now);
            said.name = Some(name.clone());
            said.key = Some(key.clone());
            let preview = shorten(&one_line(&text), 160);
            // A person on the team has taken over: the assistant stays silent until the conversation is given back.
            let (state, pass) = match conversation.handed_up_to {
                0 => (conversation.state, Pass::Nothing),
                _ => (ConversationState::HandedOver, Pass::FollowUp(None)),
            };
            Some((Conversation { preview, state, ..conversation.clone() }, vec![said], pass))
        })
        .await
    }

    async fn abilities(&self, viewer: &Viewer) -> Result<Abilities, CallError> {
        let row = self.store.ability(&viewer.merchant).await.map_err(store_failed)?;
        Ok(Abilities {
            handover: row.handover,
            handover_uses: row.handover_uses,
            email_capture: row.email_capture,
            email_uses: row.email_uses,
            faqs: row.faqs,
        })
    }

    async fn save_handover_ability(
        &self,
        viewer: &Viewer,
        mut ability: HandoverAbility,
    ) -> Result<Abilities, CallError> {
        may_change(viewer)?;
        ability.topics = lines("topics", ability.topics, 50, 60)?;
        let contact = clean(&ability.contact.unwrap_or_default());
        ability.contact = check::contact(&contact).map_err(CallError::field)?;
        self.save_ability(viewer, |row| row.handover = ability).await
    }

    async fn save_email_capture(
        &self,
        viewer: &Viewer,
        mut ability: EmailCapture,
    ) -> Result<Abilities, CallError> {
        may_change(viewer)?;
        ability.own = lines("own", ability.own, 50, 254)?;
        self.save_ability(viewer, |row| row.email_capture = ability).await
    }

    async fn save_faqs(&self, viewer: &Viewer, faqs: Vec<Faq>) -> Result<Abilities, CallError> {
        may_change(viewer)?;
        if faqs.len() > 200 {
            return Err(CallError::field(FieldError::new("faqs", said!(MANY_FAQS, n = 200_u32))));
        }
        let mut errors = Vec::new();
        let mut kept = Vec::new();
        for (index, faq) in faqs.into_iter().enumerate() {
            let faq = Faq {
                question: pasted::trim(&one_line(&faq.question)).to_owned(),
                answer: pasted::trim(&clean(&faq.answer)).to_owned(),
            };
            match (faq.question.chars().count(), faq.answer.chars().count()) {
                (0, 0) => {}
                (1..=300, 1..=4_000) => kept.push(faq),
                (0 | 301.., _) => {
                    errors.push(FieldError::new(format!("faqs[{index}].question"), FAQ_QUESTION));
                }
                _ => errors.push(FieldError::new(format!("faqs[{index}].answer"), FAQ_ANSWER)),
            }
        }
        if !errors.is_empty() {
            return Err(CallError::Fields { errors });
        }
        self.save_ability(viewer, |row| row.faqs = kept).await
    }

    async fn try_sentence(
        &self,
        viewer: &Viewer,
        mut ability: HandoverAbility,
        text: String,
    ) -> Result<Trial, CallError> {
        let text = pasted::trim(&clean(&text)).to_owned();
        if !(1..=4_000).contains(&text.chars().count()) {
            return Err(CallError::field(FieldError::new("text", SENTENCE)));
        }
        ability.topics = lines("topics", ability.topics, 50, 60)?;
        let row = self.store.ability(&viewer.merchant).await.map_err(store_failed)?;
        Ok(respond::trial(&ability, &row.faqs, &text))
    }
}

impl Chat {
    async fn one(&self, viewer: &Viewer, id: &str) -> Result<Conversation, CallError> {
        let found = self.store.conversation(&viewer.merchant, id).await.map_err(store_failed)?;
        found.ok_or(CallError::NotFound)
    }

    /// Returns the conversations whose handover became the ticket with this number: `#123` or `123`.
    async fn by_ticket(
        &self,
        viewer: &Viewer,
        search: &str,
        state: Option<ConversationState>,
    ) -> Result<Vec<Conversation>, CallError> {
        let Some(Search::Ticket(number) | Search::Either(number, _)) = Search::parse(search) else {
            return Ok(Vec::new());
        };
        let filter =
            Filter { search: Some(Search::Ticket(number)), limit: MOST_BY_TICKET, ..Filter::default() };
        let records = self.store.handovers(&viewer.merchant, &filter).await.map_err(store_failed)?;
        let mut found = Vec::new();
        for record in records {
            // A handover that was posted has no conversation here.
            let conversation = self.store.conversation(&viewer.merchant, &record.conversation).await;
            let conversation = conversation.map_err(store_failed)?;
            found.extend(conversation.filter(|it| state.is_none_or(|state| it.state == state)));
        }
        Ok(found)
    }

    /// Converts conversations to rows of the list, with their handovers.
    async fn items(
        &self,
        viewer: &Viewer,
        conversations: Vec<Conversation>,
    ) -> Result<Vec<ConversationItem>, CallError> {
        let handed = conversations.iter().filter(|it| it.handed_up_to > 0).map(|it| it.id.clone());
        let handed: Vec<String> = handed.collect();
        let records = self.store.handovers_of(&viewer.merchant, &handed).await.map_err(store_failed)?;
        let mut handovers: HashMap<String, HandoverRecord> =
            records.into_iter().map(|record| (record.conversation.clone(), record)).collect();
        let now = self.world.clock.now_ms();
        let item = |conversation: Conversation| ConversationItem {
            handover: handovers.remove(&conversation.id).map(|record| self.services.view(record, now)),
            id: conversation.id,
            state: conversation.state,
            shopper_name: conversation.shopper_name,
            shopper_email: conversation.shopper_email.map(String::from),
            // There were messages, but they have been removed.
            preview: match conversation.preview.is_empty() && conversation.messages > 0 {
                true => TRANSCRIPT_REMOVED.to_owned(),
                false => conversation.preview,
            },
            active_at: rfc3339(conversation.active_at),
        };
        Ok(conversations.into_iter().map(item).collect())
    }

    async fn view(
        &self,
        viewer: &Viewer,
        conversation: Conversation,
        after: i64,
    ) -> Result<ConversationView, CallError> {
        let turns = self.store.turns(&conversation.id, after).await.map_err(store_failed)?;
        let mut context = Vec::new();
        let mut line =
            |name: &str, value: Option<String>| context.extend(value.map(|it| (name.to_owned(), it)));
        line("Page", conversation.page_url.clone());
        line("Order", conversation.order_number.clone());
        for item in &conversation.cart {
            line("Cart", Some(item.to_string()));
        }
        for (name, value) in &conversation.custom {
            line(name, Some(value.clone()));
        }
        let presence = presence_at(conversation.seen_at, self.world.clock.now_ms());
        let item = self.items(viewer, vec![conversation]).await?.pop().ok_or(CallError::NotFound)?;
        Ok(ConversationView { item, messages: turns.into_iter().map(shown).collect(), context, presence })
    }

    /// Reads, decides and writes, and retries if another change came first. Returns what is new since the read; the
    /// caller has the rest, or asks for it.
    async fn change(
        &self,
        viewer: &Viewer,
        id: &str,
        key: Option<&str>,
        by_email: bool,
        decide: impl Fn(&Conversation, i64) -> Option<(Conversation, Vec<Turn>, Pass)> + Send + Sync,
    ) -> Result<ConversationView, CallError> {
        let _turn = self.turns.of(id).await;
        for _ in 0..TRIES {
            let conversation = self.one(viewer, id).await?;
            let read = conversation.messages;
            if let Some(key) = key
                && let Some(said) = self.store.number_of(id, key).await.map_err(store_failed)?
            {
                return self.view(viewer, conversation, said - 1).await;
            }
            let now = self.world.clock.now_ms();
            let Some((next, turns, pass)) = decide(&conversation, now) else {
                return self.view(viewer, conversation, read).await;
            };
            let next = Conversation { active_at: now, ..next };
            if self.apply(&conversation, next, turns, pass, Uses::default(), by_email).await? {
                let conversation = self.one(viewer, id).await?;
                return self.view(viewer, conversation, read).await;
            }
        }
        Err(changed_meanwhile())
    }

    async fn moved(
        &self,
        viewer: &Viewer,
        id: &str,
        state: ConversationState,
        line: &str,
    ) -> Result<ConversationView, CallError> {
        self.change(viewer, id, None, false, |conversation, now| {
            if conversation.state == state {
                return None;
            }
            let next = Conversation { state, ..conversation.clone() };
            Some((next, vec![turn(ChatAuthor::System, line, now)], Pass::Nothing))
        })
        .await
    }

    async fn save_ability(
        &self,
        viewer: &Viewer,
        set: impl FnOnce(&mut AbilityRow) + Send,
    ) -> Result<Abilities, CallError> {
        let mut row = self.store.ability(&viewer.merchant).await.map_err(store_failed)?;
        set(&mut row);
        self.store.save_ability(&viewer.merchant, &row).await.map_err(store_failed)?;
        tracing::info!(merchant = viewer.merchant, by = viewer.subject, "abilities changed");
        self.abilities(viewer).await
    }
}

/// Returns whether the shopper has the chat open, from when it was last seen open.
fn presence_at(seen_at: Option<Millis>, now: Millis) -> ShopperPresence {
    match seen_at.map(|at| now.saturating_sub(at)) {
        None => ShopperPresence::Unknown,
        Some(ago) if ago < HERE_FOR => ShopperPresence::Here,
        Some(ago) => ShopperPresence::Left(u32::try_from(ago / 60_000).unwrap_or(u32::MAX)),
    }
}

/// Cleans the lines of a list: trims them, removes empty and repeated ones, and checks their limits.
fn lines(field: &str, typed: Vec<String>, most: usize, longest: usize) -> Result<Vec<String>, CallError> {
    let mut kept: Vec<String> = Vec::new();
    for line in
        typed.iter().map(|line| pasted::trim(&one_line(line)).to_owned()).filter(|line| !line.is_empty())
    {
        if line.chars().count() > longest {
            return Err(CallError::field(FieldError::new(field, said!(LONG_LINE, most = longest))));
        }
        if !kept.contains(&line) {
            kept.push(line);
        }
    }
    if kept.len() > most {
        return Err(CallError::field(FieldError::new(field, said!(MANY_LINES, most = most))));
    }
    Ok(kept)
}
