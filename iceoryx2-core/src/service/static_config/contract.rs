// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The contract: the document that makes a directory a service.
//!
//! ```toml
//! layout-version = 6
//! name = "My/Funk/ServiceName"
//! messaging-pattern = "request-response"
//! service-id = "6d1f…"                        # 32 hexadecimal digits, new for each incarnation
//!
//! [[attributes]]                              # as many as there are, in their order
//! key = "side"
//! value = "front"
//!
//! [request-response]
//! max-clients = 8                             # and every other option
//!
//! [request-response.request.payload]          # and .user-header; the same for .response
//! variant = "fixed-size"
//! type-name = "TransmissionData"
//! size = 16
//! alignment = 8
//! fingerprint = "90ab…"                       # 16 hexadecimal digits
//! layout = "…"
//! ```
//!
//! It is published last, whole, and never changes. Its version is read before anything else, so that a contract of
//! another version is told from a damaged one.

use super::{attributes, canonical::Lines, request_response};
use crate::{
    document::{self, ReadError, Table, Writer},
    identifiers::UniqueServiceId,
    service::{
        attribute::AttributeSet, messaging_pattern::MessagingPattern, service_hash::ServiceHash,
        service_name::ServiceName,
    },
};
use core::fmt;
use iceoryx2_cal::zero_copy_connection::LAYOUT_VERSION;

/// The key of the version.
const LAYOUT_VERSION_KEY: &str = "layout-version";

/// What all participants of one service agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    name: ServiceName,
    hash: ServiceHash,
    service_id: UniqueServiceId,
    attributes: AttributeSet,
    request_response: request_response::StaticConfig,
}

/// Why a document is no contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ContractError {
    /// It was written by a build that exchanges other things.
    Version { found: u32 },
    /// It makes no sense.
    Damaged { reason: String },
}

impl Contract {
    /// The longest contract, in bytes.
    pub(crate) const SIZE_MAX: usize = 40 * 1024;

    pub(crate) fn new(
        name: &ServiceName,
        service_id: u128,
        attributes: AttributeSet,
        request_response: request_response::StaticConfig,
    ) -> Self {
        Self {
            name: name.clone(),
            hash: ServiceHash::new(name, MessagingPattern::RequestResponse),
            service_id: UniqueServiceId::from_value(service_id),
            attributes,
            request_response,
        }
    }

    /// The service's name.
    #[must_use]
    pub fn name(&self) -> &ServiceName {
        &self.name
    }

    /// The hash of pattern and name.
    #[must_use]
    pub fn service_hash(&self) -> &ServiceHash {
        &self.hash
    }

    /// Which incarnation of the service this is.
    #[must_use]
    pub fn unique_service_id(&self) -> UniqueServiceId {
        self.service_id
    }

    /// What it says of itself.
    #[must_use]
    pub fn attributes(&self) -> &AttributeSet {
        &self.attributes
    }

    /// How its ports talk.
    #[must_use]
    pub fn messaging_pattern(&self) -> MessagingPattern {
        MessagingPattern::RequestResponse
    }

    /// The options and types of a request-response service.
    #[must_use]
    pub fn request_response(&self) -> &request_response::StaticConfig {
        &self.request_response
    }

    /// The document.
    pub(crate) fn encode(&self) -> String {
        let mut writer = Writer::default();
        writer.plain(LAYOUT_VERSION_KEY, LAYOUT_VERSION);
        writer.text("name", self.name.as_str());
        writer.text("messaging-pattern", self.messaging_pattern().as_str());
        writer.text("service-id", &self.service_id.to_string());
        attributes::write(&self.attributes, &mut writer);
        request_response::write(&self.request_response, &mut writer);
        writer.finish()
    }

    /// The contract that a document says.
    pub(crate) fn decode(document: &[u8]) -> Result<Self, ContractError> {
        let text = core::str::from_utf8(document).map_err(damaged)?;
        let document = match Document::read(text) {
            Some(document) if document.layout_version == LAYOUT_VERSION => document,
            _ => Document::parse(text)?,
        };
        if MessagingPattern::from_name(&document.messaging_pattern).is_none() {
            return Err(damaged(format!(
                "unknown pattern {:?}",
                document.messaging_pattern
            )));
        }
        let name = ServiceName::new(&document.name).map_err(damaged)?;
        let service_id = u128::from_str_radix(&document.service_id, 16).map_err(damaged)?;
        let attributes = attributes::read(&document.attributes).map_err(damaged)?;
        let request_response = document.request_response.try_into().map_err(damaged)?;
        Ok(Self::new(&name, service_id, attributes, request_response))
    }
}

fn damaged(reason: impl fmt::Display) -> ContractError {
    ContractError::Damaged {
        reason: reason.to_string().replace('\n', " "),
    }
}

