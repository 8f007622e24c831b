// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What `#[derive(ZeroCopySend)]` says about types, against what the compiler made of them.

use core::marker::PhantomData;
use core::mem::{MaybeUninit, offset_of};
use iceoryx2_bb_elementary::{TypeDetail, ZeroCopySend};

fn text<T: ZeroCopySend>() -> String {
    T::LAYOUT.to_text()
}

/// The bytes of `value`, which must have no padding at `range`.
fn byte_at<T>(value: &T, position: usize) -> u8 {
    assert!(position < size_of::<T>());
    // SAFETY: the position lies within `value`.
    let byte = unsafe { core::ptr::from_ref(value).cast::<u8>().add(position) };
    // SAFETY: the tests ask only for bytes of fields, which are initialised.
    unsafe { byte.read() }
}

#[repr(C)]
#[derive(ZeroCopySend)]
struct Unit;

#[repr(C)]
#[derive(ZeroCopySend)]
struct Tuple(u8, u32);

#[repr(transparent)]
#[derive(ZeroCopySend)]
struct Wrapper(u64);

#[repr(C, align(64))]
#[derive(ZeroCopySend)]
struct Aligned {
    r#type: u8,
    wrapper: Wrapper,
}

#[repr(C, packed)]
#[derive(ZeroCopySend)]
struct Packed {
    first: u8,
    second: u32,
}

#[repr(C)]
#[derive(ZeroCopySend)]
#[type_name("com.example.Pair")]
struct Pair<A, B: Copy, const N: usize>
where
    A: Clone,
{
    first: A,
    rest: [B; N],
    kind: PhantomData<B>,
}

// Fails if: `struct_layout` says that each field lies at 0.
#[test]
fn structs_of_every_form_are_described() {
    assert_eq!(text::<Unit>(), "Unit{}");
    assert_eq!(text::<Tuple>(), "Tuple{0:u8@0+1,1:u32@4+4}");
    assert_eq!(text::<Wrapper>(), "Wrapper{0:u64@0+8}");
    assert_eq!(
        text::<Aligned>(),
        "Aligned{type:u8@0+1,wrapper:Wrapper{0:u64@0+8}@8+8}"
    );
    assert_eq!(text::<Packed>(), "Packed{first:u8@0+1,second:u32@1+4}");
    assert_eq!(offset_of!(Aligned, wrapper), 8);
    assert_eq!(TypeDetail::of::<Aligned>().alignment, 64);
}

// Fails if: `struct_layout` says that each field lies at 0; without a bound on parameters it does not compile.
#[test]
fn generic_structs_are_described_for_each_argument() {
    assert_eq!(
        text::<Pair<u8, u16, 3>>(),
        "com.example.Pair{first:u8@0+1,rest:[u16;3]@2+6,kind:PhantomData@8+0}"
    );
    assert_ne!(
        Pair::<u8, u16, 3>::LAYOUT.fingerprint(),
        Pair::<u8, i16, 3>::LAYOUT.fingerprint()
    );
}

// Fails if: `expand` forgets `#[type_name]`.
#[test]
fn a_name_is_the_path_or_what_the_attribute_says() {
    assert_eq!(Pair::<u8, u16, 3>::type_name(), "com.example.Pair");
    assert_eq!(Unit::type_name(), core::any::type_name::<Unit>());
}

#[repr(u8)]
#[derive(Clone, Copy, ZeroCopySend)]
enum Colour {
    Red = 3,
    Green,
    Blue = Colour::Red as u8 + 4,
}

#[repr(C)]
#[derive(ZeroCopySend)]
enum Switch {
    Off,
    On,
}

#[repr(i16)]
#[derive(ZeroCopySend)]
#[expect(dead_code, reason = "read as bytes")]
enum Shape<T> {
    Nothing = -1,
    Circle { radius: T, filled: bool },
    Line(u8, T, u8),
}

