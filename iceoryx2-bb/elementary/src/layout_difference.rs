// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Finds the first field in which two layout texts differ.
//!
//! One of the texts comes from a contract somebody else wrote: any text at all yields some sentence. The search goes
//! down into the first entry that differs, one level per step, and so ends with the text:
//!
//! ```text
//!   ours    Sample{id:u32@0+4,track:[Point{x:f64@0+8,y:f64@8+8};3]@8+48}
//!   theirs  Sample{id:u32@0+4,track:[Point{x:f32@0+4,y:f32@4+4};3]@8+24}
//!                             └─ `track` ──▶ `track[]` ──▶ `track[].x`
//! ```

use crate::type_layout::LAYOUT_TEXT_MAX;

/// Stands for the length of a `MaybeUninit`, which is no array but has one element like one.
const VALUE: &str = "one value";

/// How much of a type is shown in a sentence.
const SHOWN_TYPE_MAX: usize = 64;

/// The first difference as part of a sentence.
pub(crate) fn first(ours: &str, theirs: &str) -> String {
    if ours == theirs {
        return format!("layout: the same for {LAYOUT_TEXT_MAX} bytes of text, different beyond");
    }
    let mut pair = Pair {
        path: String::new(),
        ours,
        theirs,
    };
    loop {
        match pair.step() {
            Step::Into(inner) => pair = inner,
            Step::Found(sentence) => return sentence,
        }
    }
}

/// Two types that differ, and the path to them.
struct Pair<'a> {
    path: String,
    ours: &'a str,
    theirs: &'a str,
}

enum Step<'a> {
    Into(Pair<'a>),
    Found(String),
}

impl<'a> Pair<'a> {
    fn step(&self) -> Step<'a> {
        match (Type::parse(self.ours), Type::parse(self.theirs)) {
            (Type::Array { element: a, len: m }, Type::Array { element: b, len: n }) if m == n => {
                let index = if m == VALUE { "" } else { "[]" };
                Step::Into(Pair {
                    path: format!("{}{index}", self.path),
                    ours: a,
                    theirs: b,
                })
            }
            (Type::Record { name: m, body: a }, Type::Record { name: n, body: b }) if m == n => {
                self.first_entry(a, b)
            }
            _ => Step::Found(format!(
                "type of `{}`: ours {}, theirs {}",
                if self.path.is_empty() {
                    "payload"
                } else {
                    &self.path
                },
                shown(self.ours),
                shown(self.theirs)
            )),
        }
    }

    fn first_entry(&self, ours: &'a str, theirs: &'a str) -> Step<'a> {
        let (mut ours, mut theirs) = (entries(ours), entries(theirs));
        loop {
            match (
                ours.next().map(Entry::parse),
                theirs.next().map(Entry::parse),
            ) {
                (Some(a), Some(b)) if a == b => {}
                (Some(a), Some(b)) => return self.differing(&a, &b),
                (Some(a), None) => {
                    let (kind, name) = (a.kind(), self.path_to(&a));
                    return Step::Found(format!(
                        "{kind} `{name}`: ours {}, theirs none",
                        a.shown()
                    ));
                }
                (None, Some(b)) => {
                    let (kind, name) = (b.kind(), self.path_to(&b));
                    return Step::Found(format!(
                        "{kind} `{name}`: ours none, theirs {}",
                        b.shown()
                    ));
                }
                (None, None) => {
                    return Step::Found(format!("layout of `{}`: different text", self.path));
                }
            }
        }
    }

    fn differing(&self, ours: &Entry<'a>, theirs: &Entry<'a>) -> Step<'a> {
        let (kind, path) = (ours.kind(), self.path_to(ours));
        if ours.name != theirs.name {
            let name = theirs.name.escape_debug();
            return Step::Found(format!(
                "{kind} `{path}`: ours {}, theirs `{name}` {} in its place",
                ours.shown(),
                theirs.shown()
            ));
        }
        let same_place = ours.place == theirs.place;
        if same_place && ours.content != theirs.content && ours.has_same_head(theirs) {
            return Step::Into(Pair {
                path,
                ours: ours.content,
                theirs: theirs.content,
            });
        }
        if same_place && ours.content == theirs.content {
            let (a, b) = (ours.size.escape_debug(), theirs.size.escape_debug());
            return Step::Found(format!(
                "{kind} `{path}`: ours {} of {a} bytes, theirs of {b}",
                ours.shown()
            ));
        }
        Step::Found(format!(
            "{kind} `{path}`: ours {}, theirs {}",
            ours.shown(),
            theirs.shown()
        ))
    }

    fn path_to(&self, entry: &Entry<'_>) -> String {
        let name = entry.name.escape_debug();
        if self.path.is_empty() {
            name.to_string()
        } else {
            format!("{}.{name}", self.path)
        }
    }
}

