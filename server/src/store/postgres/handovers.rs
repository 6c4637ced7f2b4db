//! Accepted handovers in PostgreSQL.

use super::{
    PostgresStore,
    group::Grouped,
    sql::{BuiltQuery, Db, Params, Transaction, retry},
};
use crate::store::{
    Stored,
    folding::folded,
    handovers::{Accepted, Filter, HandoverRecord, HandoverStore, NewHandover, Search, SecondWay, Summary},
    notices::{NO_TICKET_AFTER, no_ticket_yet},
    rows::{self, Cell, Columns, to_json},
    rules,
    tx::{DeliveryTx, HandoverTx, KeptHandover, Known, LastAddition, Listed, NewRows},
};
use app::model::{DeliveryState, EmailAddress, Progress};
use domain::{addition::Addition, clock::Millis, delivery::Delivery, handover::Handover};
use std::collections::{BTreeSet, HashMap};

/// The columns of a record; the rest of the query selects the rows.
const RECORDS: &str = "SELECT id, conversation, accepted_at, subject, summary, removed_at FROM ";

#[async_trait::async_trait]
impl HandoverStore for PostgresStore {
    async fn accept(&self, new: NewHandover) -> Stored<Accepted> {
        self.accepting.share(NewAcceptance(new)).await
    }

    async fn handovers(&self, merchant: &str, filter: &Filter) -> Stored<Vec<HandoverRecord>> {
        records(&self.db().await?, &found(merchant, filter)).await
    }

    async fn handovers_of(&self, merchant: &str, conversations: &[String]) -> Stored<Vec<HandoverRecord>> {
        let mut query = BuiltQuery::new(RECORDS);
        query.push("handover WHERE merchant = ").push_text(merchant).push(" AND conversation = ANY(");
        query.push_bind(conversations.to_vec()).push(")");
        records(&self.db().await?, &query).await
    }

    async fn handover_body(&self, id: &str) -> Stored<Option<Handover>> {
        let row = self.first("SELECT body FROM handover WHERE id = $1", &[&id]).await?;
        row.map(|row| Cell("handover", "body", &id).json(row.text("body")?)).transpose()
    }

    /// Returns `None`: other processes write too, and do not report it.
    async fn version(&self, _: &str) -> Stored<Option<u64>> {
        Ok(None)
    }

    async fn send_unsent(
        &self,
        merchant: &str,
        now: Millis,
        new_id: &(dyn Fn() -> String + Send + Sync),
    ) -> Stored<u64> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let sent = rules::unsent::send(&mut tx, merchant, now, new_id).await?;
            tx.commit(sent).await
        })
        .await
    }
}

/// A handover to accept.
pub(super) struct NewAcceptance(NewHandover);

impl Grouped for NewAcceptance {
    type Answer = Accepted;

    async fn write(all: &[&Self], tx: &mut Transaction) -> Stored<Vec<Accepted>> {
        let new: Vec<_> = all.iter().map(|Self(new)| new).collect();
        rules::accept::accept(tx, &new).await
    }
}

/// Builds the query for a page of matching handovers.
fn found(merchant: &str, filter: &Filter) -> BuiltQuery {
    // Finds the ids without reading transcripts, and only then the rows.
    let mut query = BuiltQuery::new("WITH found AS MATERIALIZED (SELECT id FROM handover WHERE merchant = ");
    query.push_text(merchant);
    if let Some(id) = &filter.id {
        query.push(" AND id = ").push_text(id);
    }
    if let Some(conversation) = &filter.conversation {
        query.push(" AND conversation = ").push_text(conversation);
    }
    if let Some(state) = filter.state {
        in_state(&mut query, merchant, state);
    }
    if let Some(progress) = filter.progress {
        this_far(&mut query, merchant, progress);
    }
    if let Some(search) = &filter.search {
        found_by(&mut query, merchant, search);
    }
    if let Some(from) = filter.from {
        query.push(" AND accepted_at >= ").push_bind(from);
    }
    if let Some(until) = filter.until {
        query.push(" AND accepted_at < ").push_bind(until);
    }
    if let Some((at, id)) = &filter.before {
        query.push(" AND (accepted_at, id) < (").push_bind(*at).push(", ").push_text(id).push(")");
    }
    query.push(" ORDER BY accepted_at DESC, id DESC LIMIT ").push_bind(i64::from(filter.limit)).push(") ");
    query.push(RECORDS).push("found JOIN handover USING (id) ORDER BY accepted_at DESC, id DESC");
    query
}

