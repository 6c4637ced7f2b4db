//! Compares what was promised with what the helpdesks and receivers contain.

use crate::{
    clients::{self, Posted},
    desk::{Merchant, Ticket},
    postgres::Lag,
    program::UNSURE_AFTER,
    receiver::Arrival,
    shop::Caller,
    skew::Jump,
    storm::REQUEST_ENDS_AFTER,
};
use emulator::Overlap;
use jiff::Timestamp;
use serde_json::Value;
use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

/// The result of the comparison.
#[derive(Default)]
pub struct Ledger {
    pub tickets: usize,
    /// Duplicates created after W that were closed.
    pub closed: usize,
    pub merged: usize,
    pub later_parts: usize,
    /// How many agents' answers arrived.
    pub answers: usize,
    /// Events of handovers, each counted once.
    pub events: usize,
    /// How many times an event arrived again.
    pub repeats: usize,
    /// Handovers that a standby lacked when it took over.
    pub lost_in_lag: usize,
    /// Handovers whose later messages or events it lacked in part.
    pub incomplete_in_lag: usize,
    /// Handovers with a wrong outcome, and what is wrong.
    pub wrong: Vec<(String, String)>,
    /// The same for accounts.
    pub wrong_accounts: Vec<String>,
}

/// The server's view of each handover, by id. If an agent answered, `answers` has the answers that the server returns.
pub type Views = HashMap<String, Value>;

/// What the ledger needs besides the posted handovers.
pub struct Known {
    /// Handovers that needed only one request.
    pub at_once: HashSet<String>,
    /// Jumps of the database's clock.
    pub jumps: Vec<Jump>,
    /// The commits that an asynchronous standby lacked when it took over.
    pub lag: Option<Lag>,
}

/// Agents' answers, as handover and text.
pub type Said = [(String, String)];

/// Must be read before the helpdesk's contents: the server may still create tickets in between, and a handover shown as
/// delivered must be among them.
pub async fn views(merchants: &[Merchant], caller: &mut Caller, said: &Said) -> Views {
    let answered: HashSet<_> = said.iter().map(|(handover, _)| handover.as_str()).collect();
    let mut views = Views::new();
    for merchant in merchants {
        for mut view in caller.handovers(&merchant.name, None).await.unwrap_or_default() {
            if view["handover_id"].as_str().is_some_and(|id| answered.contains(id)) {
                let conversation = view["conversation_id"].as_str().unwrap_or_default();
                let path = format!("/v1/conversations/{conversation}/answers");
                let answers = caller.call(&merchant.name, "GET", &path, None).await;
                view["answers"] = answers.map(|(_, page)| page["answers"].clone()).unwrap_or_default();
            }
            views.insert(view["handover_id"].as_str().unwrap_or_default().to_owned(), view);
        }
    }
    views
}

/// Every ticket of every account, by the handovers whose messages it contains.
pub struct Books<'a> {
    merchants: &'a [Merchant],
    /// The ticket that contains each message now, by the message's `external_id`.
    messages: HashMap<String, Vec<Ticket>>,
    /// Tickets as they were created, by `external_id`, including merged ones.
    made: HashMap<String, Vec<Ticket>>,
    /// By account and id: two accounts may give the same id.
    by_id: HashMap<(String, u64), Ticket>,
    /// The events of each handover, in the order of arrival.
    arrivals: HashMap<String, Vec<Arrival>>,
}

impl<'a> Books<'a> {
    pub fn open(merchants: &'a [Merchant]) -> Self {
        let mut books = Self {
            merchants,
            messages: HashMap::new(),
            made: HashMap::new(),
            by_id: HashMap::new(),
            arrivals: HashMap::new(),
        };
        let mut seen = HashSet::new();
        for merchant in merchants {
            if !seen.insert(merchant.account.name()) {
                continue;
            }
            for ticket in merchant.account.tickets() {
                for id in &ticket.messages {
                    books.messages.entry(id.clone()).or_default().push(ticket.clone());
                }
                if let Some(id) = &ticket.external_id {
                    books.made.entry(id.clone()).or_default().push(ticket.clone());
                }
                books.by_id.insert((ticket.account.clone(), ticket.id), ticket);
            }
            for arrival in merchant.account.arrivals() {
                books.arrivals.entry(arrival.handover.clone()).or_default().push(arrival);
            }
        }
        books
    }

