//! Reads rows into the store's types, once for every database: the columns have the same names and meanings in each.

use super::{
    Connection, StoreError, Stored,
    answers::{KeptAnswer, NewAnswer},
    connections::{ConnectionEvent, Trouble},
    conversations::{AbilityRow, Conversation, Turn, Visitor},
    handovers::{HandoverRecord, SecondWay},
    history::{AttemptRecord, EndingCount, Span},
    notices::{Team, TeamNotice},
    operations::{ConnectionCounts, Queue},
    sessions::{Session, SessionHash},
    shopper_mail::{SentShopperMail, ShopperMail},
    tx::{Answered, Known, LastAddition, Late, Listed, Receiver},
};
use crate::vault::Fingerprint;
use app::model::{
    AttemptKind, ChatAuthor, ConversationState, DeliveryState, Destination, EmailAddress, Ending, Helpdesk,
    Role, Subdomain, Username, Viewer,
};
use domain::{
    Routing, Said,
    account::{Account, Lane},
    addition::Lately,
    answer::Watch,
    clock::Millis,
    delivery::{Delivery, Record},
};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Display;

/// A row, read by column name.
pub(super) trait Columns {
    /// Returns a text without copying it.
    fn text(&self, column: &str) -> Stored<&str>;

    /// Returns an optional text without copying it.
    fn optional_text(&self, column: &str) -> Stored<Option<&str>>;

    /// Returns a number.
    fn number(&self, column: &str) -> Stored<i64>;

    /// Returns an optional number.
    fn optional_number(&self, column: &str) -> Stored<Option<i64>>;

    /// Returns a boolean.
    fn flag(&self, column: &str) -> Stored<bool>;

    /// Returns bytes.
    fn bytes(&self, column: &str) -> Stored<Vec<u8>>;

    /// Returns a copy of a text.
    fn string(&self, column: &str) -> Stored<String> {
        self.text(column).map(str::to_owned)
    }

    /// Returns a copy of an optional text.
    fn optional_string(&self, column: &str) -> Stored<Option<String>> {
        Ok(self.optional_text(column)?.map(str::to_owned))
    }

    /// Returns a small non-negative number.
    fn small(&self, column: &str) -> Stored<u32> {
        Ok(u32::try_from(self.number(column)?).unwrap_or(u32::MAX))
    }

    /// Returns a count.
    fn count(&self, column: &str) -> Stored<u64> {
        Ok(u64::try_from(self.number(column)?).unwrap_or(0))
    }
}

/// The place of a value: table, column, and the key of its row.
#[derive(Clone, Copy)]
pub(super) struct Cell<'a>(pub(super) &'static str, pub(super) &'static str, pub(super) &'a dyn Display);

impl Cell<'_> {
    /// Returns a value that this program wrote as text, or an error if it could not be parsed.
    pub(super) fn parsed<T>(self, value: Option<T>) -> Stored<T> {
        value.ok_or_else(|| StoreError::unreadable(self.0, self.1, self.2.to_string()))
    }

    /// Parses a value that this program wrote as JSON.
    pub(super) fn json<T: DeserializeOwned>(self, text: &str) -> Stored<T> {
        self.parsed(serde_json::from_str(text).ok())
    }

    /// Like [`json`](Self::json), for an optional column of this row.
    fn json_or_default<T: DeserializeOwned + Default>(self, row: &impl Columns) -> Stored<T> {
        row.optional_text(self.1)?.map_or_else(|| Ok(T::default()), |text| self.json(text))
    }
}

/// Returns the JSON for a column. For our own types, this never fails.
pub(super) fn to_json<T: Serialize>(value: &T) -> Stored<String> {
    serde_json::to_string(value).map_err(StoreError::unavailable)
}

/// Returns the column of a connection's routing; `NULL` if nothing was chosen and no teams are known.
pub(super) fn routing_column(routing: &Routing) -> Stored<Option<String>> {
    if *routing == Routing::default() { Ok(None) } else { to_json(routing).map(Some) }
}

/// Reads a delivery.
pub(super) fn delivery(row: &impl Columns) -> Stored<Delivery> {
    let id = row.text("id")?;
    let at = |column| Cell("delivery", column, &id);
    Ok(Delivery::restore(Record {
        id: id.to_owned(),
        handover: row.string("handover")?,
        merchant: row.string("merchant")?,
        destination: at("destination").parsed(Destination::from_slug(row.text("destination")?))?,
        part: row.small("part")?,
        lane: at("account").parsed(row.text("account")?.parse().ok())?,
        state: at("state").parsed(DeliveryState::from_name(row.text("state")?))?,
        attempts: row.small("attempts")?,
        unsure_attempts: row.small("unsure_attempts")?,
        waits: row.small("waits")?,
        fence: row.number("fence")?,
        not_after: row.optional_number("not_after")?,
        lease_until: row.optional_number("lease_until")?,
        next_at: row.optional_number("next_at")?,
        look_ups: row.small("look_ups")?,
        give_up_at: row.number("give_up_at")?,
        needs_answer: row.flag("needs_answer")?,
        without: at("without").json(row.text("without")?)?,
        ticket: row.optional_number("ticket")?,
        said: row.flag("said")?,
        duplicates: at("duplicates").json(row.text("duplicates")?)?,
        repeated_in: at("repeated_in").json(row.text("repeated_in")?)?,
        checks: row.small("checks")?,
        last_error: row.optional_text("last_error")?.map(Said::restored),
    }))
}