/// A type's text, one level deep.
#[derive(PartialEq)]
enum Type<'a> {
    Array { element: &'a str, len: &'a str },
    Record { name: &'a str, body: &'a str },
    Leaf,
}

impl<'a> Type<'a> {
    fn parse(text: &'a str) -> Self {
        Self::array(text)
            .or_else(|| Self::record(text))
            .unwrap_or(Self::Leaf)
    }

    /// `[T;N]`, `[T]` and `MaybeUninit<T>`: one element, and what tells it apart from the others.
    fn array(text: &'a str) -> Option<Self> {
        if let Some(element) = text.strip_prefix("MaybeUninit<") {
            return Some(Self::Array {
                element: element.strip_suffix('>')?,
                len: VALUE,
            });
        }
        let body = text.strip_prefix('[')?.strip_suffix(']')?;
        match body.rsplit_once(';') {
            Some((element, len)) if len.bytes().all(|digit| digit.is_ascii_digit()) => {
                Some(Self::Array { element, len })
            }
            _ => Some(Self::Array {
                element: body,
                len: "any",
            }),
        }
    }

    /// `Name{…}`, `Name(tag){…}`, and of a variant `value{…}`. A text that was cut has no end.
    fn record(text: &'a str) -> Option<Self> {
        let (name, body) = text.split_once('{')?;
        Some(Self::Record {
            name,
            body: body.strip_suffix('}').unwrap_or(body),
        })
    }

    fn is_same_kind(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Array { len: a, .. }, Self::Array { len: b, .. }) => a == b,
            (Self::Record { name: a, .. }, Self::Record { name: b, .. }) => a == b,
            _ => false,
        }
    }
}

/// `name:content@place+size` of a field, or `name=content` of a variant.
#[derive(PartialEq)]
struct Entry<'a> {
    name: &'a str,
    content: &'a str,
    place: Option<&'a str>,
    size: &'a str,
}

impl<'a> Entry<'a> {
    fn parse(text: &'a str) -> Self {
        let (name, rest) = match text
            .find([':', '='])
            .and_then(|middle| text.split_at_checked(middle))
        {
            Some((name, rest)) => (name, rest),
            None => ("", text),
        };
        if let Some(value) = rest.strip_prefix('=') {
            return Self {
                name,
                content: value,
                place: None,
                size: "",
            };
        }
        let rest = rest.strip_prefix(':').unwrap_or(rest);
        let (content, place) = rest.rsplit_once('@').unwrap_or((rest, ""));
        let (place, size) = place.split_once('+').unwrap_or((place, ""));
        Self {
            name,
            content,
            place: Some(place),
            size,
        }
    }

    fn kind(&self) -> &'static str {
        if self.place.is_some() {
            "field"
        } else {
            "variant"
        }
    }

    fn has_same_head(&self, other: &Self) -> bool {
        Type::parse(self.content).is_same_kind(&Type::parse(other.content))
    }

    fn shown(&self) -> String {
        match self.place {
            Some(place) => format!("{} at {}", shown(self.content), place.escape_debug()),
            None => shown(self.content),
        }
    }
}

