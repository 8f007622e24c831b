// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which keys each table has.

use super::{
    Blackboard, Config, Defaults, Event, Global, Node, PublishSubscribe, RequestResponse, Service,
};
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor, value::Error as Refusal},
    forward_to_deserialize_any,
};

/// The names of the tables in which `key` stands.
pub(super) fn tables_with(key: &str) -> Vec<String> {
    let tables = [
        ("the top of the file", keys_of::<Config>()),
        ("[defaults]", keys_of::<Defaults>()),
        ("[defaults.blackboard]", keys_of::<Blackboard>()),
        ("[defaults.event]", keys_of::<Event>()),
        (
            "[defaults.publish-subscribe]",
            keys_of::<PublishSubscribe>(),
        ),
        ("[defaults.request-response]", keys_of::<RequestResponse>()),
        ("[global]", keys_of::<Global>()),
        ("[global.node]", keys_of::<Node>()),
        ("[global.service]", keys_of::<Service>()),
    ];
    tables
        .into_iter()
        .filter(|(_, keys)| keys.contains(&key))
        .map(|(table, _)| table.to_owned())
        .collect()
}

fn keys_of<T: for<'a> Deserialize<'a>>() -> &'static [&'static str] {
    let mut keys: &'static [&'static str] = &[];
    // WHY: a type tells its keys as it asks to be read; there is nothing to read.
    let _ = T::deserialize(Listener(&mut keys));
    keys
}

/// Hears what keys a type asks for, and has nothing to answer.
struct Listener<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Listener<'_> {
    type Error = Refusal;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Refusal> {
        *self.0 = fields;
        Err(Refusal::custom(""))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Refusal> {
        Err(Refusal::custom(""))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, tables_with};

    fn assert_listed(name: &str, table: &toml::Table) {
        let listed = match name {
            "" => "the top of the file".to_owned(),
            name => format!("[{name}]"),
        };
        for (key, value) in table {
            assert!(tables_with(key).contains(&listed), "{key} in {listed}");
            if let toml::Value::Table(inner) = value {
                assert_listed(format!("{name}.{key}").trim_start_matches('.'), inner);
            }
        }
    }

    // Fails if: a table is missing in `tables_with`.
    #[test]
    fn every_key_of_every_table_is_known() {
        assert_listed("", &toml::Table::try_from(Config::default()).unwrap());
    }
}
