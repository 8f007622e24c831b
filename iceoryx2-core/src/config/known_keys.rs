// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which keys each table has.

use super::{
    Config,
    field::{Field, Table},
};

/// The names of the tables in which `key` stands.
pub(super) fn tables_with(key: &str) -> Vec<String> {
    let mut found = Vec::new();
    search(&mut Config::default(), "", key, &mut found);
    found.sort_unstable_by_key(|table| table.starts_with('['));
    found
}

/// Enters the names of `table` and those within it that have the key. `path` is how `table` is reached.
fn search(table: &mut dyn Table, path: &str, key: &str, found: &mut Vec<String>) {
    for (name, field) in table.fields() {
        if name == key {
            found.push(match path {
                "" => "the top of the file".to_owned(),
                path => format!("[{path}]"),
            });
        }
        if let Field::Table(inner) = field {
            let separator = if path.is_empty() { "" } else { "." };
            search(inner, &format!("{path}{separator}{name}"), key, found);
        }
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
