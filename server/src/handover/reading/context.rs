//! Reads what a shop knows about the shopper: order, cart and custom fields. Ingest and chat both use it.

use super::{
    Node, Reader,
    sentences::{LINE_LEFT_OUT, LINE_WITHOUT_TITLE, NO_NAME},
};
use app::model::pasted;
use domain::handover::CartItem;
use serde_json::Value;

/// The maximum number of fields in `custom`, and the maximum length of a name and of a value in characters.
const MOST_FIELDS: usize = 100;
const NAME: usize = 100;
const VALUE: usize = 2_000;
/// Replaces a missing title.
const NO_TITLE: &str = "(no title)";

/// How much of the context is kept.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Lines of a cart.
    pub cart: usize,
    /// Characters of a title, a quantity or a price.
    pub cart_chars: usize,
    /// Characters of an order number.
    pub order_chars: usize,
}

/// For a posted handover.
pub const INGEST: Limits = Limits { cart: 200, cart_chars: 300, order_chars: 500 };
/// For each message of the chat.
pub const CHAT: Limits = Limits { cart: 50, cart_chars: 200, order_chars: 100 };

/// The context that was read. `None` means that a field was not sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KnownContext {
    /// The order number.
    pub order_number: Option<String>,
    /// The items in the cart.
    pub cart: Option<Vec<CartItem>>,
    /// Other fields, as name and value.
    pub custom: Option<Vec<(String, String)>>,
}

/// Replaces a string that contains JSON by the JSON itself: Zapier, n8n and forms send structures as text.
pub fn unfold(value: &mut Value) {
    let Value::String(text) = &*value else { return };
    let text = pasted::trim(text);
    if text.starts_with(['{', '['])
        && let Ok(json) = super::read(text.as_bytes())
    {
        *value = json.value;
    }
}

/// Reads the context.
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
    // WooCommerce writes `name`, Magento `qty`.
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

/// Returns a value as text with nothing left out: `false` carries meaning, and a structure stays JSON unless it is a
/// price.
fn field(value: &Value) -> String {
    let text = match value {
        // A price has exactly an amount and a currency.
        Value::Object(map) if map.len() == 2 => super::price(map).filter(|price| price.contains(' ')),
        Value::Object(_) => None,
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => None,
        one => super::plain(one),
    };
    text.unwrap_or_else(|| value.to_string())
}

/// Reads a field of a list: `{"name":"plan","value":"gold"}` as in Shopify, or a bare value.
fn named<'a>(node: &'a Node<'a>, index: usize, item: &Node<'a>) -> (String, Node<'a>) {
    let text = |key: &str| item.value.get(key).and_then(Value::as_str);
    let field = text("name").or_else(|| text("key")).zip(item.value.get("value"));
    match field {
        Some((name, value)) => (name.to_owned(), node.index(index, value)),
        None => ((index + 1).to_string(), node.index(index, item.value)),
    }
}
