//! Accepted handovers in SQLite.

use super::{
    Cell, SqliteStore, connections,
    group::{Change, Waiting},
    history, notices, outbox, to_json,
};
use crate::store::{
    Stored,
    handovers::{
        Accepted, Filter, HandoverRecord, HandoverStore, NewHandover, Search, SecondWay, Summary, ToSend,
    },
    notices::{NO_TICKET_AFTER, Team},
};
use app::model::{DeliveryState, Destination, Helpdesk, Subdomain};
use domain::{
    account::{Account, Lane},
    addition::{Addition, LATELY, Lately, additions, gather, leaves_at},
    clock::Millis,
    delivery::Delivery,
    handover::{Handover, Message},
    text::{composed, decomposed},
};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};
use std::collections::{HashMap, HashSet};
use tokio::sync::oneshot;

#[async_trait::async_trait]
impl HandoverStore for SqliteStore {
    async fn accept(&self, new: NewHandover) -> Stored<Accepted> {
        self.group.write(Acceptance(new)).await
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
        row.map(|row| Cell("handover", "body", &id).json(row.try_get("body")?)).transpose()
    }

    async fn to_send(&self, delivery: &Delivery, helpdesk: Helpdesk) -> Stored<ToSend> {
        let row = sqlx::query(
            "SELECT connection.*, handover.body, sent_at
             FROM (SELECT ? AS merchant, ? AS helpdesk, ? AS handover, ? AS notice) AS sought
             LEFT JOIN connection ON connection.merchant = sought.merchant AND connection.helpdesk = sought.helpdesk
             LEFT JOIN handover ON handover.id = sought.handover
             LEFT JOIN notice ON notice.id = sought.notice",
        )
        .bind(&delivery.merchant)
        .bind(helpdesk.slug())
        .bind(&delivery.handover)
        .bind(notices::no_ticket_yet(&delivery.handover))
        .fetch_one(&self.reader)
        .await?;
        let connected = row.try_get::<Option<&str>, _>("merchant")?.is_some();
        let body: Option<&str> = row.try_get("body")?;
        Ok(ToSend {
            connection: if connected { Some(connections::connection(&row)?) } else { None },
            handover: body.and_then(|body| serde_json::from_str(body).ok()),
            told_at: row.try_get("sent_at")?,
        })
    }

    async fn send_unsent(
        &self,
        merchant: &str,
        now: Millis,
        new_id: &(dyn Fn() -> String + Send + Sync),
    ) -> Stored<u64> {
        let mut tx = self.begin().await?;
        let Some(to) = connections::receiver(&mut tx, merchant).await? else { return Ok(0) };
        let account = to.account();
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
            let new =
                Delivery::new(new_id(), id, merchant.into(), destination, account.clone().into(), held, now);
            outbox::insert(&mut tx, &new, false, late_at).await?;
            let parts = sqlx::query("SELECT part FROM handover_addition WHERE handover = ? ORDER BY part")
                .bind(&new.handover)
                .fetch_all(&mut *tx)
                .await?;
            for part in parts {
                insert_part(&mut tx, &new, part.try_get("part")?, None, now).await?;
            }
        }
        tx.commit().await?;
        Ok(rows.len() as u64)
    }
}

/// A handover that is taken in.
pub(super) struct Acceptance(pub(super) NewHandover);

impl Change for Acceptance {
    type Answer = Accepted;

