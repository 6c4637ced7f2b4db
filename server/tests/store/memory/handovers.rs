//! Accepted handovers in memory.

use super::{MemoryStore, State, conversations::folded, insert_new, violated};
use app::model::{DeliveryState, Destination, EmailAddress};
use convi_server::store::{
    Stored,
    handovers::{Accepted, Filter, HandoverRecord, HandoverStore, NewHandover, Search, SecondWay, Summary},
    notices::no_ticket_yet,
    rules,
    tx::{
        Answered, ConnectionTx, DeliveryTx, HandoverTx, KeptHandover, Known, LastAddition, Listed, NewRows,
        NoticeTx, Receiver,
    },
};
use domain::{
    addition::{Addition, Lately},
    clock::Millis,
    delivery::{Delivery, Record},
    handover::Handover,
};

#[derive(Clone)]
pub struct Row {
    pub accepted_at: Millis,
    pub subject: String,
    pub summary: Summary,
    pub handover: Handover,
    /// True while the transcript is kept.
    pub kept: bool,
    pub removed_at: Option<Millis>,
}

#[derive(Clone)]
pub struct AdditionRow {
    pub received_at: Millis,
    pub addition: Addition,
}

#[async_trait::async_trait]
impl HandoverStore for MemoryStore {
    async fn accept(&self, new: NewHandover) -> Stored<Accepted> {
        let mut tx = self.begin().await;
        let mut answers = rules::accept::accept(&mut *tx, &[&new]).await?;
        tx.commit();
        answers.pop().ok_or_else(|| violated("no answer", &new.id))
    }

    async fn handovers(&self, merchant: &str, filter: &Filter) -> Stored<Vec<HandoverRecord>> {
        let mut state = self.state().await;
        let found = state.handovers.iter().filter(|(id, row)| {
            row.handover.merchant == merchant
                && filter.id.as_ref().is_none_or(|wanted| wanted == *id)
                && filter.conversation.as_ref().is_none_or(|wanted| *wanted == row.handover.conversation.id)
                && filter.state.is_none_or(|wanted| state.own(id).any(|it| it.state == wanted))
                && filter.progress.is_none_or(|wanted| state.progress(id, row) == wanted)
                && filter.search.as_ref().is_none_or(|search| state.found_by(id, row, search))
                && filter.from.is_none_or(|from| row.accepted_at >= from)
                && filter.until.is_none_or(|until| row.accepted_at < until)
                && filter.before.as_ref().is_none_or(|(at, last)| (row.accepted_at, *id) < (*at, last))
        });
        let mut ids: Vec<_> = found.map(|(id, row)| (row.accepted_at, id.clone())).collect();
        ids.sort_by(|a, b| b.cmp(a));
        ids.truncate(filter.limit as usize);
        let mut records = Vec::new();
        for (_, id) in ids {
            records.push(state.record(&id).await?);
        }
        Ok(records)
    }

    async fn handovers_of(&self, merchant: &str, conversations: &[String]) -> Stored<Vec<HandoverRecord>> {
        let mut state = self.state().await;
        let mut records = Vec::new();
        for conversation in conversations {
            if let Some(id) = state.handover_of(merchant, conversation).await? {
                records.push(state.record(&id).await?);
            }
        }
        Ok(records)
    }

    async fn handover_body(&self, id: &str) -> Stored<Option<Handover>> {
        Ok(self.state().await.handovers.get(id).map(|it| it.handover.clone()))
    }

    async fn send_unsent(
        &self,
        merchant: &str,
        now: Millis,
        new_id: &(dyn Fn() -> String + Send + Sync),
    ) -> Stored<u64> {
        let mut tx = self.begin().await;
        let sent = rules::unsent::send(&mut *tx, merchant, now, new_id).await?;
        tx.commit();
        Ok(sent)
    }
}

impl State {
    fn row(&self, id: &str) -> Stored<&Row> {
        self.handovers.get(id).ok_or_else(|| violated("no handover", id))
    }