// Fails if: `enum_layout` says a value that is one too large.
#[test]
fn enums_without_data_are_described_by_their_values() {
    assert_eq!(text::<Colour>(), "Colour(u8){Red=3,Green=4,Blue=7}");
    assert_eq!((Colour::Green as u8, Colour::Blue as u8), (4, 7));
    assert_eq!(text::<Switch>(), "Switch(C){Off=0,On=1}");
    assert_eq!((Switch::Off as u8, Switch::On as u8), (0, 1));
}

// Fails if: `variant_fields` leaves out the tag.
#[test]
fn enums_with_data_are_described_as_the_compiler_lays_them_out() {
    assert_eq!(
        text::<Shape<u32>>(),
        "Shape(i16){Nothing=-1,Circle=0{radius:u32@4+4,filled:bool@8+1},\
         Line=1{0:u8@2+1,1:u32@4+4,2:u8@8+1}}"
    );
    let circle = Shape::Circle {
        radius: 0x0403_0201_u32,
        filled: true,
    };
    let low_first = cfg!(target_endian = "little");
    assert_eq!(byte_at(&circle, 4), if low_first { 1 } else { 4 });
    assert_eq!(byte_at(&circle, 8), 1);
    let line = Shape::Line(7, 0_u32, 9);
    assert_eq!((byte_at(&line, 2), byte_at(&line, 8)), (7, 9));
    assert_eq!(byte_at(&Shape::<u32>::Nothing, 0), 0xff);
}

#[repr(C)]
#[derive(ZeroCopySend)]
struct Everything {
    integers: (),
    wide: u128,
    native: usize,
    letter: char,
    colour: [Colour; 2],
    maybe: MaybeUninit<Tuple>,
}

#[test]
fn fields_of_every_kind_pass() {
    assert_eq!(
        text::<Everything>(),
        format!(
            "Everything{{integers:()@0+0,wide:u128@{}+16,native:usize@{}+{},letter:char@{}+4,\
             colour:[Colour(u8){{Red=3,Green=4,Blue=7}};2]@{}+2,\
             maybe:MaybeUninit<Tuple{{0:u8@0+1,1:u32@4+4}}>@{}+8}}",
            offset_of!(Everything, wide),
            offset_of!(Everything, native),
            size_of::<usize>(),
            offset_of!(Everything, letter),
            offset_of!(Everything, colour),
            offset_of!(Everything, maybe),
        )
    );
}

#[repr(transparent)]
#[derive(ZeroCopySend)]
struct Defaults<T = u8, const N: usize = 2>([T; N], PhantomData<T>)
where
    [T; N]: Sized;

// Fails if: the defaults of parameters are repeated in the implementation.
#[test]
fn parameters_may_have_defaults() {
    assert_eq!(
        text::<Defaults>(),
        "Defaults{0:[u8;2]@0+2,1:PhantomData@2+0}"
    );
    assert_eq!(
        text::<Defaults<u16, 1>>(),
        "Defaults{0:[u16;1]@0+2,1:PhantomData@2+0}"
    );
}

mod own {
    /// Called like something of the standard library, and sent all the same.
    #[repr(C)]
    #[derive(iceoryx2_bb_elementary::ZeroCopySend)]
    pub struct Vec {
        pub len: u8,
    }
}

#[repr(C)]
#[derive(ZeroCopySend)]
struct WithOwnVec {
    own: own::Vec,
}

#[test]
fn a_name_alone_is_no_reason_to_refuse_a_type() {
    assert_eq!(text::<WithOwnVec>(), "WithOwnVec{own:Vec{len:u8@0+1}@0+1}");
}

mod elsewhere {
    pub mod basics {
        pub use iceoryx2_bb_elementary::*;
    }
}

#[repr(C)]
#[derive(elsewhere::basics::ZeroCopySend, elsewhere::basics::PlacementDefault)]
#[zero_copy_send(crate = elsewhere::basics)]
#[placement_default(crate = self::elsewhere::basics)]
struct Overridden {
    value: u8,
}

#[test]
fn the_path_of_the_crate_can_be_given() {
    assert_eq!(text::<Overridden>(), "Overridden{value:u8@0+1}");
}
