// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a field's type is checked for, by the way it is written.
//!
//! Only what no name can hide is refused here: references, pointers, functions, trait objects, tuples. Of a name the
//! macro knows nothing for certain, so it merely picks the check whose message fits, and the compiler decides. Arrays and
//! the containers that messages carry are looked into.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, GenericArgument, PathArguments, Type, TypePath};

const ON_THE_HEAP: &str = "String Vec VecDeque Box Rc Arc Weak Cow HashMap HashSet BTreeMap \
                           BTreeSet BinaryHeap LinkedList CString OsString PathBuf";
const CHANGING: &str = "Cell RefCell UnsafeCell OnceCell LazyCell Mutex RwLock OnceLock LazyLock";
const CONTAINERS: &str = "MaybeUninit StaticVec StaticOption FixedSizeQueue StaticHashMap \
                          FixedSizeFlatMap FixedSizeSlotMap";
const WITHOUT_LAYOUT: &str = "Option Result Duration Instant SystemTime Ordering";

/// The call that describes the field `name` of type `ty` at `offset`, if the compiler finds the type in order.
pub(crate) fn layout(
    krate: &TokenStream,
    name: &str,
    ty: &Type,
    offset: &TokenStream,
) -> TokenStream {
    let check = syn::Ident::new(check(ty), ty.span());
    quote_spanned!(ty.span()=> #krate::__private::#check::<#ty>(#name, #offset))
}

/// The call that refuses the field `name` of type `ty` if it needs drop.
pub(crate) fn never_dropped(krate: &TokenStream, name: &str, ty: &Type) -> TokenStream {
    let sentence = format!(
        "field `{name}` needs drop, but destructors never run on shared memory: use a type without `Drop`"
    );
    never_dropped_at(krate, ty.span(), ty, &sentence)
}

/// The call that refuses a type which needs drop with `sentence`, and points at `place`.
pub(crate) fn never_dropped_at(
    krate: &TokenStream,
    place: Span,
    ty: &impl ToTokens,
    sentence: &str,
) -> TokenStream {
    // WHY: the compiler points at the whole call, which is at `place` only if its first word is.
    let krate: TokenStream = krate
        .clone()
        .into_iter()
        .map(|mut word| {
            word.set_span(place);
            word
        })
        .collect();
    quote_spanned!(place=> #krate::__private::never_dropped::<#ty>(#sentence);)
}

/// The types of which a container's elements are.
fn elements(path: &TypePath) -> impl Iterator<Item = &Type> {
    let last = path.path.segments.last();
    let arguments = last.and_then(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(list) if is_in(CONTAINERS, &segment.ident) => {
            Some(&list.args)
        }
        _ => None,
    });
    arguments
        .into_iter()
        .flatten()
        .filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        })
}

fn is_in(names: &str, name: &syn::Ident) -> bool {
    names.split(' ').any(|known| name == known)
}

/// The violation that is plain from how the type is written.
pub(crate) fn violation(field: &str, ty: &Type) -> Option<Error> {
    let (what, cure) = match ty {
        Type::Array(array) => return violation(field, &array.elem),
        Type::Paren(inner) => return violation(field, &inner.elem),
        Type::Group(inner) => return violation(field, &inner.elem),
        Type::Path(path) => return elements(path).find_map(|ty| violation(field, ty)),
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
            "use a fixed array `[T; N]` or a `StaticVec`, or make the whole payload a slice `[T]`",
        ),
        _ => return None,
    };
    let sentence = format!("field `{field}` {what}: {cure}");
    Some(Error::new_spanned(ty.to_token_stream(), sentence))
}

const PLAIN: &str = "plain";

fn check(ty: &Type) -> &'static str {
    match ty {
        Type::Array(array) => check(&array.elem),
        Type::Paren(inner) => check(&inner.elem),
        Type::Group(inner) => check(&inner.elem),
        Type::Path(path) => match path
            .path
            .segments
            .last()
            .map(|last| check_of_name(&last.ident))
        {
            Some(PLAIN) | None => elements(path)
                .map(check)
                .find(|check| *check != PLAIN)
                .unwrap_or(PLAIN),
            Some(check) => check,
        },
        _ => PLAIN,
    }
}

fn check_of_name(name: &syn::Ident) -> &'static str {
    if is_in(ON_THE_HEAP, name) {
        "self_contained"
    } else if is_in(CHANGING, name) || name.to_string().starts_with("Atomic") {
        "unchanging"
    } else if is_in(WITHOUT_LAYOUT, name) {
        "uniform"
    } else {
        PLAIN
    }
}