/// Keeps handovers with a delivery in this state, not counting later parts.
fn in_state(query: &mut BuiltQuery, merchant: &str, state: DeliveryState) {
    // The state is part of the statement: with a parameter, no partial index could be used.
    let state = state.as_str();
    match state {
        // Almost all are delivered, so the newest ones are checked one by one until there are enough.
        "delivered" => query.push(
            " AND EXISTS (SELECT 1 FROM delivery
                          WHERE delivery.handover = handover.id AND part = 0 AND delivery.state = 'delivered')",
        ),
        // Few deliveries are in this state, even across all merchants.
        "sending" => query
            .push(" AND id IN (SELECT handover FROM delivery WHERE merchant = ")
            .push_text(merchant)
            .push(" AND part = 0 AND state = 'sending')"),
        _ => query
            .push(" AND id IN (SELECT handover FROM delivery WHERE merchant = ")
            .push_text(merchant)
            .push(" AND part = 0 AND state NOT IN ('sending', 'delivered') AND state = '")
            .push(state)
            .push("')"),
    };
}

/// A handover's ending: 0 to 3 in the order of [`Ending::ALL`](app::model::Ending::ALL), as in `history.rs`.
const ENDING: &str = " AND (SELECT coalesce(
        min(CASE WHEN destination <> 'email' THEN CASE state
            WHEN 'delivered' THEN 0 WHEN 'failed' THEN 3 WHEN 'unsure' THEN CASE WHEN needs_answer THEN 3 ELSE 2 END
            WHEN 'cancelled' THEN NULL ELSE 2 END END),
        min(CASE WHEN destination = 'email' THEN CASE state
            WHEN 'delivered' THEN 1 WHEN 'failed' THEN 3 WHEN 'cancelled' THEN NULL ELSE 2 END END),
        3)
    FROM delivery WHERE delivery.handover = handover.id AND part = 0) ";

/// Keeps handovers that are this far. Almost all are done, so the newest ones are checked one by one until there are
/// enough; the others are found by the few deliveries that can make them so.
pub(super) fn this_far(query: &mut BuiltQuery, merchant: &str, progress: Progress) {
    let stopped = |query: &mut BuiltQuery, states: &str| {
        query.push(" AND id IN (SELECT handover FROM delivery WHERE merchant = ").push_text(merchant);
        query.push(" AND part = 0 AND state NOT IN ('sending', 'delivered') AND state IN (").push(states);
        query.push(") UNION ALL SELECT handover FROM ");
    };
    match progress {
        Progress::Done => query.push(ENDING).push("< 2"),
        Progress::InProgress => {
            stopped(query, "'queued', 'waiting', 'unsure', 'held'");
            query.push("delivery WHERE merchant = ").push_text(merchant);
            query.push(" AND part = 0 AND state = 'sending')").push(ENDING).push("= 2")
        }
        Progress::NeedsYou => {
            stopped(query, "'unsure', 'failed'");
            query.push("unsent WHERE merchant = ").push_text(merchant).push(")").push(ENDING).push("= 3")
        }
    };
}

/// Keeps handovers with this ticket or shopper.
fn found_by(query: &mut BuiltQuery, merchant: &str, search: &Search) {
    let ticket = |query: &mut BuiltQuery, ticket: i64| {
        query.push("id IN (SELECT handover FROM delivery WHERE merchant = ").push_text(merchant);
        query.push(" AND part = 0 AND ticket = ").push_bind(ticket).push(")");
    };
    let shopper = |query: &mut BuiltQuery, text: &str| {
        query.push("position(").push_bind(folded(text)).push(" IN shopper) > 0");
    };
    query.push(" AND (");
    match search {
        Search::Ticket(number) => ticket(query, *number),
        Search::Shopper(text) => shopper(query, text),
        Search::Either(number, text) => {
            ticket(query, *number);
            query.push(" OR ");
            shopper(query, text);
        }
    }
    query.push(")");
}

