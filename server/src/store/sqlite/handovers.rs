//! Accepted handovers in SQLite.

use super::{SqliteStore, connections, from_json, outbox, to_json};
use crate::{
    clock::Millis,
    handover::{
        body::{Handover, Message},
        delivery::Delivery,
    },
    helpdesk::account_name,
    store::{
        Stored,
        handovers::{Accepted, Filter, HandoverRecord, HandoverStore, NewHandover, Summary},
    },
};
use app::model::{DeliveryState, Destination};
use sqlx::{AssertSqlSafe, QueryBuilder, Row, Sqlite, SqliteConnection};
use std::collections::HashSet;

#[async_trait::async_trait]
impl HandoverStore for SqliteStore {
    async fn accept(&self, new: &NewHandover) -> Stored<Accepted> {
        let mut tx = self.begin().await?;
        let known = sqlx::query("SELECT body_hash, answer FROM ingest WHERE webhook_id = ?")
            .bind(&new.webhook_id)
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(row) = known {
            let same = row.try_get::<&[u8], _>("body_hash")? == new.body_hash;
            return Ok(if same { Accepted::Answer(row.try_get("answer")?) } else { Accepted::OtherBody });
        }
        let first = sqlx::query("SELECT id FROM handover WHERE merchant = ? AND conversation = ?")
            .bind(&new.handover.merchant)
            .bind(&new.handover.conversation.id)
            .fetch_optional(&mut *tx)
            .await?;
        let (id, states, continued) = match first {
            Some(row) => {
                let id: String = row.try_get("id")?;
                add_to(&mut tx, &id, new).await?;
                let states = states_of(&mut tx, &id).await?;
                (id, states, true)
            }
            None => (new.id.clone(), insert(&mut tx, new).await?, false),
        };
        let answer = (new.answer)(&id, &states, continued);
        sqlx::query(
            "INSERT INTO ingest (webhook_id, body_hash, handover, answer, received_at) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(&new.webhook_id)
        .bind(&new.body_hash[..])
        .bind(&id)
        .bind(&answer)
        .bind(new.accepted_at)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Accepted::Answer(answer))
    }

    async fn handovers(&self, merchant: &str, filter: &Filter) -> Stored<Vec<HandoverRecord>> {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT id, conversation, accepted_at, subject, summary FROM handover WHERE merchant = ",
        );
        query.push_bind(merchant);
        if let Some(id) = &filter.id {
            query.push(" AND id = ").push_bind(id);
        }
        if let Some(conversation) = &filter.conversation {
            query.push(" AND conversation = ").push_bind(conversation);
        }
        if let Some(state) = filter.state {
            query.push(
                " AND EXISTS (SELECT 1 FROM delivery WHERE handover = handover.id AND delivery.state = ",
            );
            query.push_bind(state.as_str()).push(")");
        }
        if let Some((at, id)) = &filter.before {
            query.push(" AND (accepted_at, id) < (").push_bind(at).push(", ").push_bind(id).push(")");
        }
        query.push(" ORDER BY accepted_at DESC, id DESC LIMIT ").push_bind(i64::from(filter.limit));
        let mut connection = self.reader.acquire().await?;
        let mut records = Vec::new();
        for row in query.build().fetch_all(&mut *connection).await? {
            records.push(HandoverRecord {
                id: row.try_get("id")?,
                conversation: row.try_get("conversation")?,
                subject: row.try_get("subject")?,
                summary: from_json(row.try_get("summary")?, "handover")?,
                accepted_at: row.try_get("accepted_at")?,
                deliveries: Vec::new(),
            });
        }
        // At most a hundred, each by the unique index on (handover, destination).
        for record in &mut records {
            let rows =
                sqlx::query("SELECT * FROM delivery WHERE handover = ? ORDER BY destination = 'email', seq")
                    .bind(&record.id)
                    .fetch_all(&mut *connection)
                    .await?;
            record.deliveries = rows.iter().map(outbox::delivery).collect::<Stored<_>>()?;
        }
        Ok(records)
    }

    async fn handover_body(&self, id: &str) -> Stored<Option<Handover>> {
        let row = sqlx::query("SELECT body FROM handover WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.reader)
            .await?;
        row.map(|row| from_json(row.try_get("body")?, "handover")).transpose()
    }

    async fn send_unsent(
        &self,
        merchant: &str,
        now: Millis,
        new_id: &(dyn Fn() -> String + Send + Sync),
    ) -> Stored<u64> {
        let mut tx = self.begin().await?;
        let Some(to) = connections::receiver(&mut tx, merchant).await? else { return Ok(0) };
        let account = account_name(to.helpdesk, &to.subdomain);
        let held = to.trouble.is_some() || to.probe.is_some();
        let rows = sqlx::query(AssertSqlSafe(format!(
            "SELECT id FROM handover WHERE merchant = ? AND {UNSENT} ORDER BY accepted_at, id"
        )))
        .bind(merchant)
        .fetch_all(&mut *tx)
        .await?;
        let destination = Destination::Helpdesk(to.helpdesk);
        for row in &rows {
            let id: String = row.try_get("id")?;
            // A cancelled one becomes a new delivery in its place: it was never sent, or what was sent made nothing.
            sqlx::query(
                "DELETE FROM delivery WHERE handover = ? AND destination = ? AND state = 'cancelled'",
            )
            .bind(&id)
            .bind(destination.slug())
            .execute(&mut *tx)
            .await?;
            let new = Delivery::new(new_id(), id, merchant.into(), destination, account.clone(), held, now);
            outbox::insert(&mut tx, &new).await?;
        }
        tx.commit().await?;
        Ok(rows.len() as u64)
    }
}

