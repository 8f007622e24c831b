// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a payload looks like in memory, as a constant tree, as one line of text, and as a fingerprint.
//!
//! ```text
//!   #[repr(C)]                      Sample
//!   struct Sample {                 ├─ id      u32         at 0, 4 bytes
//!       id: u32,          LAYOUT    └─ track   [Point; 3]  at 8, 48 bytes
//!       track: [Point; 3],  ──▶               └─ Point
//!   }                                            ├─ x  f64  at 0, 8 bytes
//!                                                └─ y  f64  at 8, 8 bytes
//!
//!   text          Sample{id:u32@0+4,track:[Point{x:f64@0+8,y:f64@8+8};3]@8+48}
//!   fingerprint   FNV-1a 64 of the whole text
//! ```
//!
//! The tree is built by the compiler: it costs nothing until a service is created or opened. The text travels in the
//! service's contract, so that an opener whose build disagrees can say in which field. It is written as
//!
//! ```text
//!   type    = name | "[" type ";" len "]" | "[" type "]" | "MaybeUninit<" type ">"
//!           | name "{" fields "}" | name "(" tag "){" variants "}"
//!   fields  = field { "," field }          field   = name ":" type "@" offset "+" size
//!   variants = variant { "," variant }     variant = name "=" value [ "{" fields "}" ]
//! ```

use crate::{ZeroCopySend, fnv};
use core::fmt::{self, Display, Formatter, Write};

/// How many bytes of a layout's text are kept. The fingerprint covers all of it.
pub const LAYOUT_TEXT_MAX: usize = 2048;

/// The layout of a type, down to its primitives.
#[derive(Debug, Clone, Copy)]
pub enum TypeLayout {
    /// A type of the language without parts.
    Primitive {
        /// As the language spells it.
        name: &'static str,
    },
    /// A type whose author vouches for it by hand and tells no more than its name.
    Opaque {
        /// [`ZeroCopySend::type_name`] of the type.
        name: fn() -> &'static str,
    },
    /// `[T; N]`
    Array {
        /// The layout of one element.
        element: &'static TypeLayout,
        /// How many there are.
        len: usize,
    },
    /// `[T]`
    Slice {
        /// The layout of one element.
        element: &'static TypeLayout,
    },
    /// `MaybeUninit<T>`: room for a value that need not be there.
    Uninit {
        /// The layout of the value.
        value: &'static TypeLayout,
    },
    /// A struct of fixed layout.
    Struct {
        /// Its identifier without path and generics, or its `#[type_name]`.
        name: &'static str,
        /// In the order of declaration.
        fields: &'static [FieldLayout],
    },
    /// An enum of fixed layout: a tag at offset 0, and for each variant its fields.
    Enum {
        /// Its identifier without path and generics, or its `#[type_name]`.
        name: &'static str,
        /// The `repr` that fixes the tag.
        tag: &'static str,
        /// In the order of declaration.
        variants: &'static [VariantLayout],
    },
}

/// Whether zeroes are a value in each field.
const fn zero_fills(fields: &[FieldLayout]) -> bool {
    match fields {
        [] => true,
        [field, rest @ ..] => field.layout.zero_is_valid() && zero_fills(rest),
    }
}

/// Whether a variant has the tag 0, and zeroes are a value in its fields.
const fn zero_chooses(variants: &[VariantLayout]) -> bool {
    match variants {
        [] => false,
        [variant, ..] if variant.value == 0 => zero_fills(variant.fields),
        [_, rest @ ..] => zero_chooses(rest),
    }
}

/// One field of a struct or of an enum's variant.
#[derive(Debug, Clone, Copy)]
pub struct FieldLayout {
    name: &'static str,
    offset: usize,
    size: usize,
    layout: &'static TypeLayout,
}

/// One variant of an enum.
#[derive(Debug, Clone, Copy)]
pub struct VariantLayout {
    /// Its identifier.
    pub name: &'static str,
    /// What the tag says for it.
    pub value: i128,
    /// Empty for a variant without data.
    pub fields: &'static [FieldLayout],
}

impl TypeLayout {
    /// Whether memory of zeroes holds a value. Of a type that tells no more than its name it is assumed: that is part of
    /// the promise of who vouches for it.
    ///
    /// ```
    /// use iceoryx2_bb_elementary::ZeroCopySend;
    ///
    /// #[derive(ZeroCopySend)]
    /// #[repr(u8)]
    /// enum Gear { First = 1, Second = 2 }
    ///
    /// const { assert!(<[u32; 3]>::LAYOUT.zero_is_valid()) };
    /// const { assert!(!Gear::LAYOUT.zero_is_valid()) };
    /// # let _ = (Gear::First, Gear::Second);
    /// ```
    #[must_use]
    pub const fn zero_is_valid(&self) -> bool {
        match self {
            Self::Primitive { .. }
            | Self::Opaque { .. }
            | Self::Slice { .. }
            | Self::Uninit { .. } => true,
            Self::Array { element, len } => *len == 0 || element.zero_is_valid(),
            Self::Struct { fields, .. } => zero_fills(fields),
            Self::Enum { variants, .. } => zero_chooses(variants),
        }
    }