/// The entries of a list, at its commas that are in no bracket.
fn entries(list: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    list.split(move |letter| {
        match letter {
            '{' | '[' | '(' | '<' => depth = depth.saturating_add(1),
            '}' | ']' | ')' | '>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    })
    .filter(|entry| !entry.is_empty())
}

/// A type without its fields, short, and harmless to print.
fn shown(text: &str) -> String {
    let mut depth = 0_usize;
    let outside = text.chars().filter(|letter| {
        let inside = depth > 0 || *letter == '{';
        match letter {
            '{' => depth = depth.saturating_add(1),
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        !inside
    });
    outside
        .take(SHOWN_TYPE_MAX)
        .flat_map(char::escape_debug)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::first;

    #[test]
    fn a_field_of_another_type_or_place_is_named() {
        assert_eq!(
            first("S{a:u8@0+1,x:u32@4+4}", "S{a:u8@0+1,x:u64@8+8}"),
            "field `x`: ours u32 at 4, theirs u64 at 8"
        );
        assert_eq!(
            first("S{x:u32@4+4}", "S{x:u32@8+4}"),
            "field `x`: ours u32 at 4, theirs u32 at 8"
        );
    }

    #[test]
    fn a_difference_deep_inside_has_a_path() {
        assert_eq!(
            first(
                "S{id:u32@0+4,track:[P{x:f64@0+8,y:f64@8+8};3]@8+48}",
                "S{id:u32@0+4,track:[P{x:f32@0+4,y:f32@4+4};3]@8+24}"
            ),
            "field `track[].x`: ours f64 at 0, theirs f32 at 0"
        );
        assert_eq!(
            first(
                "S{m:MaybeUninit<P{x:u8@0+1}>@0+1}",
                "S{m:MaybeUninit<P{x:i8@0+1}>@0+1}"
            ),
            "field `m.x`: ours u8 at 0, theirs i8 at 0"
        );
    }

    #[test]
    fn a_type_of_another_name_is_shown_without_its_fields() {
        assert_eq!(
            first("S{p:[P{x:u8@0+1};3]@0+3}", "S{p:[Q{x:u8@0+1};3]@0+3}"),
            "type of `p[]`: ours P, theirs Q"
        );
        assert_eq!(
            first("S{p:[P{x:u8@0+1};3]@0+3}", "S{p:[P{x:u8@0+1};4]@0+4}"),
            "field `p`: ours [P;3] at 0, theirs [P;4] at 0"
        );
        assert_eq!(
            first("u32", "u64"),
            "type of `payload`: ours u32, theirs u64"
        );
    }

    #[test]
    fn a_field_more_or_less_is_named() {
        assert_eq!(
            first("S{a:u8@0+1,b:u8@1+1}", "S{a:u8@0+1}"),
            "field `b`: ours u8 at 1, theirs none"
        );
        assert_eq!(
            first("S{a:u8@0+1}", "S{a:u8@0+1,b:u8@1+1}"),
            "field `b`: ours none, theirs u8 at 1"
        );
        assert_eq!(
            first("S{}", "S{b:u8@1+1}"),
            "field `b`: ours none, theirs u8 at 1"
        );
    }

    #[test]
    fn a_renamed_field_is_told_with_both_names() {
        assert_eq!(
            first("S{a:u8@0+1}", "S{b:u8@0+1}"),
            "field `a`: ours u8 at 0, theirs `b` u8 at 0 in its place"
        );
    }

    #[test]
    fn a_type_of_one_name_and_two_sizes_is_told_by_size() {
        assert_eq!(
            first("S{a:my::T@0+4}", "S{a:my::T@0+8}"),
            "field `a`: ours my::T at 0 of 4 bytes, theirs of 8"
        );
    }

    #[test]
    fn variants_are_compared_by_value_and_by_fields() {
        assert_eq!(
            first("E(u8){A=0,B=1}", "E(u8){A=0,B=2}"),
            "variant `B`: ours 1, theirs 2"
        );
        assert_eq!(
            first("E(u8){A=0{r:f32@4+4}}", "E(u8){A=0{r:f64@8+8}}"),
            "field `A.r`: ours f32 at 4, theirs f64 at 8"
        );
        assert_eq!(
            first("E(u8){A=0}", "E(i8){A=0}"),
            "type of `payload`: ours E(u8), theirs E(i8)"
        );
    }

    #[test]
    fn what_lies_beyond_the_text_is_said_so() {
        assert_eq!(
            first("S{a", "S{a"),
            "layout: the same for 2048 bytes of text, different beyond"
        );
    }

    #[test]
    fn any_text_yields_a_sentence() {
        let pieces = [
            "",
            "{",
            "}",
            "[",
            "]",
            ":",
            "@",
            "+",
            "=",
            ",",
            ";",
            "<",
            ">",
            "S{",
            "a:",
            "é",
            "\n",
            "MaybeUninit<",
            "[;]",
            "0",
            "}}}}",
            "{{{{",
            "S{a:[u8;3]@0+3,",
        ];
        for a in pieces {
            for b in pieces {
                for c in pieces {
                    let sentence = first(&format!("S{{{a}{b}{c}"), &format!("S{{{c}{a}{b}"));
                    assert!(
                        !sentence.is_empty() && !sentence.contains('\n'),
                        "{sentence}"
                    );
                }
            }
        }
    }

    #[test]
    fn nesting_as_deep_as_the_text_is_long_does_not_overflow_the_stack() {
        let deep = "[".repeat(1_000) + "u8" + &"]".repeat(1_000);
        let other = "[".repeat(1_000) + "i8" + &"]".repeat(1_000);
        assert!(first(&deep, &other).ends_with("ours u8, theirs i8"));
    }
}
