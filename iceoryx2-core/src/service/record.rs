// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What members say of themselves, as bytes.
//!
//! All records begin alike. Numbers are little-endian; a text is its length in two bytes and then its bytes, cut at
//! [`TEXT_LEN_MAX`]. What is left is zero.
//!
//! ```text
//! node     id 16 | pid 4 | uid 4 | name … | executable …
//! server   id 16 | node 16 | pid 4 | uid 4 | name …
//! client   id 16 | node 16 | pid 4 | uid 4 | name …
//! ```
//!
//! Whoever wrote a record may be broken: reading one gives `None` where it makes no sense, and believes nothing else.

use iceoryx2_cal::membership::{RECORD_PAYLOAD, Record};

/// The longest text in a record, in bytes.
const TEXT_LEN_MAX: usize = 220;

const _: () = assert!(16 + 4 + 4 + 2 * (2 + TEXT_LEN_MAX) <= RECORD_PAYLOAD);
const _: () = assert!(16 + 16 + 4 + 4 + 2 + TEXT_LEN_MAX <= RECORD_PAYLOAD);

/// What a node says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NodeRecord {
    pub(crate) id: u128,
    pub(crate) pid: u32,
    pub(crate) uid: u32,
    pub(crate) name: String,
    pub(crate) executable: String,
}

/// What a client or a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PortRecord {
    pub(crate) id: u128,
    pub(crate) node: u128,
    pub(crate) pid: u32,
    pub(crate) uid: u32,
    pub(crate) name: String,
}

/// What a client says of itself.
pub(crate) type ClientRecord = PortRecord;

/// What a server says of itself.
pub(crate) type ServerRecord = PortRecord;

impl NodeRecord {
    pub(crate) fn encode(&self) -> Record {
        let mut writer = Writer::new();
        writer.put(&self.id.to_le_bytes());
        writer.put(&self.pid.to_le_bytes());
        writer.put(&self.uid.to_le_bytes());
        writer.put_text(&self.name);
        writer.put_text(&self.executable);
        writer.record
    }

    pub(crate) fn decode(record: &Record) -> Option<Self> {
        let mut reader = Reader { rest: record };
        Some(Self {
            id: reader.take_u128()?,
            pid: reader.take_u32()?,
            uid: reader.take_u32()?,
            name: reader.take_text()?,
            executable: reader.take_text()?,
        })
    }
}

impl PortRecord {
    pub(crate) fn encode(&self) -> Record {
        let mut writer = Writer::new();
        writer.put(&self.id.to_le_bytes());
        writer.put(&self.node.to_le_bytes());
        writer.put(&self.pid.to_le_bytes());
        writer.put(&self.uid.to_le_bytes());
        writer.put_text(&self.name);
        writer.record
    }

    pub(crate) fn decode(record: &Record) -> Option<Self> {
        let mut reader = Reader { rest: record };
        Some(Self {
            id: reader.take_u128()?,
            node: reader.take_u128()?,
            pid: reader.take_u32()?,
            uid: reader.take_u32()?,
            name: reader.take_text()?,
        })
    }
}

/// The identifier every record begins with.
pub(crate) fn id_of(record: &Record) -> Option<u128> {
    Reader { rest: record }.take_u128()
}

struct Writer {
    record: Record,
    len: usize,
}

impl Writer {
    fn new() -> Self {
        Self {
            record: [0; RECORD_PAYLOAD],
            len: 0,
        }
    }

    /// Appends `bytes`; the sums above show that they fit.
    fn put(&mut self, bytes: &[u8]) {
        let end = self.len.saturating_add(bytes.len());
        if let Some(room) = self.record.get_mut(self.len..end) {
            room.copy_from_slice(bytes);
            self.len = end;
        }
    }

    fn put_text(&mut self, text: &str) {
        let text = cut(text);
        self.put(&u16::try_from(text.len()).unwrap_or_default().to_le_bytes());
        self.put(text.as_bytes());
    }
}

/// As much of `text` as a record has room for, in whole characters.
fn cut(text: &str) -> &str {
    let mut len = text.len().min(TEXT_LEN_MAX);
    while !text.is_char_boundary(len) {
        len = len.saturating_sub(1);
    }
    text.get(..len).unwrap_or_default()
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*bytes)
    }

    fn take_u128(&mut self) -> Option<u128> {
        self.take().map(u128::from_le_bytes)
    }

    fn take_u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn take_text(&mut self) -> Option<String> {
        let len = usize::from(u16::from_le_bytes(self.take()?));
        let (bytes, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        String::from_utf8(bytes.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{NodeRecord, PortRecord, TEXT_LEN_MAX, id_of};

    fn node(name: &str, executable: &str) -> NodeRecord {
        NodeRecord {
            id: u128::MAX - 1,
            pid: 7,
            uid: 65_534,
            name: name.to_owned(),
            executable: executable.to_owned(),
        }
    }

    #[test]
    fn a_record_reads_as_it_was_written() {
        let written = node("a node", "/usr/bin/ä");
        let record = written.encode();
        assert_eq!(NodeRecord::decode(&record), Some(written));
        assert_eq!(id_of(&record), Some(u128::MAX - 1));

        let written = PortRecord {
            id: 1,
            node: 2,
            pid: 3,
            uid: 4,
            name: "x".repeat(TEXT_LEN_MAX),
        };
        assert_eq!(PortRecord::decode(&written.encode()), Some(written));
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let read = NodeRecord::decode(&node("", &"ä".repeat(300)).encode()).unwrap();
        assert_eq!(read.executable, "ä".repeat(TEXT_LEN_MAX / 2));
    }

    #[test]
    fn nonsense_is_no_record() {
        let mut record = node("name", "executable").encode();
        record[24..26].copy_from_slice(&u16::MAX.to_le_bytes());
        assert_eq!(NodeRecord::decode(&record), None);

        let mut record = node("name", "executable").encode();
        record[26] = 0xff;
        assert_eq!(NodeRecord::decode(&record), None);
    }
}