/// Reads the lane of a group of due deliveries. An error cannot name a single row.
pub(super) fn lane(row: &impl Columns) -> Stored<Lane> {
    Cell("delivery", "account", &"what is due").parsed(row.text("account")?.parse().ok())
}

/// Reads a delivery whose handover should have a ticket by now.
pub(super) fn late(row: &impl Columns) -> Stored<Late> {
    let id = row.text("id")?;
    Ok(Late {
        delivery: id.to_owned(),
        handover: row.string("handover")?,
        merchant: row.string("merchant")?,
        destination: Cell("delivery", "destination", &id)
            .parsed(Destination::from_slug(row.text("destination")?))?,
        first_mail: row.optional_string("first_mail")?,
    })
}

/// Reads what is known about a new handover of this merchant.
pub(super) fn known(row: &impl Columns, merchant: &str) -> Stored<Known> {
    let answered = match row.optional_text("answered")? {
        Some(handover) => Some(Answered {
            body_hash: row.bytes("body_hash")?,
            handover: handover.to_owned(),
            answer: row.string("answer")?,
        }),
        None => None,
    };
    let receiver = match row.optional_text("helpdesk")? {
        Some(slug) => {
            let at = |column| Cell("connection", column, &merchant);
            let helpdesk = at("helpdesk").parsed(Helpdesk::from_slug(slug))?;
            let name = at("subdomain").parsed(Subdomain::parse(helpdesk, row.text("subdomain")?).ok())?;
            Some(Receiver { account: Account { helpdesk, name }, held: row.flag("held")? })
        }
        None => None,
    };
    let team = if row.flag("has_team")? { team(row, merchant)? } else { Team::default() };
    Ok(Known { answered, first: row.optional_string("first")?, receiver, team })
}

/// Reads a handover's subject and summary.
pub(super) fn listed(row: &impl Columns) -> Stored<Listed> {
    let summary = Cell("handover", "summary", &row.text("id")?).json(row.text("summary")?)?;
    Ok(Listed { subject: row.string("subject")?, summary })
}

/// Reads a handover's newest addition.
pub(super) fn last_addition(row: &impl Columns, handover: &str) -> Stored<LastAddition> {
    let part = row.small("part")?;
    let body = row.text("body")?;
    let cell = Cell("handover_addition", "body", &handover);
    let waiting = if row.flag("left_already")? { None } else { Some(cell.json(body)?) };
    let lately = Lately { parts: row.small("parts")?, last: row.optional_number("last")? };
    Ok(LastAddition { part, waiting, lately })
}

/// Reads a handover without its deliveries.
pub(super) fn record(row: &impl Columns) -> Stored<HandoverRecord> {
    let id = row.string("id")?;
    Ok(HandoverRecord {
        conversation: row.string("conversation")?,
        accepted_at: row.number("accepted_at")?,
        subject: row.string("subject")?,
        summary: Cell("handover", "summary", &id).json(row.text("summary")?)?,
        removed: row.optional_number("removed_at")?.is_some(),
        deliveries: Vec::new(),
        delivered_at: Vec::new(),
        second_way: None,
        id,
    })
}

/// Reads how the team learns that a handover accepted at this time has no ticket.
pub(super) fn second_way(row: &impl Columns, accepted_at: Millis) -> Stored<SecondWay> {
    let minutes = row.optional_number("minutes")?;
    Ok(SecondWay {
        told_at: row.optional_number("sent_at")?,
        nobody: row.flag("nobody")?,
        late_at: minutes.map(|minutes| accepted_at.saturating_add(minutes.saturating_mul(60_000))),
    })
}

