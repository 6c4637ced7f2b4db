//! Compares what was promised with what the helpdesk contains.

use crate::{
    Merchant,
    board::{Board, Chatter, Promise, Who},
};
use gorgias_emulator::Account;
use jiff::Timestamp;
use std::{
    collections::{HashMap, HashSet},
    path::Path,
    time::Duration,
};

/// Where a text was found: one ticket.
#[derive(Clone, Copy)]
struct Place {
    ticket: u64,
    asked: Timestamp,
    /// How many messages were added later.
    later: usize,
}

/// The contents of all accounts.
#[derive(Default)]
pub struct Books {
    /// The tickets that contain each mark, so that accounts cannot be mixed up.
    marks: HashMap<String, Vec<Place>>,
    doubles: Vec<String>,
    /// By merchant, for those that do not share their account.
    pub tickets: HashMap<String, usize>,
    refused: Vec<String>,
}

impl Books {
    pub async fn open(merchants: &[Merchant]) -> Self {
        let mut books = Self::default();
        let mut seen = HashSet::new();
        for merchant in merchants {
            if seen.insert(merchant.account.subdomain()) {
                // Read in place: copying would duplicate everything ever sent.
                let found = merchant.account.wait_until(|account| Some(Self::of(account))).await.unwrap();
                books.tickets.insert(merchant.name.clone(), found.tickets["all"]);
                for (mark, places) in found.marks {
                    books.marks.entry(mark).or_default().extend(places);
                }
                books.doubles.extend(found.doubles);
                books.refused.extend(found.refused);
            }
        }
        books
    }

    fn of(account: &Account) -> Self {
        let mut books = Self::default();
        let mut made: HashMap<&str, usize> = HashMap::new();
        for ticket in &account.tickets {
            let later = ticket
                .messages
                .iter()
                .filter(|it| it.external_id.as_ref().is_some_and(|id| id.contains(":later-")));
            let place = Place { ticket: ticket.id, asked: ticket.asked, later: later.count() };
            if let Some(id) = &ticket.external_id {
                *made.entry(id).or_default() += 1;
            }
            for text in ticket.public_messages().filter_map(|it| it.body_text.as_deref()) {
                // In huge texts the mark is at the start.
                let text = if text.len() > 100_000 { &text[..text.floor_char_boundary(1_000)] } else { text };
                for (at, _) in text.match_indices("mark0") {
                    let mark = text[at..].chars().take(11).collect();
                    books.marks.entry(mark).or_default().push(place);
                }
            }
        }
        let doubles = made.iter().filter(|(_, times)| **times > 1);
        books.doubles = doubles.map(|(id, times)| format!("handover {id} has {times} tickets")).collect();
        books.tickets.insert("all".to_owned(), account.tickets.len());
        if account.bucket_refusals > 0 || !account.sent_to_shoppers.is_empty() {
            let (refusals, mails) = (account.bucket_refusals, account.sent_to_shoppers.len());
            books.refused.push(format!("{refusals} rejected by the rate limit, {mails} emails to shoppers"));
        }
        books
    }

    /// Returns accepted texts that are in no ticket.
    pub fn missing<'a>(&self, promises: &'a [Promise]) -> Vec<&'a Promise> {
        promises.iter().filter(|it| !self.marks.contains_key(&it.mark)).collect()
    }

    /// Reports everything that does not match.
    pub fn judge(&self, board: &Board, promises: &[Promise]) {
        for lost in self.missing(promises).iter().take(10) {
            board.expect(false, || format!("LOST: {lost:?}"));
        }
        let twice = promises.iter().filter(|it| self.marks.get(&it.mark).is_some_and(|it| it.len() > 1));
        for doubled in twice.take(10) {
            let places: Vec<u64> = self.marks[&doubled.mark].iter().map(|it| it.ticket).collect();
            board.expect(false, || format!("DUPLICATED: {doubled:?} is in {places:?}"));
        }
        board.wrong.lock().unwrap().extend(self.doubles.iter().chain(&self.refused).cloned());
        // The check proves nothing unless messages were batched.
        board.expect(self.most_parts_of_one(board) > 0, || {
            "no chatter's ticket had a later message".to_owned()
        });
        for chatter in board.chatters.lock().unwrap().iter() {
            let (parts, most) = (self.parts(chatter), most_parts(chatter.lasted));
            board.expect(parts <= most, || {
                format!(
                    "{} messages were added to a ticket of {} whose shopper wrote for {} s; the limit is {most}",
                    parts,
                    chatter.shop,
                    chatter.lasted.as_secs()
                )
            });
        }
    }

    fn parts(&self, chatter: &Chatter) -> usize {
        self.marks.get(&chatter.mark).map_or(0, |places| places.iter().map(|it| it.later).sum())
    }

    /// Returns the largest number of later messages for one chatter.
    pub fn most_parts_of_one(&self, board: &Board) -> usize {
        board.chatters.lock().unwrap().iter().map(|it| self.parts(it)).max().unwrap_or_default()
    }

    /// Returns the time from sending each honest handover to its ticket, fastest first.
    pub fn times<'a>(&self, promises: &'a [Promise]) -> Vec<(Duration, &'a Promise)> {
        let honest = promises.iter().filter(|it| it.who == Who::Honest);
        let mut times: Vec<_> = honest
            .filter_map(|it| {
                let ticket = self.marks.get(&it.mark)?.first()?;
                Some((ticket.asked.duration_since(it.handed_over?).try_into().ok()?, it))
            })
            .collect();
        times.sort_unstable_by_key(|(time, _)| *time);
        times
    }
}

/// The first three immediately, then one every ten seconds.
fn most_parts(lasted: Duration) -> usize {
    3 + lasted.as_secs().div_ceil(10) as usize + 1
}

/// The first email immediately, then one per minute.
pub fn most_mails(chatters: &[Chatter], shop: &str) -> usize {
    let of = chatters.iter().filter(|it| it.shop == shop);
    of.map(|it| it.lasted.as_secs().div_ceil(60) as usize + 1).sum()
}

/// Returns how many emails were written.
pub fn mails(outbox: &Path) -> usize {
    let Ok(files) = std::fs::read_dir(outbox) else { return 0 };
    files.filter_map(Result::ok).filter(|it| it.path().extension().is_some_and(|it| it == "eml")).count()
}
