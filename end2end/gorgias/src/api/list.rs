//! The envelope of every list (R, section 6), and its pages by cursor.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    Refusal,
    call::{Call, Reply},
    query::Query,
};

/// The sort key of an item, such as a time, then its id.
pub(crate) type Key = (i64, u64);

/// The requested part of a list.
pub(crate) struct Page {
    limit: usize,
    cursor: Option<Cursor>,
    /// The field to order by.
    pub(crate) order_by: String,
    descending: bool,
}

enum Cursor {
    After(Key),
    Before(Key),
}

impl Page {
    /// Parses `limit` (1 to 100, 30 by default), `cursor` and `order_by`. The first of `orders` is the default.
    pub(crate) fn read(query: &mut Query<'_>, orders: &[&str]) -> Self {
        let limit = query.number("limit").unwrap_or(30);
        if !(1..=100).contains(&limit) {
            query.blame("limit", "Must be between 1 and 100.");
        }
        let cursor = query.text("cursor").filter(|text| !text.is_empty());
        let parsed = cursor.and_then(Cursor::read);
        if cursor.is_some() && parsed.is_none() {
            query.blame("cursor", "Not a valid cursor.");
        }
        let mut order_by = query.text("order_by").unwrap_or(orders.first().copied().unwrap_or("id:asc"));
        if !orders.contains(&order_by) {
            query.blame("order_by", &format!("Must be one of: {}.", orders.join(", ")));
            order_by = "";
        }
        let (field, direction) = order_by.split_once(':').unwrap_or((order_by, "asc"));
        Self {
            limit: usize::try_from(limit).unwrap_or(100),
            cursor: parsed,
            order_by: field.to_owned(),
            descending: direction == "desc",
        }
    }

    /// Returns the page of these items.
    pub(crate) fn reply<T>(
        self,
        call: &Call,
        mut items: Vec<(Key, T)>,
        write: impl Fn(&T) -> Value,
    ) -> Result<Reply, Refusal> {
        items.sort_by_key(|(key, _)| *key);
        if self.descending {
            items.reverse();
        }
        let in_order = |a: &Key, b: &Key| if self.descending { a > b } else { a < b };
        let first = match &self.cursor {
            None => 0,
            Some(Cursor::After(key)) => items.partition_point(|(item, _)| in_order(item, key) || item == key),
            Some(Cursor::Before(key)) => {
                items.partition_point(|(item, _)| in_order(item, key)).saturating_sub(self.limit)
            }
        };
        let page = items.get(first..).unwrap_or_default();
        let (page, rest) = page.split_at(page.len().min(self.limit));
        let next = page.last().filter(|_| !rest.is_empty()).map(|(key, _)| Cursor::After(*key).write());
        let prev = page.first().filter(|_| first > 0).map(|(key, _)| Cursor::Before(*key).write());
        Ok(Reply::json(
            200,
            json!({
                "object": "list",
                "uri": format!("/{}/", call.request.path.join("/")),
                "data": page.iter().map(|(_, item)| write(item)).collect::<Vec<_>>(),
                "meta": {"prev_cursor": prev, "next_cursor": next},
            }),
        ))
    }
}

impl Cursor {
    fn write(&self) -> String {
        let text = match self {
            Self::After((order, id)) => format!("a,{order},{id}"),
            Self::Before((order, id)) => format!("b,{order},{id}"),
        };
        URL_SAFE_NO_PAD.encode(text)
    }

    fn read(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.split(',');
        let (side, order, id) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        match side {
            "a" => Some(Self::After((order, id))),
            "b" => Some(Self::Before((order, id))),
            _ => None,
        }
    }
}

/// Returns a small list in the order of its ids.
pub(crate) fn by_id<'a, T: 'a>(
    call: &Call,
    items: impl Iterator<Item = (u64, &'a T)>,
    write: impl Fn(&T) -> Value,
) -> Result<Reply, Refusal> {
    let mut query = Query::of(call);
    let page =
        Page::read(&mut query, &["id:asc", "id:desc", "created_datetime:asc", "created_datetime:desc"]);
    query.finish()?;
    page.reply(call, items.map(|(id, item)| ((0, id), item)).collect(), |item| write(item))
}
