//! Accepted handovers in SQLite.

use super::{SqliteStore, connections, from_json, history, notices, outbox, to_json};
use crate::{
    clock::Millis,
    handover::{
        addition::{Addition, additions},
        body::{Handover, Message},
        delivery::Delivery,
    },
    helpdesk::account_name,
    store::{
        Stored,
        handovers::{
            Accepted, Filter, HandoverRecord, HandoverStore, NewHandover, Search, SecondWay, Summary,
        },
        notices::NO_TICKET_AFTER,
    },
};
use app::model::{DeliveryState, Destination};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
use std::collections::HashMap;

#[async_trait::async_trait]
impl HandoverStore for SqliteStore {
    async fn accept(&self, new: &NewHandover) -> Stored<Accepted> {
        let mut tx = self.begin().await?;
        let known = sqlx::query("SELECT body_hash, handover, answer FROM ingest WHERE webhook_id = ?")
            .bind(&new.webhook_id)
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(row) = known {
            let same = row.try_get::<&[u8], _>("body_hash")? == new.body_hash;
            if !same {
                return Ok(Accepted::OtherBody);
            }
            return Ok(Accepted::Answer {
                handover: row.try_get("handover")?,
                answer: row.try_get("answer")?,
            });
        }
        let first = of_conversation(&mut tx, &new.handover.merchant, &new.handover.conversation.id).await?;
        let (id, states, continued) = match first {
            Some(id) => {
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
        Ok(Accepted::Answer { handover: id, answer })
    }

    async fn handovers(&self, merchant: &str, filter: &Filter) -> Stored<Vec<HandoverRecord>> {
        // Found without their transcripts, and only then read.
        let mut query = QueryBuilder::<Sqlite>::new("WITH found AS MATERIALIZED (SELECT id FROM ");
        query.push(match filter.search {
            Some(_) => {
                "(SELECT merchant, accepted_at, handover AS id, shopper FROM handover_shopper) AS handover"
            }
            None => "handover",
        });
        query.push(" WHERE merchant = ").push_bind(merchant);
        if let Some(id) = &filter.id {
            query.push(" AND id = ").push_bind(id);
        }
        if let Some(conversation) = &filter.conversation {
            query.push(" AND id IN (SELECT id FROM handover WHERE merchant = ").push_bind(merchant);
            query.push(" AND conversation = ").push_bind(conversation).push(")");
        }
        if let Some(state) = filter.state {
            in_state(&mut query, merchant, state);
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
            query.push(" AND (accepted_at, id) < (").push_bind(at).push(", ").push_bind(id).push(")");
        }
        query
            .push(" ORDER BY accepted_at DESC, id DESC LIMIT ")
            .push_bind(i64::from(filter.limit))
            .push(") ");
        query.push(RECORDS).push("found CROSS JOIN handover USING (id) ORDER BY accepted_at DESC, id DESC");
        let mut connection = self.reader.acquire().await?;
        records(&mut connection, query).await
    }

    async fn handovers_of(&self, merchant: &str, conversations: &[String]) -> Stored<Vec<HandoverRecord>> {
        if conversations.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = QueryBuilder::<Sqlite>::new(RECORDS);
        query.push("handover WHERE merchant = ").push_bind(merchant).push(" AND conversation IN (");
        let mut list = query.separated(", ");
        for conversation in conversations {
            list.push_bind(conversation);
        }
        query.push(")");
        let mut connection = self.reader.acquire().await?;
        records(&mut connection, query).await
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
        let rows = sqlx::query(
            "SELECT id FROM unsent JOIN handover ON handover.id = unsent.handover
             WHERE unsent.merchant = ? ORDER BY accepted_at, id",
        )
        .bind(merchant)
        .fetch_all(&mut *tx)
        .await?;
        let destination = Destination::Helpdesk(to.helpdesk);
        // From now on: until somebody pressed the button, nobody was waiting for a ticket.
        let late_at = notices::late_at(&notices::team(&mut tx, merchant).await?, now);
        for row in &rows {
            let id: String = row.try_get("id")?;
            // Cancelled ones become new deliveries in their place: they were never sent, or what was sent made nothing.
            sqlx::query(
                "DELETE FROM delivery WHERE handover = ? AND destination = ? AND state = 'cancelled'",
            )
            .bind(&id)
            .bind(destination.slug())
            .execute(&mut *tx)
            .await?;
            let new = Delivery::new(new_id(), id, merchant.into(), destination, account.clone(), held, now);
            outbox::insert(&mut tx, &new, false, late_at).await?;
            let parts = sqlx::query("SELECT part FROM handover_addition WHERE handover = ? ORDER BY part")
                .bind(&new.handover)
                .fetch_all(&mut *tx)
                .await?;
            for part in parts {
                insert_part(&mut tx, &new, part.try_get("part")?, now).await?;
            }
        }
        tx.commit().await?;
        Ok(rows.len() as u64)
    }
}

/// Only those with a delivery in this state. Later parts are in no list.
fn in_state(query: &mut QueryBuilder<Sqlite>, merchant: &str, state: DeliveryState) {
    if state == DeliveryState::Delivered {
        // Nearly all are: the newest are looked at one by one until there are enough.
        query.push(
            " AND EXISTS (SELECT 1 FROM delivery
                          WHERE handover = handover.id AND part = 0 AND delivery.state = 'delivered')",
        );
        return;
    }
    query.push(" AND id IN (SELECT handover FROM delivery WHERE merchant = ").push_bind(merchant.to_owned());
    query.push(" AND part = 0 AND state = ").push_bind(state.as_str()).push(" AND ");
    history::to_any(query);
    query.push(")");
}

/// Only those with this ticket or shopper.
fn found_by(query: &mut QueryBuilder<Sqlite>, merchant: &str, search: &Search) {
    let ticket = |query: &mut QueryBuilder<Sqlite>, ticket: i64| {
        query.push("id IN (SELECT handover FROM delivery WHERE merchant = ").push_bind(merchant.to_owned());
        query.push(" AND part = 0 AND ticket = ").push_bind(ticket).push(")");
    };
    let shopper = |query: &mut QueryBuilder<Sqlite>, text: &str| {
        for (index, pattern) in patterns(text).into_iter().enumerate() {
            query.push(if index > 0 { " OR " } else { "" }).push("shopper LIKE ");
            query.push_bind(pattern).push(" ESCAPE '\\'");
        }
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

/// What `LIKE` finds a text by anywhere, whatever its case. SQLite knows the case of English letters only: of others the
/// ways in which names are written stand here.
fn patterns(text: &str) -> Vec<String> {
    let (small, large) = (text.to_lowercase(), text.to_uppercase());
    let mut begins = true;
    let name = small.chars().flat_map(|c| {
        let first = std::mem::replace(&mut begins, !c.is_alphanumeric());
        if first { c.to_uppercase().collect::<Vec<_>>() } else { vec![c] }
    });
    let mut ways: Vec<String> = Vec::new();
    for way in [text.to_owned(), name.collect(), large, small] {
        if !ways.iter().any(|known| known.eq_ignore_ascii_case(&way)) {
            ways.push(way);
        }
    }
    let escaped = |way: String| way.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    ways.into_iter().map(|way| format!("%{}%", escaped(way))).collect()
}

/// What a record is made of; the rest of the query says which.
const RECORDS: &str = "SELECT id, conversation, accepted_at, subject, summary, removed_at FROM ";

/// The records that a query finds, in its order, and with a second query the deliveries of them all.
async fn records(
    connection: &mut SqliteConnection,
    mut query: QueryBuilder<Sqlite>,
) -> Stored<Vec<HandoverRecord>> {
    let mut records = Vec::new();
    for row in query.build().fetch_all(&mut *connection).await? {
        records.push(HandoverRecord {
            id: row.try_get("id")?,
            conversation: row.try_get("conversation")?,
            subject: row.try_get("subject")?,
            summary: from_json(row.try_get("summary")?, "handover")?,
            accepted_at: row.try_get("accepted_at")?,
            deliveries: Vec::new(),
            delivered_at: Vec::new(),
            second_way: None,
            removed: row.try_get::<Option<Millis>, _>("removed_at")?.is_some(),
        });
    }
    if records.is_empty() {
        return Ok(records);
    }
    let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM delivery WHERE part = 0 AND handover IN (");
    let mut list = query.separated(", ");
    for record in &records {
        list.push_bind(&record.id);
    }
    query.push(") ORDER BY destination = 'email', seq");
    let mut deliveries: HashMap<String, Vec<(Delivery, Option<Millis>)>> = HashMap::new();
    for row in query.build().fetch_all(&mut *connection).await? {
        let delivery = outbox::delivery(&row)?;
        let at = row.try_get("delivered_at")?;
        deliveries.entry(delivery.handover.clone()).or_default().push((delivery, at));
    }
    for record in &mut records {
        for (delivery, at) in deliveries.remove(&record.id).unwrap_or_default() {
            record.delivered_at.extend(at.map(|at| (delivery.destination, at)));
            record.deliveries.push(delivery);
        }
    }
    second_ways(connection, &mut records).await?;
    Ok(records)
}

/// How the team is told of those that have no ticket.
async fn second_ways(connection: &mut SqliteConnection, records: &mut [HandoverRecord]) -> Stored<()> {
    for record in records.iter_mut().filter(|record| record.lacks_a_ticket()) {
        let row = sqlx::query(
            "SELECT team.email IS NULL AS nobody, sent_at,
                 CASE WHEN team.merchant IS NULL THEN ? ELSE team.no_ticket_after END AS minutes
             FROM handover
             LEFT JOIN team ON team.merchant = handover.merchant
             LEFT JOIN notice ON notice.id = handover.id || '.no-ticket-yet'
             WHERE handover.id = ?",
        )
        .bind(NO_TICKET_AFTER)
        .bind(&record.id)
        .fetch_one(&mut *connection)
        .await?;
        let minutes: Option<u32> = row.try_get("minutes")?;
        record.second_way = Some(SecondWay {
            told_at: row.try_get("sent_at")?,
            nobody: row.try_get("nobody")?,
            late_at: minutes.map(|minutes| record.accepted_at.saturating_add(Millis::from(minutes) * 60_000)),
        });
    }
    Ok(())
}

/// The handover of a conversation.
pub(super) async fn of_conversation(
    connection: &mut SqliteConnection,
    merchant: &str,
    conversation: &str,
) -> Stored<Option<String>> {
    let row = sqlx::query("SELECT id FROM handover WHERE merchant = ? AND conversation = ?")
        .bind(merchant)
        .bind(conversation)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.try_get("id")).transpose()?)
}

/// Keeps a handover of our own chat, or adds to the one that its conversation has. Answers its id.
pub(super) async fn insert_or_continue(
    connection: &mut SqliteConnection,
    new: &NewHandover,
) -> Stored<String> {
    let conversation = &new.handover.conversation.id;
    if let Some(id) = of_conversation(connection, &new.handover.merchant, conversation).await? {
        add_to(connection, &id, new).await?;
        return Ok(id);
    }
    insert(connection, new).await?;
    Ok(new.id.clone())
}

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
    let team = notices::team(connection, &handover.merchant).await?;
    if team.email.is_some() {
        deliveries.push(delivery(for_email, Destination::Email, Destination::Email.slug().to_owned(), false));
    }
    for delivery in &deliveries {
        let is_ticket = delivery.destination != Destination::Email;
        let late_at = notices::late_at(&team, new.accepted_at).filter(|_| is_ticket);
        outbox::insert(connection, delivery, false, late_at).await?;
    }
    Ok(deliveries.iter().map(|delivery| (delivery.destination, delivery.state)).collect())
}

/// Keeps the messages and the address that are not known yet, and sends them after the ticket.
async fn add_to(connection: &mut SqliteConnection, id: &str, new: &NewHandover) -> Stored<()> {
    let row = sqlx::query("SELECT body, removed_at FROM handover WHERE id = ?")
        .bind(id)
        .fetch_one(&mut *connection)
        .await?;
    let removed_at: Option<Millis> = row.try_get("removed_at")?;
    let first: Handover = from_json(row.try_get("body")?, "handover")?;
    let later = additions_of(connection, id).await?;
    let known = || {
        let added = later.iter().filter_map(|addition| match addition {
            Addition::Messages(messages) => Some(messages),
            Addition::Address(_) => None,
        });
        first.conversation.messages.iter().chain(added.flatten())
    };
    // A message without an id is known when it stands there word for word; once the words are removed, when it is older.
    let was_there = |message: &Message| {
        removed_at.zip(message.sent_at).is_some_and(|(removed, sent)| sent.as_millisecond() < removed)
    };
    let is_new = |message: &&Message| match &message.id {
        Some(id) => !known().any(|it| it.id.as_ref() == Some(id)),
        None => !known().any(|it| it == *message) && !was_there(message),
    };
    let messages: Vec<_> = new.handover.conversation.messages.iter().filter(is_new).cloned().collect();
    let has_address = first.conversation.shopper.email.is_some()
        || later.iter().any(|addition| matches!(addition, Addition::Address(_)));
    let email = new.handover.conversation.shopper.email.clone().filter(|_| !has_address);
    add(connection, id, additions(messages, email), new.accepted_at).await
}

/// Everything that came later for this handover, in order.
pub(super) async fn additions_of(connection: &mut SqliteConnection, id: &str) -> Stored<Vec<Addition>> {
    let rows = sqlx::query("SELECT body FROM handover_addition WHERE handover = ? ORDER BY part")
        .bind(id)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| from_json(row.try_get("body")?, "handover_addition")).collect()
}

