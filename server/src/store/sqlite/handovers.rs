//! Accepted handovers in SQLite.

use super::{
    Cell, SqliteStore, connections,
    group::{Change, Waiting},
    history, notices, outbox, small, to_json,
};
use crate::store::{
    Stored,
    handovers::{
        Accepted, Filter, HandoverRecord, HandoverStore, NewHandover, Search, SecondWay, Summary, ToSend,
    },
    notices::{NO_TICKET_AFTER, Team, no_ticket_yet},
    rules,
    tx::{Answered, HandoverTx, KeptHandover, Known, LastAddition, Listed, NewRows, Receiver},
};
use app::model::{DeliveryState, EmailAddress, Helpdesk, Subdomain};
use domain::{
    account::Account,
    addition::{Addition, Lately},
    clock::Millis,
    delivery::Delivery,
    handover::Handover,
    text::{composed, decomposed},
};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};
use std::collections::HashMap;
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
        .bind(no_ticket_yet(&delivery.handover))
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
        let sent = rules::unsent::send(&mut *tx, merchant, now, new_id).await?;
        tx.commit().await?;
        Ok(sent)
    }
}

/// A handover that is taken in.
pub(super) struct Acceptance(pub(super) NewHandover);

impl Change for Acceptance {
    type Answer = Accepted;

    async fn write(all: &[Self], connection: &mut SqliteConnection) -> Stored<Vec<Accepted>> {
        let new: Vec<_> = all.iter().map(|Self(new)| new).collect();
        rules::accept::accept(connection, &new).await
    }

