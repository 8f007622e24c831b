// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `#[derive(PlacementDefault)]`.

use crate::attributes::Repr;
use crate::crate_path;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DataStruct, DeriveInput, Error, Result, parse_quote};

/// The implementation for `input`, or what is wrong with it.
pub(crate) fn expand(mut input: DeriveInput) -> Result<TokenStream> {
    let krate = crate_path::find(&input.attrs, "placement_default")?;
    let ident = &input.ident;
    if Repr::of(&input.attrs)?.packed {
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
        Data::Enum(_) => {
            let (_, arguments, _) = input.generics.split_for_impl();
            let by_default = parse_quote!(#ident #arguments: ::core::default::Default);
            input
                .generics
                .make_where_clause()
                .predicates
                .push(by_default);
            quote!(unsafe { ptr.write(::core::default::Default::default()) };)
        }
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