#[cfg_attr(
    test,
    derive(Debug, PartialEq, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
struct Document {
    layout_version: u32,
    name: String,
    messaging_pattern: String,
    service_id: String,
    #[cfg_attr(test, serde(default))]
    attributes: Vec<attributes::Document>,
    request_response: request_response::Document,
}

impl Document {
    /// The document, if it looks as it was written and has no attributes.
    fn read(text: &str) -> Option<Self> {
        let mut lines = Lines::new(text);
        let document = Self {
            layout_version: u32::try_from(lines.number(LAYOUT_VERSION_KEY)?).ok()?,
            name: lines.text("name")?,
            messaging_pattern: lines.text("messaging-pattern")?,
            service_id: lines.text("service-id")?,
            attributes: Vec::new(),
            request_response: request_response::Document::read(&mut lines)?,
        };
        lines.are_read().then_some(document)
    }

    /// The document, or what is wrong with it.
    fn parse(text: &str) -> Result<Self, ContractError> {
        let document = document::Document::parse(text).map_err(damaged)?;
        let table = document.table();
        // WHY first: it alone is the same in all versions.
        let found = table.number(LAYOUT_VERSION_KEY).map_err(damaged)?;
        let found = u32::try_from(found).map_err(damaged)?;
        if found != LAYOUT_VERSION {
            return Err(ContractError::Version { found });
        }
        Self::parse_table(&table, found).map_err(damaged)
    }

    fn parse_table(table: &Table<'_>, layout_version: u32) -> Result<Self, ReadError> {
        table.has_only(&[
            LAYOUT_VERSION_KEY,
            "name",
            "messaging-pattern",
            "service-id",
            "attributes",
            "request-response",
        ])?;
        let attributes = table.tables("attributes")?;
        let attributes = attributes.iter().map(attributes::Document::parse);
        Ok(Self {
            layout_version,
            name: table.text("name")?,
            messaging_pattern: table.text("messaging-pattern")?,
            service_id: table.text("service-id")?,
            attributes: attributes.collect::<Result<_, _>>()?,
            request_response: request_response::Document::parse(&table.table("request-response")?)?,
        })
    }
}

impl fmt::Display for ContractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { found } => {
                write!(
                    f,
                    "it has layout version {found}, this build has {LAYOUT_VERSION}"
                )
            }
            Self::Damaged { reason } => write!(f, "its contract is damaged: {reason}"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Contract, ContractError, Document, LAYOUT_VERSION};
    use crate::{
        config::LIMIT_MAX,
        service::{
            alignment::Alignment,
            attribute::{ATTRIBUTES_MAX, AttributeSet},
            service_name::ServiceName,
            static_config::request_response::tests::example,
        },
    };

    fn contract(name: &str) -> Contract {
        with_attributes(name, &[])
    }

    fn with_attributes(name: &str, pairs: &[(&str, &str)]) -> Contract {
        let mut attributes = AttributeSet::default();
        for (key, value) in pairs {
            let (key, value) = ((*key).try_into().unwrap(), (*value).try_into().unwrap());
            attributes.add(&key, &value).unwrap();
        }
        let name = ServiceName::new(name).unwrap();
        Contract::new(&name, u128::MAX, attributes, example())
    }

    #[test]
    fn a_contract_reads_as_it_was_written() {
        for name in ["My/Funk/ServiceName", "\0\"\n\\'''", "ä"] {
            let written = contract(name);
            let document = written.encode();
            assert_eq!(
                Contract::decode(document.as_bytes()),
                Ok(written),
                "{document}"
            );
            assert!(document.len() < Contract::SIZE_MAX);
        }
    }

    // Fails if: `encode` writes in another order than `read` reads; or `read` mistakes one line for another.
    #[test]
    fn a_contract_as_it_is_written_needs_no_reader_of_toml() {
        for name in ["My/Funk/ServiceName", "ä"] {
            let document = contract(name).encode();
            let read = Document::read(&document).unwrap();
            let parsed = Document::parse(&document).unwrap();
            assert_eq!(read, parsed);
        }
    }

    // Fails if: `read` does not check that everything was read, or takes what TOML refuses; or `parse` looks for a key that
    // `encode` does not write, or takes one that it does not know.
    #[test]
    fn a_contract_with_any_byte_changed_reads_as_toml_does() {
        let document = contract("a").encode();
        for index in 0..document.len() {
            for byte in [b' ', b'0', b'"', b'\\', b'\n', b'#', b'[', b'=', b'a'] {
                let mut changed = document.clone().into_bytes();
                changed[index] = byte;
                let changed = String::from_utf8(changed).unwrap();
                let understood = toml::from_str::<Document>(&changed).ok();
                if let Some(read) = Document::read(&changed) {
                    assert_eq!(Some(&read), understood.as_ref(), "{changed}");
                }
                let of_this_version =
                    understood.filter(|document| document.layout_version == LAYOUT_VERSION);
                assert_eq!(Document::parse(&changed).ok(), of_this_version, "{changed}");
            }
        }
        assert!(Document::read(&format!("{document}a = 1\n")).is_none());
    }

    // Fails if: `parse` of any part does not ask whether it `has_only` the keys it knows.
    #[test]
    fn a_contract_with_another_key_in_any_table_is_refused() {
        let document = with_attributes("a", &[("key", "value")]).encode();
        let tables = document.match_indices("]\n").map(|(index, _)| index + 2);
        let begins: Vec<usize> = [0].into_iter().chain(tables).collect();
        assert_eq!(begins.len(), 7, "{document}");
        for begin in begins {
            let mut more = document.clone();
            more.insert_str(begin, "colour = 1\n");
            let refused = Contract::decode(more.as_bytes());
            assert!(
                matches!(&refused, Err(ContractError::Damaged { reason }) if reason.contains("unknown key `colour`")),
                "{refused:?} {more}"
            );
        }
    }

    // Fails if: `encode` leaves the attributes out.
    #[test]
    fn attributes_read_as_they_were_written() {
        let pairs = [("b", ""), ("a", "\0\"\n\\'''"), ("a", "ä")];
        let written = with_attributes("a", &pairs);
        let document = written.encode();
        assert_eq!(
            Contract::decode(document.as_bytes()),
            Ok(written),
            "{document}"
        );
        let others = with_attributes("a", &pairs[1..]);
        assert_ne!(Contract::decode(document.as_bytes()), Ok(others));
    }

    // Fails if: `SIZE_MAX` is 10 KiB.
    #[test]
    fn the_longest_attributes_and_name_leave_half_of_the_contract_to_the_types() {
        let (key, value) = ("\u{1}".repeat(64), "\u{1}".repeat(256));
        let pairs = [(key.as_str(), value.as_str()); ATTRIBUTES_MAX];
        let document = with_attributes(&"\u{1}".repeat(255), &pairs).encode();
        assert!(document.len() < Contract::SIZE_MAX / 2);
    }

    #[test]
    fn damaged_attributes_are_refused() {
        let document = with_attributes("a", &[("key", "value")]).encode();
        let entry = "[[attributes]]\nkey = \"key\"\nvalue = \"value\"\n";
        assert!(document.contains(entry), "{document}");
        for broken in [
            "[[attributes]]\nkey = \"key\"\n".to_owned(),
            entry.replace("\"key\"", "\"\""),
            entry.replace("\"key\"", &format!("{:?}", "k".repeat(65))),
            entry.replace("\"value\"", &format!("{:?}", "v".repeat(257))),
            entry.repeat(ATTRIBUTES_MAX + 1),
        ] {
            let broken = document.replace(entry, &broken);
            let decoded = Contract::decode(broken.as_bytes());
            assert!(
                matches!(decoded, Err(ContractError::Damaged { .. })),
                "{broken}"
            );
        }
        let full = document.replace(entry, &entry.repeat(ATTRIBUTES_MAX));
        assert!(Contract::decode(full.as_bytes()).is_ok());
    }

    #[test]
    fn another_version_is_told_from_damage_whatever_else_it_says() {
        let found = Contract::decode(b"layout-version = 77\ncolour = 1");
        assert_eq!(found, Err(ContractError::Version { found: 77 }));
    }

    #[test]
    fn a_damaged_contract_is_refused() {
        let document = contract("a").encode();
        for (intact, broken) in [
            ("max-clients = 8", "max-clients = 0"),
            (
                "max-clients = 8",
                &format!("max-clients = {}", LIMIT_MAX + 1),
            ),
            ("max-clients = 8", "max-clients = -1"),
            ("max-clients = 8", ""),
            ("name = \"a\"", "name = \"\""),
            ("request-response\"", "smoke-signals\""),
            ("service-id = \"f", "service-id = \"fff"),
            ("alignment = 8", "alignment = 3"),
            (
                "alignment = 8",
                &format!("alignment = {}", 2 * Alignment::MAX.value()),
            ),
            ("size = 8", &format!("size = {}", i64::MAX)),
            ("enable-fire-and-forget-requests = true", ""),
            ("fixed-size", "bottomless"),
            ("fingerprint = \"", "fingerprint = \"x"),
        ] {
            let broken = document.replacen(intact, broken, 1);
            assert_ne!(broken, document, "{intact}");
            assert!(
                matches!(
                    Contract::decode(broken.as_bytes()),
                    Err(ContractError::Damaged { .. })
                ),
                "{broken}"
            );
        }
        for len in 0..document.trim_end().len() {
            assert!(
                Contract::decode(&document.as_bytes()[..len]).is_err(),
                "cut at {len}"
            );
        }
        assert!(Contract::decode(b"\xff").is_err());
    }
}
