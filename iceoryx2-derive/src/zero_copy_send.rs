// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `#[derive(ZeroCopySend)]`.

use crate::attributes::{self, Repr};
use crate::{crate_path, field, tag};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{
    Data, DataEnum, DataStruct, DeriveInput, Error, Field, Fields, Index, Member, Result, Variant,
    parse_quote,
};

/// The implementation for `input`, or all that is wrong with it.
pub(crate) fn expand(mut input: DeriveInput) -> Result<TokenStream> {
    let krate = crate_path::find(&input.attrs, "zero_copy_send")?;
    let repr = Repr::of(&input.attrs)?;
    let type_name = attributes::type_name(&input.attrs)?;
    check(&input, &repr)?;
    for parameter in input.generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(#krate::ZeroCopySend));
    }

    let ident = &input.ident;
    let never_dropped = never_dropped(&krate, &input);
    let name = type_name
        .as_ref()
        .map_or_else(|| ident.unraw().to_string(), syn::LitStr::value);
    let layout = match &input.data {
        Data::Struct(data) => struct_layout(&krate, &name, data),
        Data::Enum(data) => enum_layout(&krate, &name, data, &repr),
        Data::Union(data) => return Err(union_error(data)),
    };
    let type_name = type_name.map(|name| quote!(fn type_name() -> &'static str { #name }));
    let (parameters, arguments, bounds) = input.generics.split_for_impl();
    let checked_at_once = input.generics.params.is_empty().then(|| {
        quote_spanned!(ident.span()=> const _: () = { let _ = <#ident as #krate::ZeroCopySend>::LAYOUT; };)
    });

    Ok(quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        unsafe impl #parameters #krate::ZeroCopySend for #ident #arguments #bounds {
            const LAYOUT: &'static #krate::TypeLayout = {
                #never_dropped
                #layout
            };
            #type_name
        }
        #checked_at_once
    })
}

/// Every violation that can be seen without knowing the fields' types.
fn check(input: &DeriveInput, repr: &Repr) -> Result<()> {
    let mut errors = Violations(None);
    for parameter in input.generics.lifetimes() {
        let (lifetime, name) = (&parameter.lifetime, &input.ident);
        errors.add(Error::new_spanned(
            lifetime,
            format!("`{name}` borrows for `{lifetime}`, but a payload outlives whoever sends it: own the value and remove `{lifetime}`"),
        ));
    }
    match &input.data {
        Data::Struct(data) => {
            if !(repr.c || repr.transparent) {
                errors.add(no_layout(input, "add `#[repr(C)]`"));
            }
            errors.add_fields(&data.fields);
        }
        Data::Enum(data) => check_enum(input, data, repr, &mut errors),
        Data::Union(data) => errors.add(union_error(data)),
    }
    errors.0.map_or(Ok(()), Err)
}

fn check_enum(input: &DeriveInput, data: &DataEnum, repr: &Repr, errors: &mut Violations) {
    let has_data = data
        .variants
        .iter()
        .any(|variant| !variant.fields.is_empty());
    let is_uniform = repr.primitive.is_some() || (repr.c && !has_data);
    if !is_uniform {
        errors.add(no_layout(input, "add `#[repr(u8)]` or another integer"));
    } else if has_data && repr.c {
        errors.add(Error::new_spanned(
            &input.ident,
            format!(
                "`{}` has variants with data and `repr(C)`, which puts them in a union of their own: use `#[repr(u8)]` or another integer alone",
                input.ident
            ),
        ));
    }
    for variant in &data.variants {
        errors.add_fields(&variant.fields);
    }
}

fn no_layout(input: &DeriveInput, cure: &str) -> Error {
    let sentence = format!(
        "`{}` has no layout that two builds agree on: {cure}",
        input.ident
    );
    Error::new_spanned(&input.ident, sentence)
}

fn union_error(data: &syn::DataUnion) -> Error {
    let sentence =
        "a union does not say which of its fields is there: use an enum with `#[repr(u8)]`";
    Error::new(data.union_token.span, sentence)
}

/// All that is wrong, so that it can be mended in one go.
struct Violations(Option<Error>);

impl Violations {
    fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    fn add_fields(&mut self, fields: &Fields) {
        for (member, field) in members(fields) {
            if let Some(error) = field::violation(&shown(&member), &field.ty) {
                self.add(error);
            }
        }
    }
}

/// Refuses what needs drop: first each field at its place, then the type itself.
fn never_dropped(krate: &TokenStream, input: &DeriveInput) -> TokenStream {
    let fields: Vec<&Fields> = match &input.data {
        Data::Struct(data) => vec![&data.fields],
        Data::Enum(data) => data
            .variants
            .iter()
            .map(|variant| &variant.fields)
            .collect(),
        Data::Union(_) => Vec::new(),
    };
    let of_fields = fields
        .into_iter()
        .flat_map(members)
        .map(|(member, field)| field::never_dropped(krate, &shown(&member), &field.ty));
    let ident = &input.ident;
    let sentence = format!(
        "`{ident}` needs drop, but destructors never run on shared memory: remove its `Drop`"
    );
    let of_itself = field::never_dropped_at(krate, ident.span(), &quote!(Self), &sentence);
    quote!(#(#of_fields)* #of_itself)
}

fn struct_layout(krate: &TokenStream, name: &str, data: &DataStruct) -> TokenStream {
    let fields = members(&data.fields).map(|(member, field)| {
        let offset = quote!(::core::mem::offset_of!(Self, #member));
        field::layout(krate, &shown(&member), &field.ty, &offset)
    });
    quote!(&#krate::TypeLayout::Struct { name: #name, fields: &[#(#fields),*] })
}

fn enum_layout(krate: &TokenStream, name: &str, data: &DataEnum, repr: &Repr) -> TokenStream {
    let (tag, tag_name) = match &repr.primitive {
        Some(primitive) => (quote!(#primitive), primitive.to_string()),
        None => (quote!(isize), "C".to_owned()),
    };
    let (constants, values) = tag::values(data, &tag);
    let variants = data.variants.iter().zip(values).map(|(variant, value)| {
        let variant_name = variant.ident.unraw().to_string();
        let fields = variant_fields(krate, &tag, variant);
        quote! {
            #krate::__private::VariantLayout {
                name: #variant_name,
                value: #value as i128,
                fields: &[#(#fields),*],
            }
        }
    });
    quote! {
        #constants
        &#krate::TypeLayout::Enum { name: #name, tag: #tag_name, variants: &[#(#variants),*] }
    }
}

/// An enum with a primitive `repr` is a union of `repr(C)` structs that begin with the tag.
fn variant_fields(krate: &TokenStream, tag: &TokenStream, variant: &Variant) -> Vec<TokenStream> {
    let mut end = quote!(::core::mem::size_of::<#tag>());
    let describe = |(member, field): (Member, &Field)| {
        let ty = &field.ty;
        let offset = quote!(#krate::__private::offset_after::<#ty>(#end));
        end = quote!(#offset + ::core::mem::size_of::<#ty>());
        field::layout(krate, &shown(&member), ty, &offset)
    };
    members(&variant.fields).map(describe).collect()
}

fn members(fields: &Fields) -> impl Iterator<Item = (Member, &Field)> {
    fields.iter().enumerate().map(|(position, field)| {
        let member = match &field.ident {
            Some(name) => Member::Named(name.clone()),
            None => Member::Unnamed(Index::from(position)),
        };
        (member, field)
    })
}

fn shown(member: &Member) -> String {
    match member {
        Member::Named(name) => name.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}
