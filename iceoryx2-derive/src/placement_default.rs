// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `#[derive(PlacementDefault)]`.

use crate::attributes::Repr;
use crate::{crate_path, tag};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DataEnum, DataStruct, DeriveInput, Error, Ident, Result, Variant, parse_quote};

/// The implementation for `input`, or what is wrong with it.
pub(crate) fn expand(mut input: DeriveInput) -> Result<TokenStream> {
    let krate = crate_path::find(&input.attrs, "placement_default")?;
    let ident = &input.ident;
    let repr = Repr::of(&input.attrs)?;
    if repr.packed {
        let sentence = format!(
            "`{ident}` is packed, so its fields cannot be initialised in place: remove `packed`"
        );
        return Err(Error::new_spanned(ident, sentence));
    }

    for parameter in input.generics.type_params_mut() {
        parameter
            .bounds
            .push(parse_quote!(#krate::PlacementDefault));
    }
    let body = match &input.data {
        Data::Struct(data) => field_by_field(&krate, data),
        Data::Enum(data) => match (marked_variant(data)?, &repr.primitive) {
            (Some(position), Some(tag)) => tag_alone(data, position, tag),
            _ => {
                let (_, arguments, _) = input.generics.split_for_impl();
                let by_default = parse_quote!(#ident #arguments: ::core::default::Default);
                input
                    .generics
                    .make_where_clause()
                    .predicates
                    .push(by_default);
                quote!(unsafe { ptr.write(::core::default::Default::default()) };)
            }
        },
        Data::Union(data) => {
            let sentence = "a union does not say which of its fields to initialise: implement `PlacementDefault` by hand";
            return Err(Error::new(data.union_token.span, sentence));
        }
    };
    let (parameters, arguments, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        unsafe impl #parameters #krate::PlacementDefault for #ident #arguments #bounds {
            unsafe fn placement_default(ptr: *mut Self) {
                #body
            }
        }
    })
}

/// The position of the variant that is marked `#[default]`.
fn marked_variant(data: &DataEnum) -> Result<Option<usize>> {
    let is_marked = |variant: &Variant| {
        let mut attributes = variant.attrs.iter();
        attributes.any(|attribute| attribute.path().is_ident("default"))
    };
    let mut marked = data
        .variants
        .iter()
        .enumerate()
        .filter(|(_, variant)| is_marked(variant));
    let Some((position, variant)) = marked.next() else {
        return Ok(None);
    };
    if let Some((_, second)) = marked.next() {
        let sentence = "this is the second `#[default]`: leave it at one variant";
        return Err(Error::new_spanned(&second.ident, sentence));
    }
    if !variant.fields.is_empty() {
        let sentence =
            "a default variant has no data: mark another, or implement `PlacementDefault` by hand";
        return Err(Error::new_spanned(&variant.ident, sentence));
    }
    Ok(Some(position))
}

/// Of a variant without data only the tag is there, however large the others are.
fn tag_alone(data: &DataEnum, position: usize, tag: &Ident) -> TokenStream {
    let (constants, names) = tag::values(data, &quote!(#tag));
    let value = names.get(position);
    let variant = data
        .variants
        .iter()
        .nth(position)
        .map(|variant| &variant.ident);
    // WHY: a variant that is made by its tag alone would be warned about as never constructed.
    let constructed = quote!(let _: fn() -> Self = || Self::#variant {};);
    quote!(#constants #constructed unsafe { ptr.cast::<#tag>().write(#value) };)
}

fn field_by_field(krate: &TokenStream, data: &DataStruct) -> TokenStream {
    let members = data.fields.members().zip(&data.fields);
    let writes = members.map(|(member, field)| {
        let ty = &field.ty;
        quote! {
            let field = unsafe { &raw mut (*ptr).#member };
            unsafe { <#ty as #krate::PlacementDefault>::placement_default(field) };
        }
    });
    quote!(let _ = ptr; #(#writes)*)
}