/// Reads a connection.
pub(super) fn connection(row: &impl Columns) -> Stored<Connection> {
    let merchant = row.text("merchant")?;
    let slug = row.text("helpdesk")?;
    let key = format_args!("{merchant}/{slug}");
    let at = |column| Cell("connection", column, &key);
    let helpdesk = at("helpdesk").parsed(Helpdesk::from_slug(slug))?;
    let trouble = match row.optional_text("problem")? {
        Some(name) => Some(Trouble {
            problem: at("problem").parsed(serde_json::from_value(name.into()).ok())?,
            reason: Said::restored(row.optional_text("reason")?.unwrap_or_default()),
        }),
        None => None,
    };
    Ok(Connection {
        merchant: merchant.to_owned(),
        helpdesk,
        subdomain: at("subdomain").parsed(Subdomain::parse(helpdesk, row.text("subdomain")?).ok())?,
        method: at("method").parsed(helpdesk.method(row.optional_text("method")?))?,
        username: at("username").parsed(Username::try_from(row.string("username")?).ok())?,
        key_id: row.string("key_id")?,
        sealed_key: row.bytes("sealed_key")?,
        trouble,
        receives: row.flag("receives")?,
        version: row.number("version")?,
        recheck_at: row.optional_number("recheck_at")?,
        rechecks: row.small("rechecks")?,
        probe: row.optional_string("probe")?,
        routing: at("routing").json_or_default(row)?,
    })
}

/// Reads a remembered master key.
pub(super) fn fingerprint(row: &impl Columns) -> Stored<Fingerprint> {
    Ok(Fingerprint { key_id: row.string("id")?, mac: row.bytes("fingerprint")? })
}

/// Reads an entry of a connection's history.
pub(super) fn connection_event(row: &impl Columns) -> Stored<ConnectionEvent> {
    Ok(ConnectionEvent {
        action: row.string("action")?,
        by: row.optional_string("by_name")?,
        at: row.number("at")?,
    })
}

/// Reads a team.
pub(super) fn team(row: &impl Columns, merchant: &str) -> Stored<Team> {
    let email = row.optional_text("email")?;
    Ok(Team {
        email: email
            .map(|email| Cell("team", "email", &merchant).parsed(EmailAddress::parse(email).ok()))
            .transpose()?,
        no_ticket_after: row
            .optional_number("no_ticket_after")?
            .map(|minutes| u32::try_from(minutes).unwrap_or(u32::MAX)),
    })
}

/// Reads an email to a team.
pub(super) fn notice(row: &impl Columns) -> Stored<TeamNotice> {
    let id = row.string("id")?;
    Ok(TeamNotice {
        merchant: row.string("merchant")?,
        body: Cell("notice", "body", &id).json(row.text("body")?)?,
        attempts: row.small("attempts")?,
        fence: row.number("fence")?,
        id,
    })
}

/// Reads an email to a shopper.
pub(super) fn shopper_mail(row: &impl Columns) -> Stored<ShopperMail> {
    Ok(ShopperMail {
        id: row.string("id")?,
        merchant: row.string("merchant")?,
        conversation: row.string("conversation")?,
        asked_to: row.number("asked_to")?,
        attempts: row.small("attempts")?,
        fence: row.number("fence")?,
        created_at: row.number("created_at")?,
    })
}

/// Reads an email to a shopper that was sent.
pub(super) fn sent_shopper_mail(row: &impl Columns) -> Stored<SentShopperMail> {
    Ok(SentShopperMail { id: row.string("id")?, sent_to: row.number("sent_to")? })
}

/// Reads the abilities of a merchant.
pub(super) fn ability(row: &impl Columns, merchant: &str) -> Stored<AbilityRow> {
    let cell = |column| Cell("ability", column, &merchant);
    Ok(AbilityRow {
        handover: cell("handover").json_or_default(row)?,
        email_capture: cell("email_capture").json_or_default(row)?,
        faqs: cell("faqs").json_or_default(row)?,
        handover_uses: row.count("handover_uses")?,
        email_uses: row.count("email_uses")?,
    })
}

/// Reads a conversation.
pub(super) fn conversation(row: &impl Columns) -> Stored<Conversation> {
    let id = row.text("id")?;
    let at = |column| Cell("conversation", column, &id);
    Ok(Conversation {
        id: id.to_owned(),
        merchant: row.string("merchant")?,
        state: at("state").parsed(ConversationState::from_name(row.text("state")?))?,
        shopper_name: row.optional_string("shopper_name")?,
        shopper_email: row
            .optional_text("shopper_email")?
            .map(|email| at("shopper_email").parsed(EmailAddress::parse(email).ok()))
            .transpose()?,
        capture: row.string("capture")?,
        page_url: row.optional_string("page_url")?,
        order_number: row.optional_string("order_number")?,
        cart: at("cart").json_or_default(row)?,
        custom: at("custom").json_or_default(row)?,
        preview: row.string("preview")?,
        messages: row.number("messages")?,
        handed_up_to: row.number("handed_up_to")?,
        locale: row.optional_string("locale")?,
        answered_to: row.number("answered_to")?,
        seen_to: row.number("seen_to")?,
        seen_at: row.optional_number("seen_at")?,
        created_at: row.number("created_at")?,
        active_at: row.number("active_at")?,
    })
}