/// Keeps what came later, and makes it a part of every delivery of the handover.
pub(super) async fn add(
    connection: &mut SqliteConnection,
    id: &str,
    additions: Vec<Addition>,
    now: Millis,
) -> Stored<()> {
    let row = sqlx::query("SELECT coalesce(max(part), 0) AS last FROM handover_addition WHERE handover = ?")
        .bind(id)
        .fetch_one(&mut *connection)
        .await?;
    let mut part: i64 = row.try_get("last")?;
    let rows = sqlx::query("SELECT * FROM delivery WHERE handover = ? AND part = 0 AND state <> 'cancelled'")
        .bind(id)
        .fetch_all(&mut *connection)
        .await?;
    let deliveries = rows.iter().map(outbox::delivery).collect::<Stored<Vec<_>>>()?;
    if !additions.is_empty() {
        sqlx::query("UPDATE handover SET kept = 1 WHERE id = ? AND kept = 0")
            .bind(id)
            .execute(&mut *connection)
            .await?;
    }
    for addition in additions {
        part += 1;
        sqlx::query("INSERT INTO handover_addition (handover, part, received_at, body) VALUES (?, ?, ?, ?)")
            .bind(id)
            .bind(part)
            .bind(now)
            .bind(to_json(&addition, "handover_addition")?)
            .execute(&mut *connection)
            .await?;
        for first in &deliveries {
            insert_part(connection, first, part, now).await?;
        }
    }
    Ok(())
}