    async fn write(all: &[Self], connection: &mut SqliteConnection) -> Stored<Vec<Accepted>> {
        let sought: Vec<_> = all.iter().map(|Self(new)| (Some(&*new.webhook_id), new)).collect();
        let found = find(connection, &sought).await?;
        // What is about the same as another one of the group, or continues what is kept, takes its turn after the new
        // ones, so that it finds them.
        let (mut keys, mut conversations) = (HashSet::new(), HashSet::new());
        let (mut answers, mut later, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        for (number, (Self(new), found)) in all.iter().zip(found).enumerate() {
            let conversation = (&new.handover.merchant, &new.handover.conversation.id);
            let known = found.answered.is_some() || found.first.is_some();
            if known || keys.contains(&new.webhook_id) || conversations.contains(&conversation) {
                later.push(number);
                answers.push(Accepted::OtherBody);
                continue;
            }
            keys.insert(&new.webhook_id);
            conversations.insert(conversation);
            let deliveries = deliveries(new, &found);
            let states: Vec<_> = deliveries.iter().map(|(it, _)| (it.destination, it.state)).collect();
            let answer = (new.answer)(&new.id, &states, false, &new.warnings);
            answers.push(Accepted::Answer { handover: new.id.clone(), answer: answer.clone() });
            kept.push(Kept { new, deliveries, answer: Some(answer) });
        }
        insert(connection, &kept).await?;
        for number in later {
            answers[number] = repeat_or_continue(connection, &all[number].0).await?;
        }
        Ok(answers)
    }

    fn wait(self, tell: oneshot::Sender<Stored<Accepted>>) -> Waiting {
        Waiting::Acceptance(self, tell)
    }
}

/// Takes in one whose key or conversation is known.
async fn repeat_or_continue(connection: &mut SqliteConnection, new: &NewHandover) -> Stored<Accepted> {
    let found = find_one(connection, Some(&new.webhook_id), new).await?;
    if let Some(before) = found.answered {
        if before.body_hash != new.body_hash {
            return Ok(Accepted::OtherBody);
        }
        return Ok(Accepted::Answer { handover: before.handover, answer: before.answer });
    }
    let id = Cell("handover", "id", &new.webhook_id).parsed(found.first)?;
    add_to(connection, &id, new).await?;
    let states = states_of(connection, &id).await?;
    let answer = (new.answer)(&id, &states, true, &new.warnings);
    let mut query = QueryBuilder::new("");
    ingest(&mut query, [(new, &*id, &*answer)]);
    query.build().execute(connection).await?;
    Ok(Accepted::Answer { handover: id, answer })
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

/// What `LIKE` finds a text by anywhere, whatever its case and whether its accents are characters of their own. SQLite
/// knows the case of English letters only: of others the ways in which names are written stand here.
fn patterns(text: &str) -> Vec<String> {
    let text = composed(text).into_owned();
    let (small, large) = (text.to_lowercase(), text.to_uppercase());
    let mut begins = true;
    let name = small.chars().flat_map(|c| {
        let first = std::mem::replace(&mut begins, !c.is_alphanumeric());
        if first { c.to_uppercase().collect::<Vec<_>>() } else { vec![c] }
    });
    let name = name.collect();
    let mut ways: Vec<String> = Vec::new();
    for way in [text, name, large, small] {
        // Decomposed: as older programs stored what was sent so.
        for way in [decomposed(&way).into_owned(), way] {
            if !ways.iter().any(|known| known.eq_ignore_ascii_case(&way)) {
                ways.push(way);
            }
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
            summary: Cell("handover", "summary", &row.try_get::<&str, _>("id")?)
                .json(row.try_get("summary")?)?,
            id: row.try_get("id")?,
            conversation: row.try_get("conversation")?,
            subject: row.try_get("subject")?,
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
    let found = find_one(connection, None, new).await?;
    if let Some(id) = found.first {
        add_to(connection, &id, new).await?;
        return Ok(id);
    }
    insert(connection, &[Kept { new, deliveries: deliveries(new, &found), answer: None }]).await?;
    Ok(new.id.clone())
}

/// What is there already of what a handover is about.
struct Found {
    /// What was answered to the same key.
    answered: Option<Answered>,
    /// The conversation's handover.
    first: Option<String>,
    /// Where handovers go, and whether they are held there.
    receiver: Option<(Helpdesk, Subdomain, bool)>,
    team: Team,
}

struct Answered {
    body_hash: Vec<u8>,
    handover: String,
    answer: String,
}

async fn find_one(
    connection: &mut SqliteConnection,
    webhook_id: Option<&str>,
    new: &NewHandover,
) -> Stored<Found> {
    let found = find(connection, &[(webhook_id, new)]).await?.pop();
    Cell("handover", "id", &new.webhook_id).parsed(found)
}

/// Reads all of it at once, in the order of what is sought.
async fn find(
    connection: &mut SqliteConnection,
    sought: &[(Option<&str>, &NewHandover)],
) -> Stored<Vec<Found>> {
    let mut query = QueryBuilder::<Sqlite>::new("WITH new (number, webhook_id, merchant, conversation) AS (");
    query.push_values(sought.iter().enumerate(), |mut row, (number, (webhook_id, new))| {
        row.push_bind(number as i64)
            .push_bind(*webhook_id)
            .push_bind(&new.handover.merchant)
            .push_bind(&new.handover.conversation.id);
    });
    query.push(
        ") SELECT number, body_hash, ingest.handover AS answered, answer, handover.id AS first,
             helpdesk, subdomain, problem IS NOT NULL OR probe IS NOT NULL AS held,
             team.merchant IS NOT NULL AS has_team, email, no_ticket_after
         FROM new
         LEFT JOIN ingest ON ingest.webhook_id = new.webhook_id
         LEFT JOIN handover ON handover.merchant = new.merchant AND handover.conversation = new.conversation
         LEFT JOIN connection ON connection.merchant = new.merchant AND receives = 1
         LEFT JOIN team ON team.merchant = new.merchant
         ORDER BY number",
    );
    let mut all = Vec::new();
    for row in query.build().fetch_all(connection).await? {
        // One row each. Were there more, whoever comes after must not get them.
        if usize::try_from(row.try_get::<i64, _>("number")?) == Ok(all.len()) {
            all.push(found(&row, &sought[all.len()].1.handover.merchant)?);
        }
    }
    Ok(all)
}

fn found(row: &SqliteRow, merchant: &str) -> Stored<Found> {
    let answered = match row.try_get("answered")? {
        Some(handover) => {
            Some(Answered { body_hash: row.try_get("body_hash")?, handover, answer: row.try_get("answer")? })
        }
        None => None,
    };
    let receiver = match row.try_get("helpdesk")? {
        Some(slug) => {
            let at = |column| Cell("connection", column, &merchant);
            let helpdesk = at("helpdesk").parsed(Helpdesk::from_slug(slug))?;
            let subdomain =
                at("subdomain").parsed(Subdomain::parse(helpdesk, row.try_get("subdomain")?).ok())?;
            // Behind a probe nothing overtakes what was held.
            Some((helpdesk, subdomain, row.try_get("held")?))
        }
        None => None,
    };
    let team = if row.try_get("has_team")? { notices::team_of(row, merchant)? } else { Team::default() };
    Ok(Found { answered, first: row.try_get("first")?, receiver, team })
}

/// The deliveries of a new handover, each with when it is late.
fn deliveries(new: &NewHandover, found: &Found) -> Vec<(Delivery, Option<Millis>)> {
    let [for_helpdesk, for_email] = new.delivery_ids.clone();
    let delivery = |id, destination, lane, held| {
        let (handover, merchant) = (new.id.clone(), new.handover.merchant.clone());
        Delivery::new(id, handover, merchant, destination, lane, held, new.accepted_at)
    };
    let to_helpdesk = found.receiver.as_ref().map(|(helpdesk, subdomain, held)| {
        let account = Account { helpdesk: *helpdesk, name: subdomain.clone() };
        let ticket = delivery(for_helpdesk, Destination::Helpdesk(*helpdesk), account.into(), *held);
        (ticket, notices::late_at(&found.team, new.accepted_at))
    });
    let to_team = found
        .team
        .email
        .is_some()
        .then(|| (delivery(for_email, Destination::Email, Lane::Email, false), None));
    to_helpdesk.into_iter().chain(to_team).collect()
}

/// A new handover, its deliveries, and what is answered if a key came with it.
struct Kept<'a> {
    new: &'a NewHandover,
    deliveries: Vec<(Delivery, Option<Millis>)>,
    answer: Option<String>,
}

async fn insert(connection: &mut SqliteConnection, kept: &[Kept<'_>]) -> Stored<()> {
    if kept.is_empty() {
        return Ok(());
    }
    let mut handovers = Vec::new();
    for Kept { new, .. } in kept {
        let summary = to_json(&Summary::from(&new.handover))?;
        handovers.push((new, summary, to_json(&new.handover)?));
    }
    let mut query = QueryBuilder::<Sqlite>::new(
        "INSERT INTO handover (id, merchant, conversation, accepted_at, subject, summary, body) ",
    );
    query.push_values(handovers, |mut row, (new, summary, body)| {
        let handover = &new.handover;
        row.push_bind(&new.id)
            .push_bind(&handover.merchant)
            .push_bind(&handover.conversation.id)
            .push_bind(new.accepted_at)
            .push_bind(handover.subject())
            .push_bind(summary)
            .push_bind(body);
    });
    query.push(";\n");
    let deliveries = kept.iter().flat_map(|kept| &kept.deliveries);
    outbox::insert_all(&mut query, deliveries.map(|(delivery, late_at)| (delivery, false, *late_at)));
    ingest(&mut query, kept.iter().filter_map(|it| Some((it.new, &*it.new.id, it.answer.as_deref()?))));
    query.build().execute(connection).await?;
    Ok(())
}

/// Adds to what a query does: keeps what is answered to keys, and of which handover.
fn ingest<'a>(
    query: &mut QueryBuilder<Sqlite>,
    answers: impl IntoIterator<Item = (&'a NewHandover, &'a str, &'a str)>,
) {
    let mut answers = answers.into_iter().peekable();
    if answers.peek().is_none() {
        return;
    }
    query.push("INSERT INTO ingest (webhook_id, body_hash, handover, answer, received_at) ");
    query.push_values(answers, |mut row, (new, handover, answer)| {
        row.push_bind(&new.webhook_id)
            .push_bind(&new.body_hash[..])
            .push_bind(handover)
            .push_bind(answer)
            .push_bind(new.accepted_at);
    });
    query.push(";\n");
}

/// Keeps the messages and the address that are not known yet, and sends them after the ticket.
async fn add_to(connection: &mut SqliteConnection, id: &str, new: &NewHandover) -> Stored<()> {
    let row = sqlx::query("SELECT body, removed_at FROM handover WHERE id = ?")
        .bind(id)
        .fetch_one(&mut *connection)
        .await?;
    let removed_at: Option<Millis> = row.try_get("removed_at")?;
    let first: Handover = Cell("handover", "body", &id).json(row.try_get("body")?)?;
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
    rows.iter().map(|row| Cell("handover_addition", "body", &id).json(row.try_get("body")?)).collect()
}

/// The newest addition: which part it is, and what it says while no delivery of it was ever tried.
async fn last_addition(connection: &mut SqliteConnection, id: &str) -> Stored<(i64, Option<Addition>)> {
    let row = sqlx::query(
        "SELECT part, body, EXISTS (
             SELECT 1 FROM delivery WHERE delivery.handover = handover_addition.handover
                 AND delivery.part = handover_addition.part
                 AND (attempts > 0 OR state NOT IN ('queued', 'waiting', 'held'))) AS left_already
         FROM handover_addition WHERE handover = ? ORDER BY part DESC LIMIT 1",
    )
    .bind(id)
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok((0, None)) };
    let waits = !row.try_get::<bool, _>("left_already")?;
    let addition =
        if waits { Some(Cell("handover_addition", "body", &id).json(row.try_get("body")?)?) } else { None };
    Ok((row.try_get("part")?, addition))
}

/// How much came of a conversation in the last hour.
async fn lately(connection: &mut SqliteConnection, id: &str, now: Millis) -> Stored<Lately> {
    let row = sqlx::query(
        "SELECT count(*) AS parts, max(received_at) AS last
         FROM handover_addition WHERE handover = ? AND received_at > ?",
    )
    .bind(id)
    .bind(now.saturating_sub(LATELY))
    .fetch_one(connection)
    .await?;
    let parts = u32::try_from(row.try_get::<i64, _>("parts")?).unwrap_or(u32::MAX);
    Ok(Lately { parts, last: row.try_get("last")? })
}

/// Keeps what came later, and makes it a part of every delivery of the handover, or of the part that waits to leave.
pub(super) async fn add(
    connection: &mut SqliteConnection,
    id: &str,
    additions: Vec<Addition>,
    now: Millis,
) -> Stored<()> {
    if additions.is_empty() {
        return Ok(());
    }
    let lately = lately(connection, id, now).await?;
    let (mut part, last) = last_addition(connection, id).await?;
    let addresses: Vec<_> = additions.iter().filter_map(Addition::address).cloned().collect();
    let (grown, additions) = gather(last, additions);
    if let Some(grown) = grown {
        // The fence as well: what was read of it for a request that has not begun is no longer what it says.
        sqlx::query(
            "UPDATE handover_addition SET body = ?1 WHERE handover = ?2 AND part = ?3;
             UPDATE delivery SET fence = fence + 1 WHERE handover = ?2 AND part = ?3",
        )
        .bind(to_json(&grown)?)
        .bind(id)
        .bind(part)
        .execute(&mut *connection)
        .await?;
    }
    let rows = sqlx::query("SELECT * FROM delivery WHERE handover = ? AND part = 0 AND state <> 'cancelled'")
        .bind(id)
        .fetch_all(&mut *connection)
        .await?;
    let deliveries = rows.iter().map(outbox::delivery).collect::<Stored<Vec<_>>>()?;
    sqlx::query("UPDATE handover SET kept = 1 WHERE id = ? AND kept = 0")
        .bind(id)
        .execute(&mut *connection)
        .await?;
    for addition in additions {
        part += 1;
        sqlx::query("INSERT INTO handover_addition (handover, part, received_at, body) VALUES (?, ?, ?, ?)")
            .bind(id)
            .bind(part)
            .bind(now)
            .bind(to_json(&addition)?)
            .execute(&mut *connection)
            .await?;
        for first in &deliveries {
            insert_part(connection, first, part, leaves_at(first.destination, lately, now), now).await?;
        }
    }
    for email in addresses {
        // Lists name the shopper by it, and a search finds it; the trigger keeps what is searched.
        sqlx::query(
            "UPDATE handover SET summary = json_set(summary, '$.shopper_email', ?)
             WHERE id = ? AND summary ->> '$.shopper_email' IS NULL",
        )
        .bind(email.as_str())
        .bind(id)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// A later part of a delivery. It waits for the part before it, and until it may leave.
async fn insert_part(
    connection: &mut SqliteConnection,
    first: &Delivery,
    part: i64,
    leaves_at: Option<Millis>,
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
    let (mut lane, mut held) = (first.lane.clone(), first.state == DeliveryState::Held);
    if let Destination::Helpdesk(helpdesk) = first.destination
        && let Some(to) = connections::find(connection, &first.merchant, helpdesk).await?
    {
        lane = to.account().into();
        held = to.trouble.is_some() || to.probe.is_some();
    }
    let id = format!("{}.{}.{part}", first.handover, first.destination.slug());
    let (handover, merchant) = (first.handover.clone(), first.merchant.clone());
    let new = Delivery::new(id, handover, merchant, first.destination, lane, held, now)
        .later(u32::try_from(part).unwrap_or(u32::MAX), leaves_at);
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
        assert_eq!(
            patterns("émile zola"),
            ["%e\u{301}mile zola%", "%émile zola%", "%Émile Zola%"],
            "capitals differ in English letters only"
        );
        assert_eq!(patterns("renée"), ["%rene\u{301}e%", "%renée%", "%RENÉE%"]);
        assert_eq!(patterns("rene\u{301}e"), patterns("renée"));
    }
}
