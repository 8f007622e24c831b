// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the attributes of a type say: its `repr`, its name, and where to find `iceoryx2-bb-elementary`.

use proc_macro2::TokenStream;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Ident, LitStr, Path, Result, Token, parenthesized, token};

const PRIMITIVES: [&str; 10] = [
    "u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "isize",
];

/// All `#[repr(…)]` of a type together.
#[derive(Default)]
pub(crate) struct Repr {
    pub(crate) c: bool,
    pub(crate) transparent: bool,
    pub(crate) packed: bool,
    pub(crate) primitive: Option<Ident>,
}

impl Repr {
    pub(crate) fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut repr = Self::default();
        for attribute in attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("repr"))
        {
            attribute.parse_nested_meta(|meta| repr.add(&meta))?;
        }
        Ok(repr)
    }

    fn add(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        if meta.path.is_ident("C") {
            self.c = true;
        } else if meta.path.is_ident("transparent") {
            self.transparent = true;
        } else if meta.path.is_ident("packed") {
            self.packed = true;
        } else if let Some(name) = meta.path.get_ident().filter(|name| is_primitive(name)) {
            self.primitive = Some(name.clone());
        }
        if meta.input.peek(token::Paren) {
            let argument;
            parenthesized!(argument in meta.input);
            argument.parse::<TokenStream>()?;
        }
        Ok(())
    }
}

fn is_primitive(name: &Ident) -> bool {
    PRIMITIVES.iter().any(|primitive| name == primitive)
}

/// The name in `#[type_name("…")]`.
pub(crate) fn type_name(attributes: &[Attribute]) -> Result<Option<LitStr>> {
    let Some(attribute) = attributes
        .iter()
        .find(|found| found.path().is_ident("type_name"))
    else {
        return Ok(None);
    };
    let name: LitStr = attribute.parse_args().map_err(|error| {
        let cure = "a type name is one text in quotes: write `#[type_name(\"Sample\")]`";
        syn::Error::new(error.span(), cure)
    })?;
    if name.value().is_empty() {
        let cure = "an empty type name names nothing: write `#[type_name(\"Sample\")]`";
        return Err(syn::Error::new(name.span(), cure));
    }
    Ok(Some(name))
}

/// The path in `#[helper(crate = path)]`.
pub(crate) fn crate_override(attributes: &[Attribute], helper: &str) -> Result<Option<Path>> {
    let mut path = None;
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident(helper))
    {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("crate") {
                let cure = format!("unknown option: write `#[{helper}(crate = path)]`");
                return Err(meta.error(cure));
            }
            meta.input.parse::<Token![=]>()?;
            path = Some(Path::parse_mod_style(meta.input)?);
            Ok(())
        })?;
    }
    Ok(path)
}
