// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a field's type is checked for, by the way it is written.
//!
//! Only what no name can hide is refused here: references, pointers, functions, trait objects, tuples. Of a name the
//! macro knows nothing for certain, so it merely picks the check whose message fits, and the compiler decides.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Type};

const ON_THE_HEAP: &str = "String Vec VecDeque Box Rc Arc Weak Cow HashMap HashSet BTreeMap \
                           BTreeSet BinaryHeap LinkedList CString OsString PathBuf";
const CHANGING: &str = "Cell RefCell UnsafeCell OnceCell LazyCell Mutex RwLock OnceLock LazyLock";
const WITHOUT_LAYOUT: &str = "Option Result Duration Instant SystemTime Ordering";

/// The call that describes the field `name` of type `ty` at `offset`, if the compiler finds the type in order.
pub(crate) fn layout(
    krate: &TokenStream,
    name: &str,
    ty: &Type,
    offset: &TokenStream,
) -> TokenStream {
    let check = check(ty, ty.span());
    quote_spanned!(ty.span()=> #krate::__private::#check::<#ty>(#name, #offset))
}

/// The violation that is plain from how the type is written.
pub(crate) fn violation(field: &str, ty: &Type) -> Option<Error> {
    let (what, cure) = match ty {
        Type::Array(array) => return violation(field, &array.elem),
        Type::Paren(inner) => return violation(field, &inner.elem),
        Type::Group(inner) => return violation(field, &inner.elem),
        Type::Reference(_) => (
            "is a reference, which points into the memory of one process",
            "own the value, or keep an index into an array of the same payload",
        ),
        Type::Ptr(_) => (
            "is a pointer into the memory of one process",
            "own the value, or keep an index into an array of the same payload",
        ),
        Type::FnPtr(_) => (
            "is a function, which lies elsewhere in every process",
            "send a number or an enum that tells the receiver which function to call",
        ),
        Type::TraitObject(_) => (
            "is a trait object, which points to the functions of one process",
            "use an enum with `#[repr(u8)]` that has one variant for each type",
        ),
        Type::Tuple(tuple) if !tuple.elems.is_empty() => (
            "is a tuple, which has no layout that two builds agree on",
            "use a struct with `#[repr(C)]` that derives `ZeroCopySend`",
        ),
        Type::Slice(_) => (
            "has no size of its own",
            "use a fixed array `[T; N]`, or make the whole payload a slice `[T]`",
        ),
        _ => return None,
    };
    let sentence = format!("field `{field}` {what}: {cure}");
    Some(Error::new_spanned(ty.to_token_stream(), sentence))
}

fn check(ty: &Type, span: Span) -> syn::Ident {
    let check = match ty {
        Type::Array(array) => return check(&array.elem, span),
        Type::Paren(inner) => return check(&inner.elem, span),
        Type::Group(inner) => return check(&inner.elem, span),
        Type::Path(path) => match path.path.segments.last() {
            Some(segment) => check_of_name(&segment.ident.to_string()),
            None => "plain",
        },
        _ => "plain",
    };
    syn::Ident::new(check, span)
}

fn check_of_name(name: &str) -> &'static str {
    let is_in = |names: &str| names.split(' ').any(|known| known == name);
    if is_in(ON_THE_HEAP) {
        "self_contained"
    } else if is_in(CHANGING) || name.starts_with("Atomic") {
        "unchanging"
    } else if is_in(WITHOUT_LAYOUT) {
        "uniform"
    } else {
        "plain"
    }
}
