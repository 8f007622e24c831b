// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The types of a message.

pub use iceoryx2_bb_elementary::{TypeDetail, TypeVariant};

use super::canonical::Lines;
use crate::{
    document::{ReadError, Table, Writer},
    service::alignment::Alignment,
};
use iceoryx2_bb_elementary::{Payload, ZeroCopySend};

/// The types of a request or a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageTypeDetails {
    /// The type of the user's own header; `()` for none.
    pub user_header: TypeDetail,
    /// The type of the payload.
    pub payload: TypeDetail,
}

impl MessageTypeDetails {
    /// The details of a message of these types.
    pub(crate) fn of<P: Payload + ?Sized, UserHeader: ZeroCopySend>() -> Self {
        Self {
            user_header: TypeDetail::of::<UserHeader>(),
            payload: P::type_detail(),
        }
    }

    /// What makes no sense in it, whoever says it, as part of a sentence; `None` if nothing does.
    pub(crate) fn fault(&self) -> Option<String> {
        let of = |what: &str, detail: &TypeDetail| {
            let fault = fault_of(detail)?;
            Some(format!("the {what} is {}, and {fault}", named(detail)))
        };
        of("payload", &self.payload).or_else(|| of("user header", &self.user_header))
    }

    /// What distinguishes `theirs`, as part of a sentence; `None` if nothing does. A stricter alignment of their payload
    /// is nothing: it suits ours, too.
    pub(crate) fn compare(&self, theirs: &Self) -> Option<String> {
        let payload = TypeDetail {
            alignment: self.payload.alignment.max(theirs.payload.alignment),
            ..self.payload.clone()
        };
        let part = |what: &str, ours: &TypeDetail, theirs: &TypeDetail| {
            let difference = ours.compare(theirs)?;
            Some(format!(
                "the {what} is {} here and {} there ({difference})",
                named(ours),
                named(theirs)
            ))
        };
        part("payload", &payload, &theirs.payload)
            .or_else(|| part("user header", &self.user_header, &theirs.user_header))
    }
}

/// A type as a sentence names it, whatever the other side calls it.
fn named(detail: &TypeDetail) -> String {
    let name = detail.type_name.escape_debug();
    match detail.variant {
        TypeVariant::FixedSize => format!("`{name}` of {} bytes", detail.size),
        TypeVariant::Dynamic => format!("a slice of `{name}` of {} bytes each", detail.size),
    }
}

/// What makes no sense in a type of memory, as part of a sentence. Its size need not be a multiple of its alignment, which
/// may be stricter than the type's own.
fn fault_of(detail: &TypeDetail) -> Option<String> {
    let (size, alignment) = (detail.size, detail.alignment);
    if !alignment.is_power_of_two() {
        Some(format!("its alignment of {alignment} is no power of two"))
    } else if alignment > Alignment::MAX.value() {
        Some(format!(
            "its alignment of {alignment} exceeds the {} bytes that are supported",
            Alignment::MAX
        ))
    } else if size > SIZE_MAX {
        Some(format!(
            "its size of {size} exceeds the {SIZE_MAX} bytes that are supported"
        ))
    } else {
        None
    }
}

/// The largest type of memory.
// WHY: whatever lies beside it and wherever it begins, no sum of sizes overflows.
const SIZE_MAX: usize = 1 << 47;

/// How it stands in a contract.
#[cfg_attr(
    test,
    derive(Debug, PartialEq, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
pub(super) struct Document {
    payload: TypeDocument,
    user_header: TypeDocument,
}

#[cfg_attr(
    test,
    derive(Debug, PartialEq, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
struct TypeDocument {
    variant: VariantDocument,
    type_name: String,
    size: usize,
    alignment: usize,
    fingerprint: String,
    layout: String,
}

#[cfg_attr(
    test,
    derive(Debug, PartialEq, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
enum VariantDocument {
    FixedSize,
    Dynamic,
}

impl Document {
    pub(super) fn read(lines: &mut Lines, section: &str) -> Option<Self> {
        lines.subsection(section, ".payload")?;
        let payload = TypeDocument::read(lines)?;
        lines.subsection(section, ".user-header")?;
        let user_header = TypeDocument::read(lines)?;
        Some(Self {
            payload,
            user_header,
        })
    }

    pub(super) fn parse(table: &Table<'_>) -> Result<Self, ReadError> {
        table.has_only(&["payload", "user-header"])?;
        Ok(Self {
            payload: TypeDocument::parse(&table.table("payload")?)?,
            user_header: TypeDocument::parse(&table.table("user-header")?)?,
        })
    }
}

impl TypeDocument {
    fn read(lines: &mut Lines) -> Option<Self> {
        Some(Self {
            variant: VariantDocument::of(lines.word("variant")?)?,
            type_name: lines.text("type-name")?,
            size: lines.number("size")?,
            alignment: lines.number("alignment")?,
            fingerprint: lines.text("fingerprint")?,
            layout: lines.text("layout")?,
        })
    }

    fn parse(table: &Table<'_>) -> Result<Self, ReadError> {
        table.has_only(&[
            "variant",
            "type-name",
            "size",
            "alignment",
            "fingerprint",
            "layout",
        ])?;
        let variant = table.text("variant")?;
        let unknown = || table.refuse("variant", format!("unknown word `{variant}`"));
        Ok(Self {
            variant: VariantDocument::of(&variant).ok_or_else(unknown)?,
            type_name: table.text("type-name")?,
            size: table.number("size")?,
            alignment: table.number("alignment")?,
            fingerprint: table.text("fingerprint")?,
            layout: table.text("layout")?,
        })
    }
}

impl VariantDocument {
    fn of(word: &str) -> Option<Self> {
        match word {
            "fixed-size" => Some(Self::FixedSize),
            "dynamic" => Some(Self::Dynamic),
            _ => None,
        }
    }
}

/// Writes them as two tables within `table`.
pub(super) fn write(details: &MessageTypeDetails, table: &str, writer: &mut Writer) {
    for (part, detail) in [
        ("payload", &details.payload),
        ("user-header", &details.user_header),
    ] {
        writer.table(&format!("{table}.{part}"));
        let variant = match detail.variant {
            TypeVariant::FixedSize => "fixed-size",
            TypeVariant::Dynamic => "dynamic",
        };
        writer.text("variant", variant);
        writer.text("type-name", &detail.type_name);
        writer.plain("size", detail.size);
        writer.plain("alignment", detail.alignment);
        writer.text("fingerprint", &format!("{:016x}", detail.fingerprint));
        writer.text("layout", &detail.layout);
    }
}

impl TryFrom<Document> for MessageTypeDetails {
    type Error = String;

    fn try_from(document: Document) -> Result<Self, String> {
        Ok(Self {
            payload: document.payload.try_into()?,
            user_header: document.user_header.try_into()?,
        })
    }
}

impl TryFrom<TypeDocument> for TypeDetail {
    type Error = String;

    fn try_from(document: TypeDocument) -> Result<Self, String> {
        let detail = Self {
            variant: match document.variant {
                VariantDocument::FixedSize => TypeVariant::FixedSize,
                VariantDocument::Dynamic => TypeVariant::Dynamic,
            },
            type_name: document.type_name,
            size: document.size,
            alignment: document.alignment,
            fingerprint: u64::from_str_radix(&document.fingerprint, 16)
                .map_err(|error| format!("fingerprint: {error}"))?,
            layout: document.layout,
        };
        match fault_of(&detail) {
            None => Ok(detail),
            Some(fault) => Err(format!("a type is {}, and {fault}", named(&detail))),
        }
    }
}