    pub(super) fn told_at(&self, handover: &str) -> Option<Millis> {
        self.notices.get(&no_ticket_yet(handover)).and_then(|it| it.sent_at)
    }

    fn found_by(&self, id: &str, row: &Row, search: &Search) -> bool {
        let ticket = |number: i64| self.own(id).any(|it| it.ticket == Some(number));
        let shopper = |text: &str| {
            let Summary { shopper_name, shopper_email, .. } = &row.summary;
            let [name, email] = [shopper_name, shopper_email].map(|it| it.as_deref().unwrap_or_default());
            folded(&format!("{name}\n{email}")).contains(&folded(text))
        };
        match search {
            Search::Ticket(number) => ticket(*number),
            Search::Shopper(text) => shopper(text),
            Search::Either(number, text) => ticket(*number) || shopper(text),
        }
    }

    async fn record(&mut self, id: &str) -> Stored<HandoverRecord> {
        let deliveries = self.deliveries_of(id).await?;
        let row = self.row(id)?;
        let delivered_at = deliveries.iter().filter_map(|it| {
            let row = self.deliveries.iter().find(|row| row.delivery.id == it.id)?;
            Some((it.destination, row.delivered_at?))
        });
        let mut record = HandoverRecord {
            id: id.to_owned(),
            conversation: row.handover.conversation.id.clone(),
            subject: row.subject.clone(),
            summary: row.summary.clone(),
            accepted_at: row.accepted_at,
            delivered_at: delivered_at.collect(),
            deliveries,
            second_way: None,
            removed: row.removed_at.is_some(),
        };
        if record.lacks_a_ticket() {
            let merchant = row.handover.merchant.clone();
            let team = self.team_of(&merchant).await?;
            record.second_way = Some(SecondWay {
                told_at: self.told_at(id),
                nobody: team.email.is_none(),
                late_at: team.late_at(record.accepted_at),
            });
        }
        Ok(record)
    }
}

impl HandoverTx for State {
    async fn known(&mut self, sought: &[(Option<&str>, &NewHandover)]) -> Stored<Vec<Known>> {
        let mut all = Vec::new();
        for (key, new) in sought {
            let merchant = &new.handover.merchant;
            let receiver = self.receiver(merchant).await?;
            all.push(Known {
                answered: key.and_then(|key| self.answers.get(key).cloned()),
                first: self.handover_of(merchant, &new.handover.conversation.id).await?,
                receiver: receiver.map(|it| Receiver { account: it.account(), held: it.holds() }),
                team: self.team_of(merchant).await?,
            });
        }
        Ok(all)
    }