/// Reads the records that a query finds, in its order, and all their deliveries with a second query.
async fn records(db: &Db, query: &BuiltQuery) -> Stored<Vec<HandoverRecord>> {
    let mut records = query.all(db).await?.iter().map(rows::record).collect::<Stored<Vec<_>>>()?;
    if records.is_empty() {
        return Ok(records);
    }
    let sql = "SELECT id, handover, merchant, destination, part, account, state, attempts, unsure_attempts, waits, fence,
             not_after, lease_until, next_at, look_ups, give_up_at, needs_answer, without, ticket, said, duplicates,
             repeated_in, checks, last_error, delivered_at
         FROM delivery WHERE part = 0 AND handover = ANY($1) ORDER BY destination = 'email', seq, id";
    let ids: Vec<_> = records.iter().map(|record| record.id.as_str()).collect();
    let mut deliveries: HashMap<String, Vec<(Delivery, Option<Millis>)>> = HashMap::new();
    for row in db.all(sql, &[&ids]).await? {
        let delivery = rows::delivery(&row)?;
        let at = row.optional_number("delivered_at")?;
        deliveries.entry(delivery.handover.clone()).or_default().push((delivery, at));
    }
    for record in &mut records {
        for (delivery, at) in deliveries.remove(&record.id).unwrap_or_default() {
            record.delivered_at.extend(at.map(|at| (delivery.destination, at)));
            record.deliveries.push(delivery);
        }
    }
    for record in records.iter_mut().filter(|record| record.lacks_a_ticket()) {
        record.second_way = Some(second_way(db, record).await?);
    }
    Ok(records)
}

/// Returns how the team learns that a handover has no ticket.
async fn second_way(db: &Db, record: &HandoverRecord) -> Stored<SecondWay> {
    let sql = "SELECT team.email IS NULL AS nobody, sent_at,
             CASE WHEN team.merchant IS NULL THEN $1::bigint ELSE team.no_ticket_after END AS minutes
         FROM handover
         LEFT JOIN team ON team.merchant = handover.merchant
         LEFT JOIN notice ON notice.id = $2
         WHERE handover.id = $3";
    let notice = no_ticket_yet(&record.id);
    let row = db.one(sql, &[&i64::from(NO_TICKET_AFTER), &notice, &record.id]).await?;
    rows::second_way(&row, record.accepted_at)
}

/// Returns the folded text that a search finds a handover by.
pub(super) fn shopper(summary: &Summary) -> String {
    let text = |text: &Option<String>| text.as_deref().map(folded).unwrap_or_default();
    format!("{}\n{}", text(&summary.shopper_name), text(&summary.shopper_email))
}

impl HandoverTx for Transaction {
    async fn known(&mut self, sought: &[(Option<&str>, &NewHandover)]) -> Stored<Vec<Known>> {
        let sql = "SELECT body_hash, ingest.handover AS answered, answer, handover.id AS first,
                 helpdesk, subdomain, problem IS NOT NULL OR probe IS NOT NULL AS held,
                 team.merchant IS NOT NULL AS has_team, email, no_ticket_after
             FROM unnest($1::text[], $2::text[], $3::text[])
                 WITH ORDINALITY AS new (webhook_id, merchant, conversation, place)
             LEFT JOIN ingest ON ingest.webhook_id = new.webhook_id
             LEFT JOIN handover ON handover.merchant = new.merchant AND handover.conversation = new.conversation
             LEFT JOIN connection ON connection.merchant = new.merchant AND receives
             LEFT JOIN team ON team.merchant = new.merchant
             ORDER BY place";
        let keys: Vec<_> = sought.iter().map(|(key, _)| *key).collect();
        let merchants: Vec<_> = sought.iter().map(|(_, new)| &new.handover.merchant).collect();
        let conversations: Vec<_> = sought.iter().map(|(_, new)| &new.handover.conversation.id).collect();
        let rows = self.all(sql, &[&keys, &merchants, &conversations]).await?;
        let known = rows.iter().zip(&merchants).map(|(row, merchant)| rows::known(row, merchant));
        let mut known = known.collect::<Stored<Vec<_>>>()?;
        // A handover must not become held while everything held is being released: it would be missed. The rows were read
        // without a lock, so they are read again with one.
        let held =
            known.iter().zip(&merchants).filter(|(it, _)| it.receiver.as_ref().is_some_and(|to| to.held));
        let held: BTreeSet<_> = held.map(|(_, merchant)| merchant.as_str()).collect();
        for merchant in held {
            let receiver = super::connections::held_receiver(self, merchant).await?;
            for (it, _) in known.iter_mut().zip(&merchants).filter(|(_, its)| its.as_str() == merchant) {
                it.receiver.clone_from(&receiver);
            }
        }
        Ok(known)
    }

