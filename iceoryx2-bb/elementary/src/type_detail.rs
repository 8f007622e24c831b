// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What two processes compare before they share memory of a type.

use crate::{ZeroCopySend, layout_difference, type_layout::TypeLayout};

/// Whether a payload has the size of its type or a length of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TypeVariant {
    /// One value of the type.
    FixedSize,
    /// A slice of values of the type, as long as each message says.
    Dynamic,
}

/// The identity of a payload or header type, for the contract of a service.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TypeDetail {
    /// One value or a slice of them.
    pub variant: TypeVariant,
    /// [`ZeroCopySend::type_name`] of the type, or of a slice's element.
    pub type_name: String,
    /// In bytes, of the type or of a slice's element.
    pub size: usize,
    /// In bytes, of the type or of a slice's element.
    pub alignment: usize,
    /// [`TypeLayout::fingerprint`], or [`TypeDetail::UNKNOWN_FINGERPRINT`].
    pub fingerprint: u64,
    /// [`TypeLayout::to_text`], empty where the layout is unknown.
    pub layout: String,
}

impl TypeDetail {
    /// Stands for a layout that one side cannot describe. It agrees with any other.
    pub const UNKNOWN_FINGERPRINT: u64 = 0;

    /// The identity of a payload that is one `T`.
    #[must_use]
    pub fn of<T: ZeroCopySend>() -> Self {
        Self::new::<T>(TypeVariant::FixedSize)
    }

    /// The identity of a payload that is a slice of `T`.
    #[must_use]
    pub fn of_slice<T: ZeroCopySend>() -> Self {
        Self::new::<T>(TypeVariant::Dynamic)
    }

    fn new<T: ZeroCopySend>(variant: TypeVariant) -> Self {
        const {
            assert!(
                !core::mem::needs_drop::<T>(),
                "a payload needs drop, which never happens on shared memory: remove its `Drop`"
            );
        }
        let layout: &TypeLayout = T::LAYOUT;
        Self {
            variant,
            type_name: T::type_name().to_owned(),
            size: size_of::<T>(),
            alignment: align_of::<T>(),
            fingerprint: layout.fingerprint(),
            layout: layout.to_text(),
        }
    }

    /// The first thing in which `theirs` differs, as part of a sentence, or `None` where both agree.
    ///
    /// ```
    /// use iceoryx2_bb_elementary::TypeDetail;
    ///
    /// let ours = TypeDetail::of::<[u32; 3]>();
    /// let theirs = TypeDetail { size: 16, ..ours.clone() };
    /// assert_eq!(ours.compare(&ours), None);
    /// assert_eq!(ours.compare(&theirs).as_deref(), Some("size: ours 12 bytes, theirs 16"));
    /// ```
    #[must_use]
    pub fn compare(&self, theirs: &Self) -> Option<String> {
        self.compare_kind(theirs)
            .or_else(|| self.compare_name(theirs))
            .or_else(|| self.compare_layout(theirs))
            .or_else(|| self.compare_size(theirs))
            .or_else(|| self.compare_alignment(theirs))
    }

    fn compare_kind(&self, theirs: &Self) -> Option<String> {
        match (self.variant, theirs.variant) {
            (TypeVariant::FixedSize, TypeVariant::Dynamic) => {
                Some("kind: ours one value, theirs a slice".to_owned())
            }
            (TypeVariant::Dynamic, TypeVariant::FixedSize) => {
                Some("kind: ours a slice, theirs one value".to_owned())
            }
            _ => None,
        }
    }

    fn compare_name(&self, theirs: &Self) -> Option<String> {
        (self.type_name != theirs.type_name).then(|| {
            let name = theirs.type_name.escape_debug();
            format!("name: ours `{}`, theirs `{name}`", self.type_name)
        })
    }

    fn compare_layout(&self, theirs: &Self) -> Option<String> {
        let known = self.fingerprint != Self::UNKNOWN_FINGERPRINT
            && theirs.fingerprint != Self::UNKNOWN_FINGERPRINT;
        (known && self.fingerprint != theirs.fingerprint)
            .then(|| layout_difference::first(&self.layout, &theirs.layout))
    }

    fn compare_size(&self, theirs: &Self) -> Option<String> {
        (self.size != theirs.size)
            .then(|| format!("size: ours {} bytes, theirs {}", self.size, theirs.size))
    }

    fn compare_alignment(&self, theirs: &Self) -> Option<String> {
        (self.alignment != theirs.alignment).then(|| {
            format!(
                "alignment: ours {}, theirs {}",
                self.alignment, theirs.alignment
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    mod ours {
        #[repr(C)]
        #[derive(iceoryx2_bb_elementary::ZeroCopySend)]
        #[type_name("Sample")]
        pub struct Sample {
            pub id: u32,
            pub x: u32,
        }
    }

    mod theirs {
        #[repr(C)]
        #[derive(iceoryx2_bb_elementary::ZeroCopySend)]
        #[type_name("Sample")]
        pub struct Sample {
            pub id: u32,
            pub x: u64,
        }
    }

    #[test]
    fn the_detail_of_a_type_says_what_the_compiler_says() {
        let detail = TypeDetail::of::<ours::Sample>();
        assert_eq!(
            detail,
            TypeDetail {
                variant: TypeVariant::FixedSize,
                type_name: "Sample".to_owned(),
                size: 8,
                alignment: 4,
                fingerprint: ours::Sample::LAYOUT.fingerprint(),
                layout: "Sample{id:u32@0+4,x:u32@4+4}".to_owned(),
            }
        );
        assert_eq!(
            TypeDetail::of_slice::<ours::Sample>().variant,
            TypeVariant::Dynamic
        );
    }

    #[test]
    fn two_builds_that_disagree_are_told_the_field() {
        let difference =
            TypeDetail::of::<ours::Sample>().compare(&TypeDetail::of::<theirs::Sample>());
        assert_eq!(
            difference.as_deref(),
            Some("field `x`: ours u32 at 4, theirs u64 at 8")
        );
    }

    #[test]
    fn an_unknown_layout_agrees_and_its_size_is_still_compared() {
        let known = TypeDetail::of::<ours::Sample>();
        let unknown = TypeDetail {
            fingerprint: TypeDetail::UNKNOWN_FINGERPRINT,
            layout: String::new(),
            ..known.clone()
        };
        assert_eq!(known.compare(&unknown), None);
        let larger = TypeDetail { size: 9, ..unknown };
        assert_eq!(
            known.compare(&larger).as_deref(),
            Some("size: ours 8 bytes, theirs 9")
        );
    }

    #[test]
    fn kind_name_and_alignment_are_compared() {
        let ours = TypeDetail::of::<u64>();
        let slice = TypeDetail::of_slice::<u64>();
        assert_eq!(
            ours.compare(&slice).as_deref(),
            Some("kind: ours one value, theirs a slice")
        );
        assert_eq!(
            slice.compare(&ours).as_deref(),
            Some("kind: ours a slice, theirs one value")
        );

        let named = TypeDetail {
            type_name: "a\nb".to_owned(),
            ..ours.clone()
        };
        assert_eq!(
            ours.compare(&named).as_deref(),
            Some("name: ours `u64`, theirs `a\\nb`")
        );

        let aligned = TypeDetail {
            alignment: 16,
            ..ours.clone()
        };
        assert_eq!(
            ours.compare(&aligned).as_deref(),
            Some("alignment: ours 8, theirs 16")
        );
    }
}
