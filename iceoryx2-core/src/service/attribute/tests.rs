// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::*;
use crate::callback_progression::CallbackProgression;

fn key(text: &str) -> AttributeKey {
    text.try_into().unwrap()
}

fn value(text: &str) -> AttributeValue {
    text.try_into().unwrap()
}

fn set(pairs: &[(&str, &str)]) -> AttributeSet {
    let mut specifier = AttributeSpecifier::new();
    for (name, text) in pairs {
        specifier = specifier.define(&key(name), &value(text)).unwrap();
    }
    specifier.attributes().clone()
}

// Fails if: the range of keys in `text_name!` is 1..=65.
#[test]
fn keys_have_1_to_64_bytes_and_values_0_to_256() {
    assert!(AttributeKey::new("").is_err());
    assert!(AttributeKey::new(&"k".repeat(64)).is_ok());
    let error = AttributeKey::new(&"k".repeat(65)).unwrap_err().to_string();
    assert_eq!(
        error,
        "a text of 65 bytes is no attribute key; expected 1 to 64 bytes"
    );
    assert!(AttributeValue::new("").is_ok());
    assert!(AttributeValue::new(&"v".repeat(256)).is_ok());
    assert!(AttributeValue::new(&"ä".repeat(129)).is_err());
}

// Fails if: `AttributeSet::add` allows one more.
#[test]
fn the_ninth_attribute_is_refused() {
    let mut specifier = AttributeSpecifier::new();
    for index in 0..ATTRIBUTES_MAX {
        specifier = specifier
            .define(&key("k"), &value(&index.to_string()))
            .unwrap();
    }
    let error = specifier.define(&key("k"), &value("")).unwrap_err();
    assert_eq!(
        error,
        AttributeDefinitionError::ExceedsMaxSupportedAttributes
    );
    assert!(error.to_string().contains("at most 8 attributes"));
}

// Fails if: `AttributeVerifier::make_room` does not count keys.
#[test]
fn no_more_is_required_than_a_service_can_have() {
    let mut verifier = AttributeVerifier::new().require_key(&key("k")).unwrap();
    for index in 1..ATTRIBUTES_MAX {
        verifier = verifier
            .require(&key(&index.to_string()), &value(""))
            .unwrap();
    }
    assert!(verifier.clone().require(&key("k"), &value("")).is_err());
    assert!(verifier.require_key(&key("k")).is_err());
}

// Fails if: `AttributeSet::values` compares nothing.
#[test]
fn a_key_has_its_values_in_the_order_of_definition() {
    let set = set(&[("a", "2"), ("b", "x"), ("a", "1"), ("a", "2")]);
    assert_eq!((set.len(), set.is_empty()), (4, false));
    assert_eq!(set.number_of_key_values(&key("a")), 3);
    assert_eq!(set.number_of_key_values(&key("c")), 0);
    assert_eq!(set.key_value(&key("a"), 1), Some(&value("1")));
    assert_eq!(set.key_value(&key("a"), 3), None);
    let keys: Vec<_> = (&set).into_iter().map(|a| a.key().as_str()).collect();
    assert_eq!(keys, ["a", "b", "a", "a"]);
}

// Fails if: `iter_key_values` looks for `Continue`.
#[test]
fn a_callback_sees_values_until_it_has_enough() {
    let set = set(&[("a", "1"), ("b", "x"), ("a", "2"), ("a", "3")]);
    let mut seen = Vec::new();
    set.iter_key_values(&key("a"), |value| {
        seen.push(value.as_str().to_owned());
        match value.as_str() {
            "2" => CallbackProgression::Stop,
            _ => CallbackProgression::Continue,
        }
    });
    assert_eq!(seen, ["1", "2"]);
}

// Fails if: `verify_requirements` asks for `all` instead of `any`.
#[test]
fn a_pair_is_found_among_several_values_of_its_key() {
    let existing = set(&[("a", "1"), ("a", "2")]);
    let verifier = |text| {
        AttributeVerifier::new()
            .require(&key("a"), &value(text))
            .unwrap()
    };
    assert_eq!(verifier("1").verify_requirements(&existing), Ok(()));
    assert_eq!(verifier("2").verify_requirements(&existing), Ok(()));
    let error = verifier("3").verify_requirements(&existing).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the attribute \"a\" = \"3\" is required, and there is \"a\" = \"1\", \"a\" = \"2\""
    );
    let error = verifier("3").verify_requirements(&set(&[])).unwrap_err();
    assert!(error.to_string().ends_with("there is no \"a\""), "{error}");
}

// Fails if: `least` skips `self.keys`.
#[test]
fn the_least_that_satisfies_does_satisfy_and_keys_without_value_are_empty() {
    let verifier = AttributeVerifier::new()
        .require(&key("a"), &value("1"))
        .and_then(|verifier| verifier.require_key(&key("a")))
        .and_then(|verifier| verifier.require_key(&key("b")))
        .unwrap();
    let least = verifier.least();
    assert_eq!(verifier.verify_requirements(&least), Ok(()));
    assert_eq!(least, set(&[("a", "1"), ("b", "")]));
    assert_eq!(least.to_string(), "\"a\" = \"1\", \"b\" = \"\"");
    let error = verifier
        .verify_requirements(&set(&[("a", "1")]))
        .unwrap_err();
    assert_eq!(error, AttributeVerificationError::MissingKey(key("b")));
}