    async fn insert_handovers(&mut self, new: &[NewRows<'_>]) -> Stored<()> {
        let mut deliveries = Vec::new();
        let mut summaries = Vec::new();
        for NewRows { new, deliveries: its, .. } in new {
            deliveries.extend(its.iter().cloned());
            summaries.push(Summary::from(&new.handover));
        }
        let sql = "WITH new AS (
                 INSERT INTO handover (id, merchant, conversation, accepted_at, subject, summary, shopper, body)
                 SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[],
                     $8::text[])
                 RETURNING id, merchant
             )
             INSERT INTO unsent (merchant, handover) SELECT merchant, id FROM new WHERE NOT id = ANY($9)";
        let ids: Vec<_> = new.iter().map(|it| &it.new.id).collect();
        let merchants: Vec<_> = new.iter().map(|it| &it.new.handover.merchant).collect();
        let conversations: Vec<_> = new.iter().map(|it| &it.new.handover.conversation.id).collect();
        let accepted_at: Vec<_> = new.iter().map(|it| it.new.accepted_at).collect();
        let subjects: Vec<_> = new.iter().map(|it| it.new.handover.subject()).collect();
        let shoppers: Vec<_> = summaries.iter().map(shopper).collect();
        let summaries = summaries.iter().map(to_json).collect::<Stored<Vec<_>>>()?;
        let bodies = new.iter().map(|it| to_json(&it.new.handover)).collect::<Stored<Vec<_>>>()?;
        let sent = deliveries.iter().map(|it| &it.delivery).filter(|it| it.lane.account().is_some());
        let sent: Vec<_> = sent.map(|it| it.handover.clone()).collect();
        let values: Params<'_> = &[
            &ids,
            &merchants,
            &conversations,
            &accepted_at,
            &subjects,
            &summaries,
            &shoppers,
            &bodies,
            &sent,
        ];
        self.run(sql, values).await?;
        if !deliveries.is_empty() {
            self.insert_deliveries(&deliveries).await?;
        }
        let answers = new.iter().filter_map(|it| Some((it.new, &*it.new.id, it.answer.as_deref()?)));
        ingest(self, &answers.collect::<Vec<_>>()).await
    }

    async fn insert_answer(&mut self, new: &NewHandover, handover: &str, answer: &str) -> Stored<()> {
        ingest(self, &[(new, handover, answer)]).await
    }

    async fn kept_handover(&mut self, id: &str) -> Stored<KeptHandover> {
        lock(self, id).await?;
        let row = self.one("SELECT body, removed_at FROM handover WHERE id = $1", &[&id]).await?;
        Ok(KeptHandover {
            handover: Cell("handover", "body", &id).json(row.text("body")?)?,
            removed_at: row.optional_number("removed_at")?,
        })
    }

    async fn listed(&mut self, id: &str) -> Stored<Listed> {
        rows::listed(&self.one("SELECT id, subject, summary FROM handover WHERE id = $1", &[&id]).await?)
    }

    async fn handover_of(&mut self, merchant: &str, conversation: &str) -> Stored<Option<String>> {
        let sql = "SELECT id FROM handover WHERE merchant = $1 AND conversation = $2";
        self.first(sql, &[&merchant, &conversation]).await?.map(|row| row.string("id")).transpose()
    }

    async fn unsent(&mut self, merchant: &str) -> Stored<Vec<String>> {
        // Locked, so that no part is added in the meantime, which the new deliveries would lack.
        let sql = "SELECT id FROM unsent JOIN handover ON handover.id = unsent.handover
             WHERE unsent.merchant = $1 ORDER BY accepted_at, id FOR NO KEY UPDATE OF handover";
        self.all(sql, &[&merchant]).await?.iter().map(|row| row.string("id")).collect()
    }

    async fn keep_transcript(&mut self, id: &str) -> Stored<()> {
        self.run("UPDATE handover SET kept = true WHERE id = $1 AND NOT kept", &[&id]).await?;
        Ok(())
    }

    async fn set_shopper_email(&mut self, id: &str, email: &EmailAddress) -> Stored<()> {
        let Listed { mut summary, .. } = self.listed(id).await?;
        if summary.shopper_email.is_none() {
            summary.shopper_email = Some(email.to_string());
            let sql = "UPDATE handover SET summary = $1, shopper = $2 WHERE id = $3";
            self.run(sql, &[&to_json(&summary)?, &shopper(&summary), &id]).await?;
        }
        Ok(())
    }

    async fn additions(&mut self, handover: &str) -> Stored<Vec<Addition>> {
        let sql = "SELECT body FROM handover_addition WHERE handover = $1 ORDER BY part";
        let rows = self.all(sql, &[&handover]).await?;
        let cell = Cell("handover_addition", "body", &handover);
        rows.iter().map(|row| cell.json(row.text("body")?)).collect()
    }

    async fn parts(&mut self, handover: &str) -> Stored<Vec<u32>> {
        let sql = "SELECT part FROM handover_addition WHERE handover = $1 ORDER BY part";
        self.all(sql, &[&handover]).await?.iter().map(|row| row.small("part")).collect()
    }

    async fn last_addition(&mut self, handover: &str, since: Millis) -> Stored<Option<LastAddition>> {
        lock(self, handover).await?;
        // The deliveries are locked too: none of them may be sent while the part grows.
        let deliveries = "SELECT 1 FROM delivery
             WHERE handover = $1 AND part = (SELECT max(part) FROM handover_addition WHERE handover = $1)
             ORDER BY id FOR NO KEY UPDATE";
        self.all(deliveries, &[&handover]).await?;
        let sql = "SELECT part, body, EXISTS (
                 SELECT 1 FROM delivery WHERE delivery.handover = handover_addition.handover
                     AND delivery.part = handover_addition.part
                     AND (attempts > 0 OR state NOT IN ('queued', 'waiting', 'held'))) AS left_already,
                 parts, last
             FROM (SELECT count(*) AS parts, max(received_at) AS last
                   FROM handover_addition WHERE handover = $1 AND received_at > $2) AS lately
             CROSS JOIN handover_addition WHERE handover = $1 ORDER BY part DESC LIMIT 1";
        let row = self.first(sql, &[&handover, &since]).await?;
        row.map(|row| rows::last_addition(&row, handover)).transpose()
    }

    async fn change_addition(&mut self, handover: &str, part: u32, addition: &Addition) -> Stored<()> {
        let part = i64::from(part);
        let sql = "UPDATE handover_addition SET body = $1 WHERE handover = $2 AND part = $3";
        self.run(sql, &[&to_json(addition)?, &handover, &part]).await?;
        let sql = "UPDATE delivery SET fence = fence + 1 WHERE handover = $1 AND part = $2";
        self.run(sql, &[&handover, &part]).await?;
        Ok(())
    }

    async fn insert_addition(
        &mut self,
        handover: &str,
        part: u32,
        addition: &Addition,
        now: Millis,
    ) -> Stored<()> {
        let sql = "INSERT INTO handover_addition (handover, part, received_at, body) VALUES ($1, $2, $3, $4)";
        self.run(sql, &[&handover, &i64::from(part), &now, &to_json(addition)?]).await?;
        Ok(())
    }
}

