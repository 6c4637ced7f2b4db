//! Accepted handovers in SQLite.

use super::{
    SqliteStore,
    group::{Change, Teller, Waiting},
    history,
    sql::{Query, Sql, SqliteConnection, params},
    versions::Seen,
    writer::ready,
};
use crate::{
    aside::aside,
    store::{
        Connection, Stored,
        handovers::{
            Accepted, Filter, HandoverRecord, HandoverStore, NewHandover, Search, SecondWay, Summary, ToSend,
        },
        notices::{NO_TICKET_AFTER, no_ticket_yet},
        rows::{self, Cell, Columns, to_json},
        rules,
        tx::{DeliveryTx, HandoverTx, KeptHandover, Known, LastAddition, Listed, NewRows},
    },
};
use app::model::{DeliveryState, EmailAddress, Helpdesk, Progress};
use domain::{
    addition::Addition,
    clock::Millis,
    delivery::Delivery,
    handover::Handover,
    text::{composed, decomposed},
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

#[async_trait::async_trait]
impl HandoverStore for SqliteStore {
    async fn accept(&self, new: NewHandover) -> Stored<Accepted> {
        self.writer.share(Acceptance(new)).await
    }

    async fn handovers(&self, merchant: &str, filter: &Filter) -> Stored<Vec<HandoverRecord>> {
        let query = found(merchant, filter);
        self.read(move |db| records(db, &query)).await
    }

    async fn handovers_of(&self, merchant: &str, conversations: &[String]) -> Stored<Vec<HandoverRecord>> {
        if conversations.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = Query::new(RECORDS);
        query.push("handover WHERE merchant = ").push_text(merchant).push(" AND conversation IN (");
        query.push_list(conversations).push(")");
        self.read(move |db| records(db, &query)).await
    }

    async fn handover_body(&self, id: &str) -> Stored<Option<Handover>> {
        let id = id.to_owned();
        self.read(move |db| {
            db.first("SELECT body FROM handover WHERE id = ?", [&id], |row| {
                Cell("handover", "body", &id).json(row.text("body")?)
            })
        })
        .await
    }

    async fn version(&self, merchant: &str) -> Stored<Option<u64>> {
        let mut seen = self.versions.of(merchant);
        if matches!(seen, Seen::Moved) {
            self.writer.look().await?;
            seen = self.versions.of(merchant);
        }
        // A merchant whose rows keep changing gets no version.
        Ok(if let Seen::Version(version) = seen { Some(version) } else { None })
    }

    async fn send_unsent(
        &self,
        merchant: &str,
        now: Millis,
        new_id: &(dyn Fn() -> String + Send + Sync),
    ) -> Stored<u64> {
        // The ids are created here, one per unsent handover, because the transaction cannot wait for the caller's
        // closure.
        let mut wanted = 1;
        loop {
            let ids: Vec<_> = (0..wanted).map(|_| new_id()).collect();
            let merchant = merchant.to_owned();
            let sent = self.write(move |tx| {
                let unsent = ready(tx.unsent(&merchant))?.len();
                if unsent > ids.len() {
                    return Ok(Err(unsent));
                }
                let ids = Mutex::new(ids.into_iter());
                let next =
                    move || ids.lock().unwrap_or_else(PoisonError::into_inner).next().unwrap_or_default();
                ready(rules::unsent::send(tx, &merchant, now, &next)).map(Ok)
            });
            match sent.await? {
                Ok(sent) => return Ok(sent),
                Err(unsent) => wanted = unsent,
            }
        }
    }
}

/// What a delivery's request is built from, as it is stored.
pub(super) struct StoredToSend {
    connection: Option<Connection>,
    body: Option<String>,
    told_at: Option<Millis>,
}

impl StoredToSend {
    /// Parses the handover, which may be large.
    pub(super) async fn read(self) -> ToSend {
        let Self { connection, body, told_at } = self;
        let size = body.as_ref().map_or(0, String::len);
        let handover = aside(size, move || body.and_then(|body| serde_json::from_str(&body).ok())).await;
        ToSend { connection, handover, told_at }
    }
}

/// Reads what the request of a delivery to this helpdesk is built from.
pub(super) fn stored_to_send(
    db: &SqliteConnection,
    delivery: &Delivery,
    helpdesk: Helpdesk,
) -> Stored<StoredToSend> {
    let sql = "SELECT connection.*, handover.body, sent_at
         FROM (SELECT ? AS merchant, ? AS helpdesk, ? AS handover, ? AS notice) AS sought
         LEFT JOIN connection ON connection.merchant = sought.merchant AND connection.helpdesk = sought.helpdesk
         LEFT JOIN handover ON handover.id = sought.handover
         LEFT JOIN notice ON notice.id = sought.notice";
    let notice = no_ticket_yet(&delivery.handover);
    db.one(sql, [&*delivery.merchant, helpdesk.slug(), &*delivery.handover, &*notice], |row| {
        let connected = row.optional_text("merchant")?.is_some();
        Ok(StoredToSend {
            connection: if connected { Some(rows::connection(row)?) } else { None },
            body: row.get("body")?,
            told_at: row.get("sent_at")?,
        })
    })
}

/// A handover to accept.
pub(super) struct Acceptance(pub(super) NewHandover);

impl Change for Acceptance {
    type Answer = Accepted;

    fn write(all: &[Self], connection: &mut SqliteConnection) -> Stored<Vec<Accepted>> {
        let new: Vec<_> = all.iter().map(|Self(new)| new).collect();
        ready(rules::accept::accept(connection, &new))
    }

    fn merchant(&self) -> &str {
        &self.0.handover.merchant
    }

    fn wait(self, tell: Teller<Self>) -> Waiting {
        Waiting::Acceptance(self, tell)
    }
}

/// Builds the query for a page of matching handovers.
fn found(merchant: &str, filter: &Filter) -> Query {
    // Finds the ids without reading transcripts, and only then the rows.
    let mut query = Query::new("WITH found AS MATERIALIZED (SELECT id FROM ");
    query.push(match filter.search {
        Some(_) => {
            "(SELECT merchant, accepted_at, handover AS id, shopper FROM handover_shopper) AS handover"
        }
        None => "handover",
    });
    query.push(" WHERE merchant = ").push_text(merchant);
    if let Some(id) = &filter.id {
        query.push(" AND id = ").push_text(id);
    }
    if let Some(conversation) = &filter.conversation {
        query.push(" AND id IN (SELECT id FROM handover WHERE merchant = ").push_text(merchant);
        query.push(" AND conversation = ").push_text(conversation).push(")");
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
    query.push(" ORDER BY accepted_at DESC, id DESC LIMIT ").push_bind(filter.limit).push(") ");
    query.push(RECORDS).push("found CROSS JOIN handover USING (id) ORDER BY accepted_at DESC, id DESC");
    query
}

/// Keeps handovers with a delivery in this state, not counting later parts.
fn in_state(query: &mut Query, merchant: &str, state: DeliveryState) {
    if state == DeliveryState::Delivered {
        // Almost all are delivered, so the newest ones are checked one by one until there are enough.
        query.push(
            " AND EXISTS (SELECT 1 FROM delivery
                          WHERE handover = handover.id AND part = 0 AND delivery.state = 'delivered')",
        );
        return;
    }
    query.push(" AND id IN (SELECT handover FROM delivery WHERE merchant = ").push_text(merchant);
    if state == DeliveryState::Sending {
        // Few deliveries are in this state, even across all merchants.
        query.push(" AND part = 0 AND state = 'sending')");
        return;
    }
    query.push(" AND part = 0 AND state NOT IN ('sending', 'delivered') AND state = ");
    query.push_text(state.as_str()).push(" AND ");
    history::to_any(query);
    query.push(")");
}

/// A handover's ending: 0 to 3 in the order of [`Ending::ALL`](app::model::Ending::ALL), as in `history.rs`.
const ENDING: &str = " AND (SELECT coalesce(
        min(CASE WHEN destination <> 'email' THEN CASE state
            WHEN 'delivered' THEN 0 WHEN 'failed' THEN 3 WHEN 'unsure' THEN iif(needs_answer, 3, 2)
            WHEN 'cancelled' THEN NULL ELSE 2 END END),
        min(CASE WHEN destination = 'email' THEN CASE state
            WHEN 'delivered' THEN 1 WHEN 'failed' THEN 3 WHEN 'cancelled' THEN NULL ELSE 2 END END),
        3)
    FROM delivery WHERE delivery.handover = handover.id AND part = 0) ";

