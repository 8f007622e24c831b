// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Every sentence the derives say themselves, and what in the user's source it points at.

use crate::{placement_default, zero_copy_send};
use proc_macro2::TokenStream;
use syn::DeriveInput;

type Derive = fn(DeriveInput) -> syn::Result<TokenStream>;

/// What `derive` says about `source`: the text that is underlined, and the sentence.
fn refusals(derive: Derive, source: &str) -> Vec<(String, String)> {
    let input = syn::parse_str(source).unwrap();
    let errors = derive(input).expect_err(source);
    let underlined = |error: &syn::Error| error.span().source_text().unwrap();
    errors
        .into_iter()
        .map(|error| (underlined(&error), error.to_string()))
        .collect()
}

/// The path of the crate is given, so that nothing depends on where the test runs.
fn refused(source: &str) -> Vec<(String, String)> {
    refusals(
        zero_copy_send::expand,
        &format!("#[zero_copy_send(crate = basics)] {source}"),
    )
}

fn refused_once(source: &str) -> (String, String) {
    let mut all = refused(source);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn expanded(derive: Derive, source: &str) -> String {
    derive(syn::parse_str(source).unwrap())
        .unwrap()
        .to_string()
        .replace(' ', "")
}

fn pair(underlined: &str, sentence: &str) -> (String, String) {
    (underlined.to_owned(), sentence.to_owned())
}

#[test]
fn a_missing_repr_is_told_at_the_name_of_the_type() {
    let sentence = "`Car` has no layout that two builds agree on: add `#[repr(C)]`";
    assert_eq!(
        refused_once("struct Car { gear: u8 }"),
        pair("Car", sentence)
    );
    assert_eq!(
        refused_once("#[repr(align(8))] struct Car { gear: u8 }"),
        pair("Car", sentence)
    );

    let sentence =
        "`Gear` has no layout that two builds agree on: add `#[repr(u8)]` or another integer";
    assert_eq!(refused_once("enum Gear { One }"), pair("Gear", sentence));
    assert_eq!(
        refused_once("#[repr(C)] enum Gear { One(u8) }"),
        pair("Gear", sentence)
    );
}

#[test]
fn two_reprs_on_an_enum_with_data_are_one_too_many() {
    let sentence = "`Gear` has variants with data and `repr(C)`, which puts them in a union of their \
                    own: use `#[repr(u8)]` or another integer alone";
    assert_eq!(
        refused_once("#[repr(C, u8)] enum Gear { One(u8) }"),
        pair("Gear", sentence)
    );
}

#[test]
fn a_lifetime_is_told_where_it_is_declared() {
    assert_eq!(
        refused_once("#[repr(C)] struct Car<'a> { gear: Gear<'a> }"),
        pair(
            "'a",
            "`Car` borrows for `'a`, but a payload outlives whoever sends it: own the value and \
             remove `'a`"
        )
    );
}

#[test]
fn what_no_name_can_hide_is_told_at_the_type_of_the_field() {
    let own = "own the value, or keep an index into an array of the same payload";
    let cases = [
        ("&'static u8", format!("is a reference, which points into the memory of one process: {own}")),
        ("*const u8", format!("is a pointer into the memory of one process: {own}")),
        (
            "fn(u8) -> u8",
            "is a function, which lies elsewhere in every process: send a number or an enum that \
             tells the receiver which function to call"
                .to_owned(),
        ),
        (
            "dyn Send",
            "is a trait object, which points to the functions of one process: use an enum with \
             `#[repr(u8)]` that has one variant for each type"
                .to_owned(),
        ),
        (
            "(u8, u16)",
            "is a tuple, which has no layout that two builds agree on: use a struct with \
             `#[repr(C)]` that derives `ZeroCopySend`"
                .to_owned(),
        ),
        (
            "[u8]",
            "has no size of its own: use a fixed array `[T; N]`, or make the whole payload a slice \
             `[T]`"
                .to_owned(),
        ),
    ];
    for (ty, sentence) in cases {
        let in_field = pair(ty, &format!("field `gear` {sentence}"));
        assert_eq!(
            refused_once(&format!("#[repr(C)] struct Car {{ gear: {ty} }}")),
            in_field
        );
        assert_eq!(
            refused_once(&format!("#[repr(C)] struct Car {{ gear: [{ty}; 3] }}")),
            in_field
        );
        let in_variant = pair(ty, &format!("field `0` {sentence}"));
        assert_eq!(
            refused_once(&format!("#[repr(u8)] enum Gear {{ One({ty}) }}")),
            in_variant
        );
    }
}

#[test]
fn all_violations_are_told_at_once() {
    let all = refused("struct Car<'a> { gear: &'a u8, wheel: *mut u8 }");
    let underlined: Vec<&str> = all
        .iter()
        .map(|(underlined, _)| underlined.as_str())
        .collect();
    assert_eq!(underlined, ["'a", "Car", "&'a u8", "*mut u8"]);
}

#[test]
fn a_union_is_refused() {
    assert_eq!(
        refused_once("#[repr(C)] union Car { gear: u8 }"),
        pair(
            "union",
            "a union does not say which of its fields is there: use an enum with `#[repr(u8)]`"
        )
    );
}

#[test]
fn attributes_say_how_they_are_written() {
    assert_eq!(
        refused_once("#[type_name(Car)] #[repr(C)] struct Car;"),
        pair(
            "Car",
            "a type name is one text in quotes: write `#[type_name(\"Sample\")]`"
        )
    );
    assert_eq!(
        refused_once("#[type_name(\"\")] #[repr(C)] struct Car;"),
        pair(
            "\"\"",
            "an empty type name names nothing: write `#[type_name(\"Sample\")]`"
        )
    );
    assert_eq!(
        refusals(
            zero_copy_send::expand,
            "#[zero_copy_send(krate = a)] #[repr(C)] struct Car;"
        ),
        [pair(
            "krate",
            "unknown option: write `#[zero_copy_send(crate = path)]`"
        )]
    );
}

#[test]
fn the_check_of_a_field_is_the_one_whose_message_fits() {
    for (ty, check) in [
        ("Vec<u8>", "self_contained"),
        ("[std::string::String; 3]", "self_contained"),
        ("AtomicU64", "unchanging"),
        ("core::cell::Cell<u8>", "unchanging"),
        ("Option<u8>", "uniform"),
        ("u64", "plain"),
        ("()", "plain"),
        ("StaticString<8>", "plain"),
    ] {
        let source =
            format!("#[zero_copy_send(crate = basics)] #[repr(C)] struct Car {{ gear: {ty} }}");
        let code = expanded(zero_copy_send::expand, &source);
        let call = format!(
            "basics::__private::{check}::<{}>(\"gear\"",
            ty.replace(' ', "")
        );
        assert!(code.contains(&call), "{code}");
    }
}

#[test]
fn needing_drop_is_told_with_its_cure() {
    let source = "#[zero_copy_send(crate = basics)] #[repr(C)] struct Car;";
    let sentence = "`Car` needs drop, but destructors never run on shared memory: remove the \
                    `Drop` of it or of its fields";
    let code = expanded(zero_copy_send::expand, source);
    assert!(code.contains(&sentence.replace(' ', "")), "{code}");
}

#[test]
fn placement_default_refuses_what_cannot_be_made_in_place() {
    let refused = |source: &str| {
        let source = format!("#[placement_default(crate = basics)] {source}");
        refusals(placement_default::expand, &source)
    };
    assert_eq!(
        refused("#[repr(C, packed)] struct Car { gear: u8 }"),
        [pair(
            "Car",
            "`Car` is packed, so its fields cannot be initialised in place: remove `packed`"
        )]
    );
    assert_eq!(
        refused("union Car { gear: u8 }"),
        [pair(
            "union",
            "a union does not say which of its fields to initialise: implement `PlacementDefault` \
             by hand"
        )]
    );
}
