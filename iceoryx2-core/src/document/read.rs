// SPDX-License-Identifier: Apache-2.0 OR MIT
//! From a text to its tables and values.

use super::plain::{OneOf, Plain};
use core::{fmt, ops::Range};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A text that is TOML.
#[derive(Debug)]
pub(crate) struct Document<'a>(Spanned<DeTable<'a>>);

impl<'a> Document<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, ReadError> {
        let parsed = DeTable::parse(text).map_err(|error| ReadError {
            message: error.message().to_owned(),
            span: error.span(),
        })?;
        Ok(Self(parsed))
    }

    /// All of it.
    pub(crate) fn table(&self) -> Table<'_> {
        Table {
            entries: self.0.get_ref(),
            span: self.0.span(),
        }
    }
}

/// Why a text is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReadError {
    message: String,
    span: Option<Range<usize>>,
}

impl ReadError {
    fn at(span: Range<usize>, message: String) -> Self {
        Self {
            message,
            span: Some(span),
        }
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Where in the text, in bytes.
    pub(crate) fn span(&self) -> Option<Range<usize>> {
        self.span.clone()
    }
}

impl core::error::Error for ReadError {}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.span {
            Some(span) => write!(f, " (at byte {})", span.start),
            None => Ok(()),
        }
    }
}

/// A value of the document, with its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'a>(&'a Spanned<DeValue<'a>>);

impl<'a> Value<'a> {
    /// What it is.
    pub(crate) fn plain(self) -> Plain<'a> {
        match self.0.get_ref() {
            DeValue::String(text) => Plain::Text(text),
            DeValue::Integer(number) => {
                match i64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) => Plain::Number(number.into()),
                    Err(_) => Plain::Other("integer out of range"),
                }
            }
            DeValue::Float(number) => match number.as_str().parse() {
                Ok(number) => Plain::Float(number),
                Err(_) => Plain::Other("floating point number"),
            },
            DeValue::Boolean(is_so) => Plain::Flag(*is_so),
            DeValue::Datetime(_) => Plain::Other("date or time"),
            DeValue::Array(_) => Plain::Array,
            DeValue::Table(_) => Plain::Table,
        }
    }

    pub(crate) fn table(self) -> Result<Table<'a>, ReadError> {
        match self.0.get_ref() {
            DeValue::Table(entries) => Ok(Table {
                entries,
                span: self.0.span(),
            }),
            _ => Err(self.refuse(self.plain().mismatch("a table"))),
        }
    }

    fn elements(self) -> Result<&'a [Spanned<DeValue<'a>>], ReadError> {
        match self.0.get_ref() {
            DeValue::Array(elements) => Ok(elements),
            _ => Err(self.refuse(self.plain().mismatch("an array"))),
        }
    }

    /// `message` is what is wrong with it.
    pub(crate) fn refuse(self, message: String) -> ReadError {
        ReadError::at(self.0.span(), message)
    }
}

/// A table of the document, with its place.
#[derive(Debug, Clone)]
pub(crate) struct Table<'a> {
    entries: &'a DeTable<'a>,
    span: Range<usize>,
}

impl<'a> Table<'a> {
    /// Fails if it has a key that is not one of these.
    pub(crate) fn has_only(&self, known: &[&str]) -> Result<(), ReadError> {
        let mut keys = self.entries.keys();
        match keys.find(|key| !known.contains(&key.get_ref().as_ref())) {
            None => Ok(()),
            Some(key) => {
                let (name, known) = (key.get_ref(), OneOf(known));
                let message = format!("unknown key `{name}`, expected {known}");
                Err(ReadError::at(key.span(), message))
            }
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<Value<'a>> {
        self.entries.get(key).map(Value)
    }

    fn need(&self, key: &str) -> Result<Value<'a>, ReadError> {
        let missing = || ReadError::at(self.span.clone(), format!("missing key `{key}`"));
        self.get(key).ok_or_else(missing)
    }

    /// `message` is what is wrong with that key's value.
    pub(crate) fn refuse(&self, key: &str, message: String) -> ReadError {
        let span = self.get(key).map(|value| value.0.span());
        ReadError::at(span.unwrap_or_else(|| self.span.clone()), message)
    }

    pub(crate) fn text(&self, key: &str) -> Result<String, ReadError> {
        let value = self.need(key)?;
        let text = value.plain().text("a string");
        text.map(str::to_owned).map_err(|why| value.refuse(why))
    }

    pub(crate) fn flag(&self, key: &str) -> Result<bool, ReadError> {
        let value = self.need(key)?;
        value.plain().flag().map_err(|why| value.refuse(why))
    }

    pub(crate) fn number(&self, key: &str) -> Result<usize, ReadError> {
        let value = self.need(key)?;
        let number = match value.plain() {
            Plain::Number(number) => usize::try_from(number).ok(),
            _ => None,
        };
        number.ok_or_else(|| value.refuse(value.plain().mismatch("a whole number from 0 on")))
    }

    pub(crate) fn table(&self, key: &str) -> Result<Self, ReadError> {
        self.need(key)?.table()
    }

    /// The tables of an array, which need not be there.
    pub(crate) fn tables(&self, key: &str) -> Result<Vec<Self>, ReadError> {
        let Some(value) = self.get(key) else {
            return Ok(Vec::new());
        };
        let elements = value.elements()?.iter();
        elements.map(|element| Value(element).table()).collect()
    }
}