/// A handover that no helpdesk got and none is getting: there is no delivery to one, or only cancelled ones.
pub(super) const UNSENT: &str = "NOT EXISTS (
    SELECT 1 FROM delivery
    WHERE delivery.handover = handover.id AND destination <> 'email' AND state <> 'cancelled')";

/// A new handover with its deliveries.
async fn insert(
    connection: &mut SqliteConnection,
    new: &NewHandover,
) -> Stored<Vec<(Destination, DeliveryState)>> {
    let handover = &new.handover;
    sqlx::query(
        "INSERT INTO handover (id, merchant, conversation, accepted_at, subject, summary, body)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&new.id)
    .bind(&handover.merchant)
    .bind(&handover.conversation.id)
    .bind(new.accepted_at)
    .bind(handover.subject())
    .bind(to_json(&Summary::from(handover), "handover")?)
    .bind(to_json(handover, "handover")?)
    .execute(&mut *connection)
    .await?;
    let [for_helpdesk, for_email] = new.delivery_ids.clone();
    let delivery = |id, destination, account, held| {
        Delivery::new(
            id,
            new.id.clone(),
            handover.merchant.clone(),
            destination,
            account,
            held,
            new.accepted_at,
        )
    };
    let mut deliveries = Vec::new();
    if let Some(to) = connections::receiver(connection, &handover.merchant).await? {
        // Behind a probe nothing overtakes what was held.
        let held = to.trouble.is_some() || to.probe.is_some();
        let account = account_name(to.helpdesk, &to.subdomain);
        deliveries.push(delivery(for_helpdesk, Destination::Helpdesk(to.helpdesk), account, held));
    }
    let team = sqlx::query("SELECT 1 FROM team WHERE merchant = ? AND email IS NOT NULL")
        .bind(&handover.merchant)
        .fetch_optional(&mut *connection)
        .await?;
    if team.is_some() {
        deliveries.push(delivery(for_email, Destination::Email, Destination::Email.slug().to_owned(), false));
    }
    for new in &deliveries {
        outbox::insert(connection, new).await?;
    }
    Ok(deliveries.iter().map(|delivery| (delivery.destination, delivery.state)).collect())
}

/// Keeps the messages and the address that are not known yet.
async fn add_to(connection: &mut SqliteConnection, id: &str, new: &NewHandover) -> Stored<()> {
    let row =
        sqlx::query("SELECT body FROM handover WHERE id = ?").bind(id).fetch_one(&mut *connection).await?;
    let first: Handover = from_json(row.try_get("body")?, "handover")?;
    let mut known: Vec<serde_json::Value> = vec![];
    let rows = sqlx::query("SELECT body FROM handover_addition WHERE handover = ? ORDER BY id")
        .bind(id)
        .fetch_all(&mut *connection)
        .await?;
    for row in rows {
        known.push(from_json(row.try_get("body")?, "handover_addition")?);
    }
    let added = known.iter().filter_map(|addition| addition.get("messages")?.as_array()).flatten();
    let mut ids: HashSet<String> =
        added.filter_map(|message| message.get("id")?.as_str().map(str::to_owned)).collect();
    let first_messages = &first.conversation.messages;
    ids.extend(first_messages.iter().filter_map(|message| message.id.clone()));
    // A message without an id is new when it does not stand in the first transcript word for word.
    let is_new = |message: &&Message| match &message.id {
        Some(id) => !ids.contains(id),
        None => !first_messages.contains(*message),
    };
    let messages: Vec<_> = new.handover.conversation.messages.iter().filter(is_new).collect();
    let email = &new.handover.conversation.shopper.email;
    let email = email.as_ref().filter(|_| first.conversation.shopper.email.is_none());
    if messages.is_empty() && email.is_none() {
        return Ok(());
    }
    let body = serde_json::json!({"messages": messages, "email": email});
    sqlx::query("INSERT INTO handover_addition (handover, received_at, body) VALUES (?, ?, ?)")
        .bind(id)
        .bind(new.accepted_at)
        .bind(body.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

async fn states_of(connection: &mut SqliteConnection, id: &str) -> Stored<Vec<(Destination, DeliveryState)>> {
    let rows = sqlx::query("SELECT * FROM delivery WHERE handover = ? ORDER BY destination = 'email', seq")
        .bind(id)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| outbox::delivery(row).map(|it| (it.destination, it.state))).collect()
}
