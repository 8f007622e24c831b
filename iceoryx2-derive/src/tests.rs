// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Every sentence the derives say themselves, and what in the user's source it points at.

use crate::{placement_default, zero_copy_send};
use proc_macro2::{TokenStream, TokenTree};
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

// Fails if: `check` does not ask for a `repr`.
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

// Fails if: `check_enum` does not ask about `repr.c`.
#[test]
fn two_reprs_on_an_enum_with_data_are_one_too_many() {
    let sentence = "`Gear` has variants with data and `repr(C)`, which puts them in a union of their \
                    own: use `#[repr(u8)]` or another integer alone";
    assert_eq!(
        refused_once("#[repr(C, u8)] enum Gear { One(u8) }"),
        pair("Gear", sentence)
    );
}

// Fails if: `check` does not look at lifetimes.
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

// Fails if: `violation` lets a pointer pass.
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
            "has no size of its own: use a fixed array `[T; N]` or a `StaticVec`, or make the whole \
             payload a slice `[T]`"
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

// Fails if: `Violations::add` keeps the first alone.
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

// Fails if: `check_of_name` knows no type of the heap.
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
        ("StaticVec<u8, 4>", "plain"),
        ("StaticVec<[String; 2], 4>", "self_contained"),
        ("StaticHashMap<u8, Option<u8>, 4>", "uniform"),
        ("MaybeUninit<AtomicU8>", "unchanging"),
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
    let sentence =
        "`Car` needs drop, but destructors never run on shared memory: remove its `Drop`";
    let code = expanded(zero_copy_send::expand, source);
    assert!(code.contains(&sentence.replace(' ', "")), "{code}");
}

/// The words of `tokens`, each with the text it points at.
fn places(tokens: TokenStream) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for token in tokens {
        if let TokenTree::Group(group) = token {
            found.extend(places(group.stream()));
        } else {
            let place = token.span().source_text().unwrap_or_default();
            found.push((token.to_string(), place));
        }
    }
    found
}

// Fails if: `never_dropped_at` leaves the path of the crate where it was.
#[test]
fn what_needs_drop_is_pointed_at_where_it_is() {
    let source = "#[zero_copy_send(crate = ::basics)] #[repr(u8)] enum Car { One(Gear), Two { gears: [Wheel; 3] } }";
    let code = zero_copy_send::expand(syn::parse_str(source).unwrap()).unwrap();
    let words = places(code);
    let pointed_at: Vec<&str> = words
        .iter()
        .enumerate()
        .filter(|(_, (word, _))| word == "never_dropped")
        .map(|(position, (_, place))| {
            let path = &words[position - 7..position];
            assert!(path.iter().all(|(_, before)| before == place), "{path:?}");
            place.as_str()
        })
        .collect();
    assert_eq!(pointed_at, ["Gear", "[Wheel; 3]", "Car"]);
}

// Fails if: `violation` does not look into containers.
#[test]
fn what_is_wrong_inside_of_a_container_is_told_where_it_is() {
    let own = "own the value, or keep an index into an array of the same payload";
    let sentence =
        format!("field `gear` is a reference, which points into the memory of one process: {own}");
    for ty in [
        "MaybeUninit<&'static u8>",
        "container::vector::StaticVec<[&'static u8; 2], 4>",
        "StaticHashMap<u8, StaticOption<&'static u8>, 4>",
    ] {
        let source = format!("#[repr(C)] struct Car {{ gear: {ty} }}");
        assert_eq!(refused_once(&source), pair("&'static u8", &sentence));
    }
    let code = "#[zero_copy_send(crate = basics)] #[repr(C)] struct Car { gear: PhantomData<&'static u8> }";
    assert!(!expanded(zero_copy_send::expand, code).is_empty());
}

#[test]
fn an_enum_is_made_of_its_default_tag_or_by_its_default() {
    let made = |source: &str| {
        let source = format!("#[placement_default(crate = basics)] {source}");
        expanded(placement_default::expand, &source)
    };
    let by_tag = made("#[repr(u16)] enum Car { Fast(u8), #[default] Slow = 7 }");
    assert!(
        by_tag.contains("ptr.cast::<u16>().write(VALUE_1)"),
        "{by_tag}"
    );
    assert!(!by_tag.contains("Default::default"), "{by_tag}");
    for source in [
        "enum Car { Fast(u8), #[default] Slow }",
        "#[repr(u16)] enum Car { Fast(u8), Slow }",
    ] {
        let by_default = made(source);
        assert!(
            by_default.contains("ptr.write(::core::default::Default::default())"),
            "{by_default}"
        );
    }
}

#[test]
fn a_default_variant_is_one_and_without_data() {
    let refused = |source: &str| {
        let source = format!("#[placement_default(crate = basics)] {source}");
        refusals(placement_default::expand, &source)
    };
    assert_eq!(
        refused("#[repr(u8)] enum Car { #[default] Fast(u8), Slow }"),
        [pair(
            "Fast",
            "a default variant has no data: mark another, or implement `PlacementDefault` by hand"
        )]
    );
    assert_eq!(
        refused("#[repr(u8)] enum Car { #[default] Fast, #[default] Slow }"),
        [pair(
            "Slow",
            "this is the second `#[default]`: leave it at one variant"
        )]
    );
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