    /// The hash of the whole layout. Two builds that agree on it agree on every field.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = Hasher(fnv::OFFSET_BASIS_64);
        let _infallible = write!(hasher, "{self}");
        hasher.0
    }

    /// The layout as text, cut after [`LAYOUT_TEXT_MAX`] bytes.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = CappedText(String::new());
        let _full = write!(text, "{self}");
        text.0
    }
}

impl FieldLayout {
    /// The field `name` of type `T`, `offset` bytes into its struct.
    #[must_use]
    pub const fn of<T: ZeroCopySend>(name: &'static str, offset: usize) -> Self {
        Self {
            name,
            offset,
            size: size_of::<T>(),
            layout: T::LAYOUT,
        }
    }
}

impl Display for TypeLayout {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Primitive { name } => f.write_str(name),
            Self::Opaque { name } => f.write_str(name()),
            Self::Array { element, len } => write!(f, "[{element};{len}]"),
            Self::Slice { element } => write!(f, "[{element}]"),
            Self::Uninit { value } => write!(f, "MaybeUninit<{value}>"),
            Self::Struct { name, fields } => {
                f.write_str(name)?;
                write_list(f, fields)
            }
            Self::Enum {
                name,
                tag,
                variants,
            } => {
                write!(f, "{name}({tag})")?;
                write_list(f, variants)
            }
        }
    }
}

impl Display for FieldLayout {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}@{}+{}",
            self.name, self.layout, self.offset, self.size
        )
    }
}

impl Display for VariantLayout {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value)?;
        if self.fields.is_empty() {
            Ok(())
        } else {
            write_list(f, self.fields)
        }
    }
}

fn write_list(f: &mut Formatter<'_>, items: &[impl Display]) -> fmt::Result {
    f.write_char('{')?;
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            f.write_char(',')?;
        }
        item.fmt(f)?;
    }
    f.write_char('}')
}

struct Hasher(u64);

impl Write for Hasher {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = fnv::extend_64(self.0, text.as_bytes());
        Ok(())
    }
}

struct CappedText(String);

impl Write for CappedText {
    /// Fails once the text is full, which ends the formatting.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            if self.0.len().saturating_add(letter.len_utf8()) > LAYOUT_TEXT_MAX {
                return Err(fmt::Error);
            }
            self.0.push(letter);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::{MaybeUninit, offset_of};

    #[repr(C)]
    #[derive(ZeroCopySend)]
    struct Point {
        x: f64,
        y: f64,
    }

    #[repr(C)]
    #[derive(ZeroCopySend)]
    struct Sample {
        id: u32,
        track: [Point; 3],
        rest: MaybeUninit<u16>,
    }

    #[test]
    fn the_text_names_every_field_with_its_place() {
        assert_eq!(
            Sample::LAYOUT.to_text(),
            "Sample{id:u32@0+4,track:[Point{x:f64@0+8,y:f64@8+8};3]@8+48,\
             rest:MaybeUninit<u16>@56+2}"
        );
        assert_eq!(offset_of!(Sample, rest), 56);
        assert_eq!((offset_of!(Point, x), offset_of!(Point, y)), (0, 8));
        assert_eq!((offset_of!(Sample, id), offset_of!(Sample, track)), (0, 8));
    }

    #[test]
    fn the_fingerprint_is_the_hash_of_the_text() {
        let text = Sample::LAYOUT.to_text();
        assert_eq!(Sample::LAYOUT.fingerprint(), fnv::hash_64(text.as_bytes()));
        assert_ne!(Sample::LAYOUT.fingerprint(), Point::LAYOUT.fingerprint());
    }

    const LONG: TypeLayout = TypeLayout::Struct {
        name: "Long",
        fields: &[FieldLayout::of::<u8>("a_field_of_forty_letters_0123456789abcde", 0); 100],
    };
    const LONGER: TypeLayout = TypeLayout::Struct {
        name: "Long",
        fields: &[FieldLayout::of::<u8>("a_field_of_forty_letters_0123456789abcde", 0); 101],
    };

    #[test]
    fn a_long_text_is_cut_and_the_fingerprint_is_not() {
        assert_eq!(LONG.to_text().len(), LAYOUT_TEXT_MAX);
        assert_eq!(LONG.to_text(), LONGER.to_text());
        assert_ne!(LONG.fingerprint(), LONGER.fingerprint());
    }

    #[test]
    fn a_cut_does_not_split_a_letter() {
        let mut text = CappedText("x".repeat(LAYOUT_TEXT_MAX - 1));
        assert!(text.write_str("é").is_err());
        assert!(text.write_str("e").is_ok());
        assert_eq!(text.0.len(), LAYOUT_TEXT_MAX);
    }
}