    fn wait(self, tell: oneshot::Sender<Stored<Accepted>>) -> Waiting {
        Waiting::Acceptance(self, tell)
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

impl HandoverTx for SqliteConnection {
    async fn known(&mut self, sought: &[(Option<&str>, &NewHandover)]) -> Stored<Vec<Known>> {
        let mut query =
            QueryBuilder::<Sqlite>::new("WITH new (number, webhook_id, merchant, conversation) AS (");
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
        for row in query.build().fetch_all(&mut *self).await? {
            // One row each. Were there more, the next one must not get them.
            if usize::try_from(row.try_get::<i64, _>("number")?) == Ok(all.len()) {
                all.push(known(&row, &sought[all.len()].1.handover.merchant)?);
            }
        }
        Ok(all)
    }

    async fn insert_handovers(&mut self, new: &[NewRows<'_>]) -> Stored<()> {
        let mut handovers = Vec::new();
        for NewRows { new, .. } in new {
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
        outbox::insert_all(&mut query, new.iter().flat_map(|it| &it.deliveries));
        ingest(&mut query, new.iter().filter_map(|it| Some((it.new, &*it.new.id, it.answer.as_deref()?))));
        query.build().execute(&mut *self).await?;
        Ok(())
    }

    async fn insert_answer(&mut self, new: &NewHandover, handover: &str, answer: &str) -> Stored<()> {
        let mut query = QueryBuilder::new("");
        ingest(&mut query, [(new, handover, answer)]);
        query.build().execute(&mut *self).await?;
        Ok(())
    }

    async fn kept_handover(&mut self, id: &str) -> Stored<KeptHandover> {
        let row = sqlx::query("SELECT body, removed_at FROM handover WHERE id = ?")
            .bind(id)
            .fetch_one(&mut *self)
            .await?;
        Ok(KeptHandover {
            handover: Cell("handover", "body", &id).json(row.try_get("body")?)?,
            removed_at: row.try_get("removed_at")?,
        })
    }

    async fn listed(&mut self, id: &str) -> Stored<Listed> {
        let row = sqlx::query("SELECT id, subject, summary FROM handover WHERE id = ?")
            .bind(id)
            .fetch_one(&mut *self)
            .await?;
        listed(&row)
    }

    async fn handover_of(&mut self, merchant: &str, conversation: &str) -> Stored<Option<String>> {
        let row = sqlx::query("SELECT id FROM handover WHERE merchant = ? AND conversation = ?")
            .bind(merchant)
            .bind(conversation)
            .fetch_optional(&mut *self)
            .await?;
        Ok(row.map(|row| row.try_get("id")).transpose()?)
    }

    async fn unsent(&mut self, merchant: &str) -> Stored<Vec<String>> {
        let rows = sqlx::query(
            "SELECT id FROM unsent JOIN handover ON handover.id = unsent.handover
             WHERE unsent.merchant = ? ORDER BY accepted_at, id",
        )
        .bind(merchant)
        .fetch_all(&mut *self)
        .await?;
        rows.iter().map(|row| Ok(row.try_get("id")?)).collect()
    }

    async fn keep_transcript(&mut self, id: &str) -> Stored<()> {
        sqlx::query("UPDATE handover SET kept = 1 WHERE id = ? AND kept = 0")
            .bind(id)
            .execute(&mut *self)
            .await?;
        Ok(())
    }

    async fn set_shopper_email(&mut self, id: &str, email: &EmailAddress) -> Stored<()> {
        // A search finds the shopper by it, too: the trigger keeps what is searched.
        sqlx::query(
            "UPDATE handover SET summary = json_set(summary, '$.shopper_email', ?)
             WHERE id = ? AND summary ->> '$.shopper_email' IS NULL",
        )
        .bind(email.as_str())
        .bind(id)
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    async fn additions(&mut self, handover: &str) -> Stored<Vec<Addition>> {
        let rows = sqlx::query("SELECT body FROM handover_addition WHERE handover = ? ORDER BY part")
            .bind(handover)
            .fetch_all(&mut *self)
            .await?;
        let cell = Cell("handover_addition", "body", &handover);
        rows.iter().map(|row| cell.json(row.try_get("body")?)).collect()
    }

    async fn parts(&mut self, handover: &str) -> Stored<Vec<u32>> {
        let rows = sqlx::query("SELECT part FROM handover_addition WHERE handover = ? ORDER BY part")
            .bind(handover)
            .fetch_all(&mut *self)
            .await?;
        rows.iter().map(|row| small(row, "part")).collect()
    }

    async fn last_addition(&mut self, handover: &str, since: Millis) -> Stored<Option<LastAddition>> {
        let row = sqlx::query(
            "SELECT part, body, EXISTS (
                 SELECT 1 FROM delivery WHERE delivery.handover = handover_addition.handover
                     AND delivery.part = handover_addition.part
                     AND (attempts > 0 OR state NOT IN ('queued', 'waiting', 'held'))) AS left_already,
                 parts, last
             FROM (SELECT count(*) AS parts, max(received_at) AS last
                   FROM handover_addition WHERE handover = ?1 AND received_at > ?2) AS lately
             CROSS JOIN handover_addition WHERE handover = ?1 ORDER BY part DESC LIMIT 1",
        )
        .bind(handover)
        .bind(since)
        .fetch_optional(&mut *self)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let waits = !row.try_get::<bool, _>("left_already")?;
        let cell = Cell("handover_addition", "body", &handover);
        let waiting = if waits { Some(cell.json(row.try_get("body")?)?) } else { None };
        let lately = Lately { parts: small(&row, "parts")?, last: row.try_get("last")? };
        Ok(Some(LastAddition { part: small(&row, "part")?, waiting, lately }))
    }

    async fn change_addition(&mut self, handover: &str, part: u32, addition: &Addition) -> Stored<()> {
        sqlx::query(
            "UPDATE handover_addition SET body = ?1 WHERE handover = ?2 AND part = ?3;
             UPDATE delivery SET fence = fence + 1 WHERE handover = ?2 AND part = ?3",
        )
        .bind(to_json(addition)?)
        .bind(handover)
        .bind(i64::from(part))
        .execute(&mut *self)
        .await?;
        Ok(())
    }

    async fn insert_addition(
        &mut self,
        handover: &str,
        part: u32,
        addition: &Addition,
        now: Millis,
    ) -> Stored<()> {
        sqlx::query("INSERT INTO handover_addition (handover, part, received_at, body) VALUES (?, ?, ?, ?)")
            .bind(handover)
            .bind(i64::from(part))
            .bind(now)
            .bind(to_json(addition)?)
            .execute(&mut *self)
            .await?;
        Ok(())
    }
}

fn known(row: &SqliteRow, merchant: &str) -> Stored<Known> {
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
            let name = at("subdomain").parsed(Subdomain::parse(helpdesk, row.try_get("subdomain")?).ok())?;
            Some(Receiver { account: Account { helpdesk, name }, held: row.try_get("held")? })
        }
        None => None,
    };
    let team = if row.try_get("has_team")? { notices::team(row, merchant)? } else { Team::default() };
    Ok(Known { answered, first: row.try_get("first")?, receiver, team })
}

/// A row that has a handover's subject and summary.
pub(super) fn listed(row: &SqliteRow) -> Stored<Listed> {
    let summary =
        Cell("handover", "summary", &row.try_get::<&str, _>("id")?).json(row.try_get("summary")?)?;
    Ok(Listed { subject: row.try_get("subject")?, summary })
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
