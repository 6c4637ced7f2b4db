//! What a shop knows about the shopper's errand. Both doors read it here.

use super::{
    Node, Reader,
    sentences::{LINE_LEFT_OUT, LINE_WITHOUT_TITLE, NO_NAME},
};
use app::model::pasted;
use domain::handover::CartItem;
use serde_json::Value;

/// The most fields of `custom`, and the most characters of a name and of a value.
const MOST_FIELDS: usize = 100;
const NAME: usize = 100;
const VALUE: usize = 2_000;
/// Stands for a title that was not sent.
const NO_TITLE: &str = "(no title)";

/// How much of it is kept.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Lines of a cart.
    pub cart: usize,
    /// Characters of a title, a quantity or a price.
    pub cart_chars: usize,
    /// Characters of an order's number.
    pub order_chars: usize,
}

/// Of a posted handover.
pub const INGEST: Limits = Limits { cart: 200, cart_chars: 300, order_chars: 500 };
/// Of each message of the chat.
pub const CHAT: Limits = Limits { cart: 50, cart_chars: 200, order_chars: 100 };

/// What was read; none: not said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KnownContext {
    /// The order it is about.
    pub order_number: Option<String>,
    /// What lies in the cart.
    pub cart: Option<Vec<CartItem>>,
    /// Anything else, name and value.
    pub custom: Option<Vec<(String, String)>>,
}

/// Puts a structure in the place of its JSON, which Zapier, n8n and forms send as a text.
pub fn unfold(value: &mut Value) {
    let Value::String(text) = &*value else { return };
    let text = pasted::trim(text);
    if text.starts_with(['{', '['])
        && let Ok(json) = super::read(text.as_bytes())
    {
        *value = json.value;
    }
}

/// Reads it.
pub fn read(read: &mut Reader, context: &Node<'_>, limits: &Limits) -> KnownContext {
    let context = read.object(context);
    KnownContext {
        order_number: read.line(&context.get("order_number"), limits.order_chars),
        cart: cart(read, &context.get("cart"), limits),
        custom: custom(read, &context.get("custom")),
    }
}

fn cart(read: &mut Reader, node: &Node<'_>, limits: &Limits) -> Option<Vec<CartItem>> {
    let mut items = read.list(node);
    if items.is_empty() && !matches!(node.value, Value::Array(_) | Value::Object(_)) {
        return None;
    }
    let left_out = read.first(node, &mut items, limits.cart);
    let mut lines: Vec<_> = items.iter().filter_map(|item| cart_item(read, item, limits)).collect();
    if left_out > 0 {
        lines.push(CartItem { title: format!("… and {left_out} more"), quantity: None, price: None });
    }
    Some(lines)
}

fn cart_item(read: &mut Reader, item: &Node<'_>, limits: &Limits) -> Option<CartItem> {
    if !matches!(item.value, Value::Object(_)) {
        return read.line(item, limits.cart_chars).map(|title| CartItem {
            title,
            quantity: None,
            price: None,
        });
    }
    // WooCommerce says `name`, Magento `qty`.
    let mut line =
        |names: &[&str]| names.iter().find_map(|name| read.line(&item.get(name), limits.cart_chars));
    let (title, quantity, price) = (line(&["title", "name"]), line(&["quantity", "qty"]), line(&["price"]));
    if title.is_none() {
        let kept = quantity.is_some() || price.is_some();
        read.warn(&item.get("title"), if kept { LINE_WITHOUT_TITLE } else { LINE_LEFT_OUT });
        if !kept {
            return None;
        }
    }
    Some(CartItem { title: title.unwrap_or_else(|| NO_TITLE.to_owned()), quantity, price })
}

fn custom(read: &mut Reader, node: &Node<'_>) -> Option<Vec<(String, String)>> {
    let mut fields: Vec<(String, Node<'_>)> = match node.value {
        Value::Null => return None,
        Value::Object(map) => map.keys().map(|name| (name.clone(), node.get(name))).collect(),
        _ => read.list(node).iter().enumerate().map(|(index, item)| named(node, index, item)).collect(),
    };
    fields.retain(|(_, value)| !value.is_nothing() || value.value.is_boolean());
    let left_out = read.first(node, &mut fields, MOST_FIELDS);
    let mut kept = Vec::new();
    for (name, value) in &fields {
        let text = field(value.value);
        let Some(text) = read.fitting(value, &text, VALUE) else { continue };
        match read.fitting(value, name, NAME) {
            Some(name) => kept.push((name, text)),
            None => read.warn(node, NO_NAME),
        }
    }
    if left_out > 0 {
        kept.push(("…".to_owned(), format!("and {left_out} more")));
    }
    Some(kept)
}

/// A value of which nothing is left out: `false` says something, and a structure is JSON unless it is a price.
fn field(value: &Value) -> String {
    let text = match value {
        // An amount and its currency, and nothing else.
        Value::Object(map) if map.len() == 2 => super::price(map).filter(|price| price.contains(' ')),
        Value::Object(_) => None,
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => None,
        one => super::plain(one),
    };
    text.unwrap_or_else(|| value.to_string())
}

/// A field of a list: `{"name":"plan","value":"gold"}` as Shopify has it, or a bare value.
fn named<'a>(node: &'a Node<'a>, index: usize, item: &Node<'a>) -> (String, Node<'a>) {
    let text = |key: &str| item.value.get(key).and_then(Value::as_str);
    let field = text("name").or_else(|| text("key")).zip(item.value.get("value"));
    match field {
        Some((name, value)) => (name.to_owned(), node.index(index, value)),
        None => ((index + 1).to_string(), node.index(index, item.value)),
    }
}