/// Reads a turn of a conversation.
pub(super) fn turn(row: &impl Columns) -> Stored<Turn> {
    Ok(Turn {
        number: row.number("number")?,
        author: Cell("message", "author", &row.text("conversation")?)
            .parsed(ChatAuthor::from_name(row.text("author")?))?,
        name: row.optional_string("name")?,
        key: row.optional_string("key")?,
        text: row.string("text")?,
        sent_at: row.number("sent_at")?,
    })
}

/// Reads the visitor with this token.
pub(super) fn visitor(row: &impl Columns, token: [u8; 32]) -> Stored<Visitor> {
    Ok(Visitor {
        token,
        merchant: row.string("merchant")?,
        conversation: row.optional_string("conversation")?,
        seen_at: row.number("seen_at")?,
    })
}

/// Reads the session with this id.
pub(super) fn session(row: &impl Columns, id: SessionHash) -> Stored<Session> {
    let merchant = row.string("merchant")?;
    let role = Cell("session", "role", &merchant).parsed(Role::from_name(row.text("role")?))?;
    Ok(Session {
        id,
        viewer: Viewer { merchant, subject: row.string("subject")?, name: row.string("name")?, role },
        created_at: row.number("created_at")?,
        seen_at: row.number("seen_at")?,
    })
}

/// Reads how many handovers of a day ended in one way. The columns `day` and `ending` are indexes into `days` and
/// [`Ending::ALL`].
pub(super) fn ended(row: &impl Columns, merchant: &str, days: &[Span]) -> Stored<EndingCount> {
    let span = usize::try_from(row.number("day")?).ok().and_then(|number| days.get(number));
    let ending = usize::try_from(row.number("ending")?).ok();
    Ok(EndingCount {
        day: Cell("handover", "accepted_at", &merchant).parsed(span.map(|span| span.day))?,
        ending: Cell("delivery", "state", &merchant)
            .parsed(ending.and_then(|it| Ending::ALL.get(it).copied()))?,
        count: row.number("count")?.unsigned_abs(),
        median: row.optional_number("median")?,
        slow: row.optional_number("slow")?,
    })
}

/// Reads an attempt at a delivery of this handover.
pub(super) fn attempt(row: &impl Columns, handover: &str) -> Stored<AttemptRecord> {
    Ok(AttemptRecord {
        destination: Cell("delivery", "destination", &handover)
            .parsed(Destination::from_slug(row.text("destination")?))?,
        part: row.small("part")?,
        kind: Cell("attempt", "kind", &handover).parsed(AttemptKind::from_name(row.text("kind")?))?,
        number: row.small("number")?,
        began_at: row.number("began_at")?,
        ended_at: row.optional_number("ended_at")?,
        outcome: row.optional_string("outcome")?,
    })
}

/// Reads a queue: the deliveries to one kind of destination in one state.
pub(super) fn queue(row: &impl Columns) -> Stored<Queue> {
    let first = row.number("first")?;
    let at = |column| Cell("delivery", column, &first);
    Ok(Queue {
        destination: at("destination").parsed(Destination::from_slug(row.text("destination")?))?,
        state: at("state").parsed(DeliveryState::from_name(row.text("state")?))?,
        depth: row.count("depth")?,
        oldest: row.number("at")?,
        asked: row.count("asked")?,
    })
}

/// Reads how many connections work.
pub(super) fn connection_counts(row: &impl Columns) -> Stored<ConnectionCounts> {
    Ok(ConnectionCounts {
        connected: row.count("connected")?,
        needs_attention: row.count("needs_attention")?,
    })
}

/// Reads how an account is watched for answers.
pub(super) fn watch(row: &impl Columns) -> Stored<Watch> {
    let account = row.text("account")?;
    Ok(Watch {
        account: Cell("answer_watch", "account", &account).parsed(account.parse().ok())?,
        read_to: row.number("read_to")?,
        busy_at: row.number("busy_at")?,
        seen_at: row.optional_number("seen_at")?,
        next_at: row.optional_number("next_at")?,
    })
}

/// Reads an agent's answer.
pub(super) fn agent_answer(row: &impl Columns) -> Stored<KeptAnswer> {
    let handover = row.string("handover")?;
    Ok(KeptAnswer {
        number: row.number("number")?,
        account: Cell("answer", "account", &handover).parsed(row.text("account")?.parse().ok())?,
        answer: NewAnswer {
            message: row.number("message")?,
            ticket: row.number("ticket")?,
            author: row.optional_string("author")?,
            text: row.string("text")?,
            at: row.number("written_at")?,
            emailed: row.flag("emailed")?,
            handover,
        },
    })
}