/// A later part of a delivery. It waits for the part before it.
async fn insert_part(
    connection: &mut SqliteConnection,
    first: &Delivery,
    part: i64,
    now: Millis,
) -> Stored<()> {
    let before =
        sqlx::query("SELECT state FROM delivery WHERE handover = ? AND destination = ? AND part = ?")
            .bind(&first.handover)
            .bind(first.destination.slug())
            .bind(part - 1)
            .fetch_optional(&mut *connection)
            .await?;
    let state: Option<String> = before.map(|row| row.try_get("state")).transpose()?;
    let over = state.is_none_or(|state| state == "delivered" || (part > 1 && state == "failed"));
    // The ticket's account, or the one that is connected now, if it was changed since.
    let (mut account, mut held) = (first.account.clone(), first.state == DeliveryState::Held);
    if let Destination::Helpdesk(helpdesk) = first.destination
        && let Some(to) = connections::find(connection, &first.merchant, helpdesk).await?
    {
        account = account_name(helpdesk, &to.subdomain);
        held = to.trouble.is_some() || to.probe.is_some();
    }
    let id = format!("{}.{}.{part}", first.handover, first.destination.slug());
    let (handover, merchant) = (first.handover.clone(), first.merchant.clone());
    let mut new = Delivery::new(id, handover, merchant, first.destination, account, held, now);
    new.part = u32::try_from(part).unwrap_or(u32::MAX);
    outbox::insert(connection, &new, !over, None).await
}

async fn states_of(connection: &mut SqliteConnection, id: &str) -> Stored<Vec<(Destination, DeliveryState)>> {
    let rows = sqlx::query(
        "SELECT * FROM delivery WHERE handover = ? AND part = 0
         ORDER BY destination = 'email', seq",
    )
    .bind(id)
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| outbox::delivery(row).map(|it| (it.destination, it.state))).collect()
}

#[cfg(test)]
mod tests {
    use super::patterns;

    #[test]
    fn signs_of_like_are_letters_and_case_is_nothing() {
        assert_eq!(patterns("jane"), ["%jane%"]);
        assert_eq!(patterns("50%_\\"), ["%50\\%\\_\\\\%"]);
        assert_eq!(patterns("émile zola"), ["%émile zola%", "%Émile Zola%", "%ÉMILE ZOLA%"]);
    }
}