    /// Returns true if an agent who sees this duplicate is directed to the original. For a merged duplicate, the note
    /// must be in the ticket that it was merged into, unless that ticket also contains the original.
    fn is_closed(&self, double: &Ticket, original: u64) -> bool {
        let account = &double.account;
        let place = self.survivor(account, double.id);
        let leads = self.by_id.get(&(account.clone(), place)).is_some_and(|it| it.leads_to(original));
        if double.is_merged() {
            leads || place == self.survivor(account, original)
        } else {
            leads && double.status == "closed" && double.has_tag("convi-duplicate")
        }
    }

    /// Returns the ticket of this account in which agents continue.
    fn survivor(&self, account: &str, id: u64) -> u64 {
        match self.by_id.get(&(account.to_owned(), id)).and_then(|ticket| ticket.merged_into) {
            Some(into) => self.survivor(account, into),
            None => id,
        }
    }

    pub fn compare(&self, posted: &[Posted], views: &Views, facts: &Known, said: &Said) -> Ledger {
        let mut ledger = Ledger::default();
        let lost: HashSet<_> =
            posted.iter().filter(|it| facts.lost(it, views)).map(|it| it.id.as_str()).collect();
        ledger.lost_in_lag = lost.len();
        for (handover, text) in said.iter().filter(|(handover, _)| !lost.contains(handover.as_str())) {
            let answers = views.get(handover).and_then(|view| view["answers"].as_array());
            let times = answers.into_iter().flatten().filter(|it| it["text"] == text.as_str()).count();
            match times {
                0 => ledger.wrong.push((handover.clone(), format!("LOST: the agent's {text}"))),
                1 => ledger.answers += 1,
                _ => ledger
                    .wrong
                    .push((handover.clone(), format!("DOUBLED: {times} times the agent's {text}"))),
            }
        }
        let mut known = HashSet::new();
        for handover in posted {
            if !known.insert(handover.id.as_str()) {
                ledger.wrong.push((handover.id.clone(), "two posts returned the same handover".to_owned()));
            }
            known.extend(handover.others.iter().map(String::as_str));
            if lost.contains(handover.id.as_str()) {
                continue;
            }
            if let Err(why) = self.check(handover, views.get(&handover.id), facts, &mut ledger) {
                ledger.wrong.push((handover.id.clone(), why));
            }
        }
        for id in self.made.keys().filter(|id| !known.contains(id.as_str())) {
            ledger.wrong.push((id.clone(), "a ticket that no sender knows about".to_owned()));
        }
        for id in self.arrivals.keys().filter(|id| !known.contains(id.as_str())) {
            ledger.wrong.push((id.clone(), "an event that no sender knows about".to_owned()));
        }
        let mut seen = HashSet::new();
        for account in self.merchants.iter().map(|it| &it.account).filter(|it| seen.insert(it.name())) {
            let wrong = account.wrong().into_iter().map(|wrong| format!("{}: {wrong}", account.name()));
            ledger.wrong_accounts.extend(wrong);
            let early = account.overlaps().into_iter().filter(|it| !facts.may_overlap(it));
            let words = |it: Overlap| {
                format!("{}: two requests at once: {} and {}", account.name(), it.first, it.second)
            };
            ledger.wrong_accounts.extend(early.map(words));
        }
        ledger.wrong.extend(self.out_of_order(posted, facts));
        ledger
    }

    /// Returns the handovers of one merchant that arrived before an earlier one, although nothing failed.
    fn out_of_order(&self, posted: &[Posted], facts: &Known) -> Vec<(String, String)> {
        let mut of: HashMap<usize, Vec<(&Posted, Timestamp)>> = HashMap::new();
        for it in posted.iter().filter(|it| facts.at_once.contains(&it.id)) {
            let ticket = self.made.get(&it.id).and_then(|all| Some(all.first()?.asked));
            let event = || self.arrivals.get(&it.id).and_then(|all| Some(all.first()?.at));
            if let Some(at) = ticket.or_else(event) {
                of.entry(it.merchant).or_default().push((it, at));
            }
        }
        let mut wrong = Vec::new();
        for all in of.values_mut() {
            all.sort_by_key(|(it, _)| it.posted);
            for (place, (late, at)) in all.iter().enumerate() {
                let earlier = all[..place].iter().find(|(it, its)| its > at && facts.is_before(it, late));
                if let Some((it, _)) = earlier {
                    wrong.push((
                        late.id.clone(),
                        format!("arrived before {}, which was accepted earlier", it.id),
                    ));
                }
            }
        }
        wrong
    }

