//! Agents' answers in memory.

use super::{MemoryStore, State};
use convi_server::store::{
    Connection, Stored,
    answers::{AnswerStore, KeptAnswer, NewAnswer},
    conversations::Conversation,
    rules,
    tx::{AnswerTx, HandoverTx},
};
use domain::{account::Account, answer::Watch, clock::Millis};

#[async_trait::async_trait]
impl AnswerStore for MemoryStore {
    async fn due_watches(&self, now: Millis, most: u32) -> Stored<Vec<Watch>> {
        let state = self.state().await;
        let due = state.watches.values().filter(|it| it.next_at.is_some_and(|at| at <= now));
        let mut due: Vec<_> = due.cloned().collect();
        due.sort_by_key(|it| (it.next_at, it.account.to_string()));
        due.truncate(most as usize);
        Ok(due)
    }

    async fn looked(
        &self,
        account: &Account,
        read_to: Millis,
        now: Millis,
        not_before: Option<Millis>,
    ) -> Stored<()> {
        let mut tx = self.begin().await;
        rules::answers::looked(&mut *tx, account, read_to, now, not_before).await?;
        tx.commit();
        Ok(())
    }

    async fn saw_shopper(&self, merchant: &str, now: Millis) -> Stored<()> {
        let mut tx = self.begin().await;
        rules::answers::saw_shopper(&mut *tx, merchant, now).await?;
        tx.commit();
        Ok(())
    }

    async fn keep_answers(
        &self,
        account: &Account,
        answers: &[NewAnswer],
        now: Millis,
    ) -> Stored<Vec<NewAnswer>> {
        let mut tx = self.begin().await;
        let new = rules::answers::keep(&mut *tx, account, answers, now).await?;
        tx.commit();
        Ok(new)
    }

    async fn answers(
        &self,
        merchant: &str,
        conversation: &str,
        after: i64,
        most: u32,
    ) -> Stored<Option<Vec<KeptAnswer>>> {
        let mut state = self.state().await;
        let Some(handover) = state.handover_of(merchant, conversation).await? else { return Ok(None) };
        let of = state.agent_answers.iter().map(|(it, _)| it).filter(|it| it.answer.handover == handover);
        let after = of.filter(|it| it.number > after && !it.answer.text.is_empty());
        Ok(Some(after.take(most as usize).cloned().collect()))
    }

    async fn answer(&self, handover: &str, number: i64) -> Stored<Option<KeptAnswer>> {
        let state = self.state().await;
        let mut of = state.agent_answers.iter().map(|(it, _)| it);
        Ok(of.find(|it| it.answer.handover == handover && it.number == number).cloned())
    }

    async fn keep_place(&self, account: &Account, ticket: i64, handover: &str) -> Stored<()> {
        let mut state = self.state().await;
        state.places.insert((account.to_string(), ticket, handover.to_owned()));
        Ok(())
    }

    async fn places(&self, account: &Account, tickets: &[i64]) -> Stored<Vec<(i64, String)>> {
        let state = self.state().await;
        let of = state
            .places
            .iter()
            .filter(|(of, ticket, _)| *of == account.to_string() && tickets.contains(ticket));
        Ok(of.map(|(_, ticket, handover)| (*ticket, handover.clone())).collect())
    }

    async fn connection_on(&self, account: &Account) -> Stored<Option<Connection>> {
        let state = self.state().await;
        let on = state.connections.iter().find(|it| it.account() == *account && it.trouble.is_none());
        Ok(on.cloned())
    }
}

impl AnswerTx for State {
    async fn watch_of(&mut self, account: &Account) -> Stored<Option<Watch>> {
        Ok(self.watches.get(&account.to_string()).cloned())
    }

    async fn insert_watch(&mut self, watch: &Watch) -> Stored<()> {
        self.update_watch(watch).await
    }

    async fn update_watch(&mut self, watch: &Watch) -> Stored<()> {
        self.watches.insert(watch.account.to_string(), watch.clone());
        Ok(())
    }

    async fn conversation_on(
        &mut self,
        handover: &str,
        account: &Account,
    ) -> Stored<Option<(String, String)>> {
        let is_on = self.deliveries.iter().map(|it| &it.delivery);
        let is_on = { is_on }.any(|it| it.handover == handover && it.lane.account() == Some(account));
        let of = self.handovers.get(handover).filter(|_| is_on).map(|it| &it.handover);
        Ok(of.map(|it| (it.merchant.clone(), it.conversation.id.clone())))
    }

    async fn locked_conversation(&mut self, merchant: &str, id: &str) -> Stored<Option<Conversation>> {
        Ok(self.conversations.get(id).filter(|it| it.merchant == merchant).cloned())
    }

    async fn insert_agent_answer(
        &mut self,
        account: &Account,
        answer: &NewAnswer,
        now: Millis,
    ) -> Stored<Option<i64>> {
        let of = self.agent_answers.iter().map(|(it, _)| it);
        let of = of.filter(|it| it.answer.handover == answer.handover);
        let of: Vec<_> = of.collect();
        if of.iter().any(|it| it.account == *account && it.answer.message == answer.message) {
            return Ok(None);
        }
        let number = 1 + of.last().map_or(0, |it| it.number);
        let kept = KeptAnswer { number, account: account.clone(), answer: answer.clone() };
        self.agent_answers.push((kept, now));
        Ok(Some(number))
    }
}