/// Locks a handover, so that its additions come one after the other. Locks its merchant's connections first, because the
/// additions' deliveries go to them.
async fn lock(db: &Db, handover: &str) -> Stored<()> {
    for sql in [
        "SELECT 1 FROM connection WHERE merchant = (SELECT merchant FROM handover WHERE id = $1)
         ORDER BY helpdesk FOR NO KEY UPDATE",
        "SELECT 1 FROM handover WHERE id = $1 FOR NO KEY UPDATE",
    ] {
        db.all(sql, &[&handover]).await?;
    }
    Ok(())
}

/// Stores the answer to each `webhook-id`, with its handover.
async fn ingest(db: &Db, answers: &[(&NewHandover, &str, &str)]) -> Stored<()> {
    if answers.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO ingest (webhook_id, body_hash, handover, answer, received_at)
         SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[], $4::text[], $5::bigint[])";
    let keys: Vec<_> = answers.iter().map(|(new, ..)| &new.webhook_id).collect();
    let hashes: Vec<_> = answers.iter().map(|(new, ..)| &new.body_hash[..]).collect();
    let handovers: Vec<_> = answers.iter().map(|(_, handover, _)| *handover).collect();
    let texts: Vec<_> = answers.iter().map(|(.., answer)| *answer).collect();
    let received_at: Vec<_> = answers.iter().map(|(new, ..)| new.accepted_at).collect();
    db.run(sql, &[&keys, &hashes, &handovers, &texts, &received_at]).await?;
    Ok(())
}