    async fn insert_handovers(&mut self, all: &[NewRows<'_>]) -> Stored<()> {
        for NewRows { new, deliveries, answer } in all {
            let handover = &new.handover;
            if self.handover_of(&handover.merchant, &handover.conversation.id).await?.is_some() {
                return Err(violated("a second handover of a conversation", &handover.conversation.id));
            }
            let row = Row {
                accepted_at: new.accepted_at,
                subject: handover.subject(),
                summary: Summary::from(handover),
                handover: handover.clone(),
                kept: true,
                removed_at: None,
            };
            insert_new(&mut self.handovers, new.id.clone(), row)?;
            self.insert_deliveries(deliveries).await?;
            if let Some(answer) = answer {
                self.insert_answer(new, &new.id, answer).await?;
            }
        }
        Ok(())
    }

    async fn insert_answer(&mut self, new: &NewHandover, handover: &str, answer: &str) -> Stored<()> {
        let row = Answered {
            body_hash: new.body_hash.to_vec(),
            handover: handover.to_owned(),
            answer: answer.to_owned(),
        };
        insert_new(&mut self.answers, new.webhook_id.clone(), row)
    }

    async fn kept_handover(&mut self, id: &str) -> Stored<KeptHandover> {
        let row = self.row(id)?;
        Ok(KeptHandover { handover: row.handover.clone(), removed_at: row.removed_at })
    }

    async fn listed(&mut self, id: &str) -> Stored<Listed> {
        let row = self.row(id)?;
        Ok(Listed { subject: row.subject.clone(), summary: row.summary.clone() })
    }

    async fn handover_of(&mut self, merchant: &str, conversation: &str) -> Stored<Option<String>> {
        let found = self
            .handovers
            .iter()
            .find(|(_, it)| it.handover.merchant == merchant && it.handover.conversation.id == conversation);
        Ok(found.map(|(id, _)| id.clone()))
    }

    async fn unsent(&mut self, merchant: &str) -> Stored<Vec<String>> {
        let has_helpdesk = |id: &str| {
            self.own(id)
                .any(|it| it.destination != Destination::Email && it.state != DeliveryState::Cancelled)
        };
        let unsent =
            self.handovers.iter().filter(|(id, it)| it.handover.merchant == merchant && !has_helpdesk(id));
        let mut unsent: Vec<_> = unsent.map(|(id, it)| (it.accepted_at, id.clone())).collect();
        unsent.sort();
        Ok(unsent.into_iter().map(|(_, id)| id).collect())
    }

    async fn keep_transcript(&mut self, id: &str) -> Stored<()> {
        if let Some(row) = self.handovers.get_mut(id) {
            row.kept = true;
        }
        Ok(())
    }

    async fn set_shopper_email(&mut self, id: &str, email: &EmailAddress) -> Stored<()> {
        if let Some(row) = self.handovers.get_mut(id) {
            row.summary.shopper_email.get_or_insert_with(|| email.to_string());
        }
        Ok(())
    }

    async fn additions(&mut self, handover: &str) -> Stored<Vec<Addition>> {
        Ok(self.later(handover).map(|(_, it)| it.addition.clone()).collect())
    }

    async fn parts(&mut self, handover: &str) -> Stored<Vec<u32>> {
        Ok(self.later(handover).map(|(part, _)| part).collect())
    }

    async fn last_addition(&mut self, handover: &str, since: Millis) -> Stored<Option<LastAddition>> {
        use DeliveryState::{Held, Queued, Waiting};
        let Some((part, last)) = self.later(handover).last() else { return Ok(None) };
        let left_already = self.deliveries.iter().map(|it| &it.delivery).any(|it| {
            it.handover == handover
                && it.part == part
                && (it.attempts > 0 || !matches!(it.state, Queued | Waiting | Held))
        });
        let lately = self.later(handover).map(|(_, it)| it.received_at).filter(|at| *at > since);
        Ok(Some(LastAddition {
            part,
            waiting: (!left_already).then(|| last.addition.clone()),
            lately: Lately { parts: lately.clone().count() as u32, last: lately.max() },
        }))
    }

    async fn change_addition(&mut self, handover: &str, part: u32, addition: &Addition) -> Stored<()> {
        if let Some(row) = self.additions.get_mut(&(handover.to_owned(), part)) {
            row.addition = addition.clone();
        }
        for delivery in self.deliveries.iter_mut().map(|it| &mut it.delivery) {
            if delivery.handover == handover && delivery.part == part {
                *delivery = Delivery::restore(Record { fence: delivery.fence + 1, ..(**delivery).clone() });
            }
        }
        Ok(())
    }

    async fn insert_addition(
        &mut self,
        handover: &str,
        part: u32,
        addition: &Addition,
        now: Millis,
    ) -> Stored<()> {
        let row = AdditionRow { received_at: now, addition: addition.clone() };
        insert_new(&mut self.additions, (handover.to_owned(), part), row)
    }
}

impl State {
    /// Returns a handover's later parts, in order.
    fn later(&self, handover: &str) -> impl Iterator<Item = (u32, &AdditionRow)> + Clone {
        let all = (handover.to_owned(), 0)..=(handover.to_owned(), u32::MAX);
        self.additions.range(all).map(|((_, part), row)| (*part, row))
    }
}
