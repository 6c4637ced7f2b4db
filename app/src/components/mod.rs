//! The parts that pages are made of, on native elements.

pub mod attributes;
pub mod badge;
pub mod button;
pub mod dialog;
pub mod field;
pub mod frame;
pub mod host;
pub mod icon;
pub mod live;
pub mod moment;
pub mod page_link;
pub mod place;
pub mod poll;
pub mod switch;
pub mod text_area;
pub mod toasts;
pub mod trouble;
pub mod when;

pub use attributes::{follows, named, there_while};
pub use badge::Badge;
pub use button::{Button, Post};
pub use dialog::{Dialog, DialogHandle};
pub use field::{SecretField, TextField};
pub use frame::Frame;
pub use host::Host;
pub use icon::{Glyph, HelpdeskMark, Icon};
pub use live::Live;
pub use moment::Moment;
pub use page_link::PageLink;
pub use place::Place;
pub use switch::Switch;
pub use text_area::TextArea;
pub use toasts::{ToastRegion, Toasts};
pub use trouble::Trouble;
pub use when::when;