    fn check(
        &self,
        handover: &Posted,
        view: Option<&Value>,
        facts: &Known,
        ledger: &mut Ledger,
    ) -> Result<(), String> {
        let id = &handover.id;
        let none = Vec::new();
        let tickets = self.made.get(id).unwrap_or(&none);
        let holders = self.messages.get(&format!("{id}:1")).unwrap_or(&none);
        let delivery = view.map(|view| &view["deliveries"][0]).ok_or("LOST: unknown to the server")?;
        if delivery["state"] != "delivered" {
            return Err(format!("still open with {} tickets; shown as {delivery}", tickets.len()));
        }
        if delivery["destination"] == "webhook" {
            let arrivals = self.arrivals.get(id).map_or(&[][..], Vec::as_slice);
            let events = match check_events(arrivals, handover.later) {
                Ok(events) => events,
                // What was sent within the lag was sent again, and what was accepted within it is lost.
                Err(_) if facts.is_in_lag(handover, arrivals) => {
                    ledger.incomplete_in_lag += 1;
                    return Ok(());
                }
                Err(why) => return Err(why),
            };
            ledger.events += events;
            ledger.repeats += arrivals.len() - events;
            return Ok(());
        }
        if holders.is_empty() {
            return Err(format!("LOST: no ticket; shown as {delivery}"));
        }
        ledger.tickets += tickets.len();
        ledger.merged += usize::from(tickets.iter().any(Ticket::is_merged));
        let late = |it: &&Ticket| it.listed_from.duration_since(it.asked).as_secs_f64() > UNSURE_AFTER as f64;
        let in_time = tickets.iter().filter(|it| !late(it)).count();
        let told: Vec<String> = tickets.iter().map(in_words).collect();
        if in_time > 1 {
            return Err(format!("DOUBLED within W: {}", told.join("; ")));
        }
        let shown =
            delivery["ticket_id"].as_u64().ok_or(format!("the server shows no ticket: {delivery}"))?;
        let account = &holders[0].account;
        let survivor = |id| self.survivor(account, id);
        // A merge at Zendesk leaves the messages where they were.
        if !holders.iter().any(|it| survivor(it.id) == survivor(shown)) {
            return Err(format!(
                "the server shows ticket {shown}, but the handover is in {}",
                told.join("; ")
            ));
        }
        if tickets.len() > 1 {
            let ids = |name: &str| -> Vec<u64> {
                delivery[name].as_array().into_iter().flatten().filter_map(Value::as_u64).collect()
            };
            let (closed, holders) = (ids("duplicates"), ids("repeated_in"));
            let lowest = tickets.iter().filter(|it| !it.is_merged()).map(|it| it.id).min();
            let stays = survivor(shown) != shown || lowest == Some(shown);
            let closed = tickets.iter().filter(|it| it.id != shown).all(|it| {
                let place = survivor(it.id);
                let is_shown = match it.is_merged() {
                    false => closed.contains(&it.id),
                    true => {
                        place == survivor(shown) || holders.iter().any(|holder| survivor(*holder) == place)
                    }
                };
                is_shown && self.is_closed(it, shown)
            });
            if !closed || !stays {
                return Err(format!(
                    "a LATER DUPLICATE was not closed: {}; shown as {delivery}",
                    told.join("; ")
                ));
            }
            ledger.closed += tickets.len() - 1;
        }
        for part in 1..=handover.later {
            let times = self.messages.get(&format!("{id}:later-{part}")).map_or(0, Vec::len);
            if times == 0 && facts.is_in_lag(handover, &[]) {
                ledger.incomplete_in_lag += 1;
                return Ok(());
            }
            if times != 1 {
                return Err(format!("the later message is in the ticket {times} times"));
            }
            ledger.later_parts += 1;
        }
        Ok(())
    }
}

/// The maximum time until a process notices that the database's clock has jumped.
const NOTICED_AFTER: f64 = 12.0;

impl Known {
    /// Returns whether a standby lacked this handover when it took over.
    fn lost(&self, it: &Posted, views: &Views) -> bool {
        !views.contains_key(&it.id) && self.lag.is_some_and(|lag| lag.has(it.posted, it.accepted))
    }