/// Keeps handovers that are this far. Almost all are done, so the newest ones are checked one by one until there are
/// enough; the others are found by the few deliveries that can make them so.
pub(super) fn this_far(query: &mut Query, merchant: &str, progress: Progress) {
    let stopped = |query: &mut Query, states: &str| {
        query.push(" AND id IN (SELECT handover FROM delivery WHERE merchant = ").push_text(merchant);
        query.push(" AND part = 0 AND state NOT IN ('sending', 'delivered') AND state IN (").push(states);
        query.push(") AND ");
        history::to_any(query);
        query.push(" UNION ALL SELECT handover FROM ");
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
fn found_by(query: &mut Query, merchant: &str, search: &Search) {
    let ticket = |query: &mut Query, ticket: i64| {
        query.push("id IN (SELECT handover FROM delivery WHERE merchant = ").push_text(merchant);
        query.push(" AND part = 0 AND ticket = ").push_bind(ticket).push(")");
    };
    let shopper = |query: &mut Query, text: &str| {
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

/// Returns `LIKE` patterns that find a text anywhere, in any case and with composed or decomposed accents. SQLite
/// ignores the case of ASCII letters only, so the usual spellings of other letters are listed.
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
        // Decomposed too: older programs stored the text as sent.
        for way in [decomposed(&way).into_owned(), way] {
            if !ways.iter().any(|known| known.eq_ignore_ascii_case(&way)) {
                ways.push(way);
            }
        }
    }
    let escaped = |way: String| way.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    ways.into_iter().map(|way| format!("%{}%", escaped(way))).collect()
}

/// The columns of a record; the rest of the query selects the rows.
const RECORDS: &str = "SELECT id, conversation, accepted_at, subject, summary, removed_at FROM ";

/// Reads the records that a query finds, in its order, and all their deliveries with a second query.
fn records(db: &SqliteConnection, query: &Query) -> Stored<Vec<HandoverRecord>> {
    let mut records = query.all(db, |row| rows::record(row))?;
    if records.is_empty() {
        return Ok(records);
    }
    let mut query = Query::new("SELECT * FROM delivery WHERE part = 0 AND handover IN (");
    query.push_list(records.iter().map(|record| &record.id)).push(") ORDER BY destination = 'email', seq");
    let found = query.all(db, |row| Ok((rows::delivery(row)?, row.get("delivered_at")?)))?;
    let mut deliveries: HashMap<String, Vec<(Delivery, Option<Millis>)>> = HashMap::new();
    for (delivery, at) in found {
        deliveries.entry(delivery.handover.clone()).or_default().push((delivery, at));
    }
    for record in &mut records {
        for (delivery, at) in deliveries.remove(&record.id).unwrap_or_default() {
            record.delivered_at.extend(at.map(|at| (delivery.destination, at)));
            record.deliveries.push(delivery);
        }
    }
    for record in records.iter_mut().filter(|record| record.lacks_a_ticket()) {
        record.second_way = Some(second_way(db, record)?);
    }
    Ok(records)
}

/// Returns how the team learns that a handover has no ticket.
fn second_way(db: &SqliteConnection, record: &HandoverRecord) -> Stored<SecondWay> {
    db.one(
        "SELECT team.email IS NULL AS nobody, sent_at,
             CASE WHEN team.merchant IS NULL THEN ? ELSE team.no_ticket_after END AS minutes
         FROM handover
         LEFT JOIN team ON team.merchant = handover.merchant
         LEFT JOIN notice ON notice.id = handover.id || '.no-ticket-yet'
         WHERE handover.id = ?",
        params![NO_TICKET_AFTER, record.id],
        |row| rows::second_way(row, record.accepted_at),
    )
}

impl HandoverTx for SqliteConnection {
    async fn known(&mut self, sought: &[(Option<&str>, &NewHandover)]) -> Stored<Vec<Known>> {
        let sql = "SELECT body_hash, ingest.handover AS answered, answer, handover.id AS first,
                 helpdesk, subdomain, problem IS NOT NULL OR probe IS NOT NULL AS held,
                 team.merchant IS NOT NULL AS has_team, email, no_ticket_after
             FROM (SELECT ? AS webhook_id, ? AS merchant, ? AS conversation) AS new
             LEFT JOIN ingest ON ingest.webhook_id = new.webhook_id
             LEFT JOIN handover ON handover.merchant = new.merchant AND handover.conversation = new.conversation
             LEFT JOIN connection ON connection.merchant = new.merchant AND receives = 1
             LEFT JOIN team ON team.merchant = new.merchant";
        let known_of = |&(webhook_id, new): &(Option<&str>, &NewHandover)| {
            let (merchant, conversation) = (&new.handover.merchant, &new.handover.conversation.id);
            self.one(sql, params![webhook_id, merchant, conversation], |row| rows::known(row, merchant))
        };
        sought.iter().map(known_of).collect()
    }

    async fn insert_handovers(&mut self, new: &[NewRows<'_>]) -> Stored<()> {
        for NewRows { new, deliveries, answer } in new {
            let handover = &new.handover;
            self.run(
                "INSERT INTO handover (id, merchant, conversation, accepted_at, subject, summary, body)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
                params![
                    new.id,
                    handover.merchant,
                    handover.conversation.id,
                    new.accepted_at,
                    handover.subject(),
                    to_json(&Summary::from(handover))?,
                    to_json(handover)?,
                ],
            )?;
            ready(self.insert_deliveries(deliveries))?;
            if let Some(answer) = answer {
                ingest(self, new, &new.id, answer)?;
            }
        }
        Ok(())
    }

    async fn insert_answer(&mut self, new: &NewHandover, handover: &str, answer: &str) -> Stored<()> {
        ingest(self, new, handover, answer)
    }

    async fn kept_handover(&mut self, id: &str) -> Stored<KeptHandover> {
        self.one("SELECT body, removed_at FROM handover WHERE id = ?", [id], |row| {
            Ok(KeptHandover {
                handover: Cell("handover", "body", &id).json(row.text("body")?)?,
                removed_at: row.get("removed_at")?,
            })
        })
    }

    async fn listed(&mut self, id: &str) -> Stored<Listed> {
        self.one("SELECT id, subject, summary FROM handover WHERE id = ?", [id], |row| rows::listed(row))
    }

    async fn handover_of(&mut self, merchant: &str, conversation: &str) -> Stored<Option<String>> {
        let sql = "SELECT id FROM handover WHERE merchant = ? AND conversation = ?";
        self.first(sql, [merchant, conversation], |row| row.get("id"))
    }

    async fn unsent(&mut self, merchant: &str) -> Stored<Vec<String>> {
        let sql = "SELECT id FROM unsent JOIN handover ON handover.id = unsent.handover
             WHERE unsent.merchant = ? ORDER BY accepted_at, id";
        self.all(sql, [merchant], |row| row.get("id"))
    }

    async fn keep_transcript(&mut self, id: &str) -> Stored<()> {
        self.run("UPDATE handover SET kept = 1 WHERE id = ? AND kept = 0", [id])?;
        Ok(())
    }

    async fn set_shopper_email(&mut self, id: &str, email: &EmailAddress) -> Stored<()> {
        // The search must find the shopper by it too; a trigger updates the search table.
        self.run(
            "UPDATE handover SET summary = json_set(summary, '$.shopper_email', ?)
             WHERE id = ? AND summary ->> '$.shopper_email' IS NULL",
            [email.as_str(), id],
        )?;
        Ok(())
    }

    async fn additions(&mut self, handover: &str) -> Stored<Vec<Addition>> {
        let cell = Cell("handover_addition", "body", &handover);
        let sql = "SELECT body FROM handover_addition WHERE handover = ? ORDER BY part";
        self.all(sql, [handover], |row| cell.json(row.text("body")?))
    }

    async fn parts(&mut self, handover: &str) -> Stored<Vec<u32>> {
        let sql = "SELECT part FROM handover_addition WHERE handover = ? ORDER BY part";
        self.all(sql, [handover], |row| row.small("part"))
    }

    async fn last_addition(&mut self, handover: &str, since: Millis) -> Stored<Option<LastAddition>> {
        let sql = "SELECT part, body, EXISTS (
                 SELECT 1 FROM delivery WHERE delivery.handover = handover_addition.handover
                     AND delivery.part = handover_addition.part
                     AND (attempts > 0 OR state NOT IN ('queued', 'waiting', 'held'))) AS left_already,
                 parts, last
             FROM (SELECT count(*) AS parts, max(received_at) AS last
                   FROM handover_addition WHERE handover = ?1 AND received_at > ?2) AS lately
             CROSS JOIN handover_addition WHERE handover = ?1 ORDER BY part DESC LIMIT 1";
        self.first(sql, params![handover, since], |row| rows::last_addition(row, handover))
    }

    async fn change_addition(&mut self, handover: &str, part: u32, addition: &Addition) -> Stored<()> {
        self.run(
            "UPDATE handover_addition SET body = ? WHERE handover = ? AND part = ?",
            params![to_json(addition)?, handover, part],
        )?;
        self.run(
            "UPDATE delivery SET fence = fence + 1 WHERE handover = ? AND part = ?",
            params![handover, part],
        )?;
        Ok(())
    }

    async fn insert_addition(
        &mut self,
        handover: &str,
        part: u32,
        addition: &Addition,
        now: Millis,
    ) -> Stored<()> {
        self.run(
            "INSERT INTO handover_addition (handover, part, received_at, body) VALUES (?, ?, ?, ?)",
            params![handover, part, now, to_json(addition)?],
        )?;
        Ok(())
    }
}

/// Stores the answer to a `webhook-id`, with its handover.
fn ingest(db: &SqliteConnection, new: &NewHandover, handover: &str, answer: &str) -> Stored<()> {
    db.run(
        "INSERT INTO ingest (webhook_id, body_hash, handover, answer, received_at) VALUES (?, ?, ?, ?, ?)",
        params![new.webhook_id, new.body_hash, handover, answer, new.accepted_at],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::patterns;

    #[test]
    fn like_patterns_escape_wildcards_and_ignore_case() {
        assert_eq!(patterns("jane"), ["%jane%"]);
        assert_eq!(patterns("50%_\\"), ["%50\\%\\_\\\\%"]);
        assert_eq!(
            patterns("émile zola"),
            ["%e\u{301}mile zola%", "%émile zola%", "%Émile Zola%"],
            "LIKE ignores the case of English letters only"
        );
        assert_eq!(patterns("renée"), ["%rene\u{301}e%", "%renée%", "%RENÉE%"]);
        assert_eq!(patterns("rene\u{301}e"), patterns("renée"));
    }
}
