//! Pages of lists: by cursor with `page[size]`, otherwise by offset (D). The two are never mixed.

use serde_json::{Map, Value, json};

use super::{Call, Refusal, Reply};

/// The maximum number of items on a page (D).
const MOST: usize = 100;

/// The parameters of one call.
pub(crate) struct Query<'a>(&'a [(String, String)]);

impl<'a> Query<'a> {
    pub(crate) fn of(call: &'a Call) -> Self {
        Self(&call.request.query)
    }

    /// Returns the last value of a parameter.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Rejects other parameters than these and those of pages. The real API ignores them (I); this is strict, so that
    /// mistakes are noticed.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        let of_pages = ["page[size]", "page[after]", "sort"];
        match self.0.iter().find(|(key, _)| !known.contains(&&**key) && !of_pages.contains(&&**key)) {
            Some((key, _)) => {
                Err(Refusal::Bad("InvalidParameter", format!("The parameter {key} is not known.")))
            }
            None => Ok(()),
        }
    }
}

/// Returns the page of these items, which are sorted by id.
pub(crate) fn reply<T>(
    call: &Call,
    name: &str,
    items: Vec<(u64, T)>,
    write: impl Fn(&T) -> Value,
) -> Result<Reply, Refusal> {
    reply_with(call, name, items, None, write)
}

/// Like [`reply`], with the included users.
pub(crate) fn reply_with<T>(
    call: &Call,
    name: &str,
    items: Vec<(u64, T)>,
    users: Option<Vec<Value>>,
    write: impl Fn(&T) -> Value,
) -> Result<Reply, Refusal> {
    let query = Query::of(call);
    let invalid =
        || Refusal::Bad("InvalidPaginationParameter", "page[size] must be between 1 and 100.".to_owned());
    let size = match query.text("page[size]") {
        Some(size) => Some(size.parse().ok().filter(|size| (1..=MOST).contains(size)).ok_or_else(invalid)?),
        None => None,
    };
    let after = match query.text("page[after]") {
        Some(after) => after.parse::<u64>().map_err(|_| invalid())?,
        None => 0,
    };
    let total = items.len();
    let rest: Vec<_> = items.into_iter().filter(|(id, _)| *id > after).collect();
    let shown = &rest[..rest.len().min(size.unwrap_or(MOST))];
    let list: Vec<Value> = shown.iter().map(|(_, item)| write(item)).collect();
    let mut answer = Map::from_iter([(name.to_owned(), Value::Array(list))]);
    if let Some(users) = users {
        answer.insert("users".to_owned(), Value::Array(users));
    }
    if size.is_some() {
        let cursor = shown.last().map(|(id, _)| id.to_string());
        let has_more = shown.len() < rest.len();
        answer.insert("meta".to_owned(), json!({"has_more": has_more, "after_cursor": cursor}));
    } else {
        answer.insert("count".to_owned(), json!(total));
        answer.insert("next_page".to_owned(), Value::Null);
    }
    Ok(Reply::json(200, Value::Object(answer)))
}
