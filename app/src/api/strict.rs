//! Deserialises JSON strictly. serde also accepts an array for a struct, with its fields in order. No caller means
//! that, so it is rejected at every level.

use serde::de::{
    DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor,
    value::{MapDeserializer, SeqDeserializer},
};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Value};

/// Parses a value from JSON.
pub fn from_slice<T: DeserializeOwned>(json: &[u8]) -> Result<T, Error> {
    T::deserialize(Strict(serde_json::from_slice(json)?))
}

/// A parsed JSON value, as a deserialiser.
pub struct Strict(pub Value);

impl<'de> IntoDeserializer<'de, Error> for Strict {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Strict {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Strict));
                let value = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(value)
            }
            Value::Object(fields) => {
                let fields = fields.into_iter().map(|(name, value)| (name, Strict(value)));
                let mut fields = MapDeserializer::new(fields);
                let value = visitor.visit_map(&mut fields)?;
                fields.end()?;
                Ok(value)
            }
            plain => plain.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(_) => Err(Error::invalid_type(Unexpected::Seq, &visitor)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ConnectionForm, ConversationQuery, Faq, HandoverAbility, Helpdesk};

    #[test]
    fn an_array_in_place_of_a_struct_is_rejected_at_every_level() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        struct Arguments {
            faqs: Vec<Faq>,
            query: Option<ConversationQuery>,
            pair: (u8, String),
        }
        let read = |json: &str| from_slice::<Arguments>(json.as_bytes());
        let good = read(r#"{"faqs":[{"question":"a","answer":"b"}],"query":{},"pair":[1,"x"]}"#).unwrap();
        assert_eq!((good.faqs[0].answer.as_str(), good.pair), ("b", (1, "x".to_owned())));
        assert!(good.query.is_some());
        for bad in [
            r#"[[],null,[1,"x"]]"#,
            r#"{"faqs":[["a","b"]],"query":null,"pair":[1,"x"]}"#,
            r#"{"faqs":[],"query":[null,null,null,null],"pair":[1,"x"]}"#,
            r#"{"faqs":[],"query":null,"pair":[1,"x",2]}"#,
            r#"{"faqs":[],"query":null,"pair":[256,"x"]}"#,
            r#"{"faqs":{},"query":null,"pair":[1,"x"]}"#,
            r#"{"faqs":[]"#,
            "",
        ] {
            read(bad).expect_err(bad);
        }
    }

    #[test]
    fn the_screens_own_requests_are_accepted() {
        let form = ConnectionForm {
            subdomain: "s".into(),
            method: None,
            username: "u".into(),
            api_key: None,
            ..ConnectionForm::default()
        };
        let json = serde_json::to_vec(&form).unwrap();
        assert_eq!(serde_json::to_vec(&from_slice::<ConnectionForm>(&json).unwrap()).unwrap(), json);
        let json = serde_json::to_vec(&HandoverAbility::default()).unwrap();
        assert_eq!(from_slice::<HandoverAbility>(&json).unwrap(), HandoverAbility::default());
        assert_eq!(from_slice::<Helpdesk>(br#""gorgias""#).unwrap(), Helpdesk::GORGIAS);
    }
}
