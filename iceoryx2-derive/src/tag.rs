// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the tag of an enum says for each of its variants.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{DataEnum, Ident};

/// Constants of type `tag` that count up like the compiler's, and the name of each.
pub(crate) fn values(data: &DataEnum, tag: &TokenStream) -> (TokenStream, Vec<Ident>) {
    let mut constants = TokenStream::new();
    let mut names = Vec::new();
    let mut next = quote!(0);
    for (position, variant) in data.variants.iter().enumerate() {
        let name = format_ident!("VALUE_{position}");
        let explicit = variant
            .discriminant
            .as_ref()
            .map(|(_, value)| quote!(#value));
        let expression = explicit.unwrap_or(next);
        constants.extend(quote!(const #name: #tag = #expression;));
        next = quote!(#name + 1);
        names.push(name);
    }
    (constants, names)
}