    /// Returns whether a standby may have lacked later messages or events of this handover.
    fn is_in_lag(&self, it: &Posted, arrivals: &[Arrival]) -> bool {
        let Some(lag) = self.lag else { return false };
        let arrived = |it: &Arrival| lag_has(&lag, it.at);
        lag.has(it.posted, it.finished) || arrivals.iter().any(arrived)
    }

    /// Returns whether the first of two requests may have been over for the server: its deadline had passed, or its
    /// lease had ended because the clock jumped ahead.
    fn may_overlap(&self, it: &Overlap) -> bool {
        let age = it.second.duration_since(it.first).as_secs_f64();
        let ago = Timestamp::now().duration_since(it.second).as_secs_f64();
        let jumped = |jump: &Jump| {
            jump.by > 0 && (ago..ago + age + NOTICED_AFTER).contains(&jump.at.elapsed().as_secs_f64())
        };
        // The new primary does not know a request that began within the lag.
        let unknown = self.lag.is_some_and(|lag| lag_has(&lag, it.first));
        age > REQUEST_ENDS_AFTER - 1.0 || unknown || self.jumps.iter().any(jumped)
    }

    /// Returns whether the order of two acceptances is certain: one was answered before the other was posted, and the
    /// clock did not jump back meanwhile.
    fn is_before(&self, earlier: &Posted, later: &Posted) -> bool {
        let between = |jump: &Jump| jump.by < 0 && (earlier.posted..later.accepted).contains(&jump.at);
        earlier.accepted < later.posted && !self.jumps.iter().any(between)
    }
}

/// Returns whether this moment is within the lag.
fn lag_has(lag: &Lag, at: Timestamp) -> bool {
    let ago = Timestamp::now().duration_since(at).as_secs_f64().max(0.0);
    Instant::now().checked_sub(Duration::from_secs_f64(ago)).is_some_and(|at| lag.has(at, at))
}

/// Checks a handover's events: each was accepted, with one id and one body, after the one before it. Returns how many there
/// are. Later messages that wait together may be one event.
fn check_events(arrivals: &[Arrival], later: u32) -> Result<usize, String> {
    let all = in_order(arrivals);
    let last = arrivals.iter().map(|it| it.sequence).max().unwrap_or_default();
    let (mut ids, mut texts) = (HashSet::new(), Vec::new());
    for sequence in 0..=last {
        let same: Vec<_> = arrivals.iter().filter(|it| it.sequence == sequence).collect();
        let Some(first) = same.iter().find(|it| it.taken) else {
            return Err(format!("LOST: event {sequence} was not taken: {all}"));
        };
        if same.iter().any(|it| it.id != first.id || it.body != first.body) || !ids.insert(&first.id) {
            return Err(format!("event {sequence} has several ids or bodies, or another event's id: {all}"));
        }
        let event: Value = serde_json::from_slice(&first.body).unwrap_or_default();
        let messages = event["data"]["messages"].as_array().into_iter().flatten();
        texts.extend(messages.filter_map(|it| it["text"].as_str().map(str::to_owned)));
    }
    let expected: Vec<_> = (1..=later).map(clients::later_text).collect();
    if texts != expected {
        return Err(format!("LOST: the later messages are {texts:?} instead of {expected:?}: {all}"));
    }
    for (place, it) in arrivals.iter().enumerate() {
        let before = &arrivals[..place];
        let follows = it.sequence == 0
            || before.iter().any(|earlier| earlier.taken && earlier.sequence + 1 == it.sequence);
        if !follows || before.iter().any(|earlier| earlier.sequence > it.sequence) {
            return Err(format!("event {} came out of order: {all}", it.sequence));
        }
    }
    Ok(ids.len())
}

fn in_order(arrivals: &[Arrival]) -> String {
    let one =
        |it: &Arrival| format!("{} {} {}", it.sequence, it.id, if it.taken { "taken" } else { "failed" });
    arrivals.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn in_words(ticket: &Ticket) -> String {
    let Ticket { id, asked, created, listed_from, status, merged_into, tags, .. } = ticket;
    format!(
        "{id} asked {asked} made {created} listed {listed_from} {status} merged into {merged_into:?} {tags:?}"
    )
}
