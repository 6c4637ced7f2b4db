//! Conversations in memory.

use super::{MemoryStore, State, insert_new};
use convi_server::store::{
    Stored,
    conversations::{
        AbilityRow, Conversation, ConversationChange, ConversationFilter, ConversationStore, Turn, Uses,
        Visitor,
    },
    rules,
    tx::ConversationTx,
};
use domain::text::composed;

/// Returns a text in the form that is searched: lower case and composed.
pub fn folded(text: &str) -> String {
    composed(&text.to_lowercase()).into_owned()
}

#[async_trait::async_trait]
impl ConversationStore for MemoryStore {
    async fn conversation(&self, merchant: &str, id: &str) -> Stored<Option<Conversation>> {
        Ok(self.state().await.conversations.get(id).filter(|it| it.merchant == merchant).cloned())
    }

    async fn turns(&self, id: &str, after: i64) -> Stored<Vec<Turn>> {
        Ok(self.state().await.turns_of(id).filter(|it| it.number > after).cloned().collect())
    }

    async fn last_turns(&self, id: &str, most: u32) -> Stored<Vec<Turn>> {
        let state = self.state().await;
        let mut last: Vec<_> = state.turns_of(id).cloned().collect();
        last.drain(..last.len().saturating_sub(most as usize));
        Ok(last)
    }

    async fn number_of(&self, id: &str, key: &str) -> Stored<Option<i64>> {
        let state = self.state().await;
        let found = state.turns_of(id).find(|it| it.key.as_deref() == Some(key));
        Ok(found.map(|it| it.number))
    }

    async fn conversations(&self, merchant: &str, filter: &ConversationFilter) -> Stored<Vec<Conversation>> {
        let state = self.state().await;
        let found = state.conversations.values().filter(|it| {
            it.merchant == merchant
                && filter.state.is_none_or(|wanted| it.state == wanted)
                && filter.before.as_ref().is_none_or(|(at, id)| (it.active_at, &it.id) < (*at, id))
                && filter.search.as_ref().is_none_or(|search| state.says(it, &folded(search)))
        });
        let mut found: Vec<_> = found.cloned().collect();
        found.sort_by(|a, b| (b.active_at, &b.id).cmp(&(a.active_at, &a.id)));
        found.truncate(filter.limit as usize);
        Ok(found)
    }

    async fn change(&self, change: &ConversationChange) -> Stored<bool> {
        let mut tx = self.begin().await;
        let changed = rules::conversation::change(&mut *tx, change).await?;
        tx.commit();
        Ok(changed)
    }

    async fn visitor_key(&self) -> Stored<Vec<u8>> {
        Ok(vec![7; 32])
    }

    async fn keep_visitor(&self, visitor: &Visitor, conversation: &str) -> Stored<String> {
        let mut state = self.state().await;
        let Some(kept) = state.visitors.iter_mut().find(|it| it.token == visitor.token) else {
            let conversation = conversation.to_owned();
            state.visitors.push(Visitor { conversation: Some(conversation.clone()), ..visitor.clone() });
            return Ok(conversation);
        };
        kept.seen_at = visitor.seen_at;
        Ok(kept.conversation.get_or_insert_with(|| conversation.to_owned()).clone())
    }

    async fn visitor(&self, token: &[u8; 32]) -> Stored<Option<Visitor>> {
        Ok(self.state().await.visitors.iter().find(|it| it.token == *token).cloned())
    }

    async fn touch_visitor(&self, visitor: &Visitor) -> Stored<()> {
        let mut state = self.state().await;
        if let Some(kept) = state.visitors.iter_mut().find(|it| it.token == visitor.token) {
            kept.seen_at = visitor.seen_at;
        }
        Ok(())
    }

    async fn ability(&self, merchant: &str) -> Stored<AbilityRow> {
        Ok(self.state().await.abilities.get(merchant).cloned().unwrap_or_default())
    }

    async fn save_ability(&self, merchant: &str, row: &AbilityRow) -> Stored<()> {
        let mut state = self.state().await;
        let kept = state.abilities.entry(merchant.to_owned()).or_default();
        let AbilityRow { handover_uses, email_uses, .. } = *kept;
        *kept = AbilityRow { handover_uses, email_uses, ..row.clone() };
        Ok(())
    }
}

impl State {
    /// Returns a conversation's turns, in order.
    fn turns_of(&self, id: &str) -> impl Iterator<Item = &Turn> {
        self.turns.range((id.to_owned(), 0)..=(id.to_owned(), i64::MAX)).map(|(_, turn)| turn)
    }

    /// Returns true if a message, or the name and address, contains a folded text.
    fn says(&self, it: &Conversation, search: &str) -> bool {
        let name = it.shopper_name.as_deref().unwrap_or_default();
        let email = it.shopper_email.as_ref().map(ToString::to_string).unwrap_or_default();
        folded(&format!("{name} {email}")).contains(search)
            || self.turns_of(&it.id).any(|turn| folded(&turn.text).contains(search))
    }
}

impl ConversationTx for State {
    async fn version(&mut self, id: &str) -> Stored<Option<(i64, String)>> {
        Ok(self.conversations.get(id).map(|it| (it.messages, it.capture.clone())))
    }

    async fn has_key(&mut self, conversation: &str, key: &str) -> Stored<bool> {
        Ok(self.turns_of(conversation).any(|it| it.key.as_deref() == Some(key)))
    }

    async fn upsert_conversation(&mut self, new: &Conversation, messages: i64) -> Stored<()> {
        let mut row = Conversation { messages, ..new.clone() };
        if let Some(kept) = self.conversations.get(&new.id) {
            (row.merchant, row.created_at) = (kept.merchant.clone(), kept.created_at);
            (row.seen_to, row.seen_at) = (kept.seen_to, kept.seen_at);
        }
        self.conversations.insert(new.id.clone(), row);
        Ok(())
    }

    async fn insert_turns(&mut self, conversation: &str, first: i64, turns: &[Turn]) -> Stored<()> {
        for (number, turn) in (first..).zip(turns) {
            let row = Turn { number, ..turn.clone() };
            insert_new(&mut self.turns, (conversation.to_owned(), number), row)?;
        }
        Ok(())
    }

    async fn count_uses(&mut self, merchant: &str, uses: Uses) -> Stored<()> {
        let row = self.abilities.entry(merchant.to_owned()).or_default();
        row.handover_uses += u64::from(uses.handover);
        row.email_uses += u64::from(uses.email);
        Ok(())
    }
}
