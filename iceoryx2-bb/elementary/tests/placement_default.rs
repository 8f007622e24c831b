// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What `#[derive(PlacementDefault)]` leaves in memory that was full of something else.

use core::marker::PhantomData;
use core::mem::MaybeUninit;
use iceoryx2_bb_elementary::PlacementDefault;

/// The default of `T`, made in place over `0xa5` on the heap.
fn made_in_place<T: PlacementDefault>() -> Box<T> {
    let mut place = Box::<T>::new_uninit();
    // SAFETY: the box is aligned, has room for one `T`, and any bytes may be written to what is not initialised.
    unsafe { place.as_mut_ptr().write_bytes(0xa5, 1) };
    // SAFETY: the box is aligned, has room for one `T`, and is ours alone.
    unsafe { T::placement_default(place.as_mut_ptr()) };
    // SAFETY: `placement_default` has just initialised it.
    unsafe { place.assume_init() }
}

#[derive(Debug, Default, PartialEq, PlacementDefault)]
enum Mode {
    #[allow(
        dead_code,
        reason = "only there so that the default is not the first variant"
    )]
    Fast(u32),
    #[default]
    Slow,
}

#[derive(PlacementDefault)]
struct Unit;

#[derive(PlacementDefault)]
struct Tuple(u8, char);

#[derive(PlacementDefault)]
struct Sample<'a, T, const N: usize>
where
    T: Copy,
{
    id: u64,
    values: [[T; 2]; N],
    mode: Mode,
    tuple: Tuple,
    unit: Unit,
    rest: MaybeUninit<[u8; 16]>,
    kind: PhantomData<&'a T>,
}

#[test]
fn every_field_gets_its_own_default() {
    let sample = made_in_place::<Sample<'_, f32, 3>>();
    let Sample {
        id,
        values,
        mode,
        tuple,
        unit: Unit,
        rest: _,
        kind: PhantomData,
    } = *sample;
    assert_eq!((id, values, mode), (0, [[0.0; 2]; 3], Mode::Slow));
    assert_eq!((tuple.0, tuple.1), (0, '\0'));
}

#[test]
fn primitives_and_arrays_are_overwritten_whole() {
    assert_eq!(*made_in_place::<[u16; 5]>(), [0; 5]);
    assert_eq!(*made_in_place::<i128>(), 0);
    assert!(!*made_in_place::<bool>());
    assert!(made_in_place::<[u64; 0]>().is_empty());
}

/// A default by hand that is not made of zeros.
#[derive(Debug, PartialEq)]
struct Seven(u8);

// SAFETY: what is written is a value.
unsafe impl PlacementDefault for Seven {
    unsafe fn placement_default(ptr: *mut Self) {
        // SAFETY: the caller vouches for `ptr`.
        unsafe { ptr.write(Self(7)) }
    }
}

#[test]
fn elements_are_made_by_their_own_implementation() {
    assert_eq!(
        *made_in_place::<[Seven; 3]>(),
        [Seven(7), Seven(7), Seven(7)]
    );
}

#[derive(PlacementDefault)]
struct Huge {
    first: u8,
    pixels: [[u8; 1024]; 30 * 1024],
    choice: Choice,
    last: u8,
}

#[repr(u16)]
#[derive(PlacementDefault)]
#[expect(clippy::large_enum_variant, reason = "that is what is tested")]
enum Choice {
    #[expect(dead_code, reason = "only there so that the enum is large")]
    Image([[u64; 1024]; 30 * 128]),
    #[default]
    Nothing = 0x0807,
}

// Fails if: either derive writes a whole value, or an array is written at once.
#[test]
fn thirty_mebibytes_are_made_on_a_stack_of_64_kibibytes() {
    const { assert!(size_of::<Huge>() >= 60 << 20) };
    let thread = std::thread::Builder::new().stack_size(64 * 1024);
    let huge = thread.spawn(made_in_place::<Huge>).unwrap().join().unwrap();
    assert_eq!((huge.first, huge.last), (0, 0));
    assert!(huge.pixels.iter().all(|row| *row == [0; 1024]));
    assert!(matches!(huge.choice, Choice::Nothing));
}

#[repr(i8)]
#[derive(Debug, PartialEq, PlacementDefault)]
enum Gear<T> {
    #[expect(
        dead_code,
        reason = "only there so that the default is not the first variant"
    )]
    Reverse(T) = -3,
    #[default]
    Neutral,
}

// Fails if: the tag is the variant's position instead of its value.
#[test]
fn an_enum_with_a_default_variant_needs_no_default() {
    assert_eq!(
        *made_in_place::<[Gear<u32>; 3]>(),
        [const { Gear::Neutral }; 3]
    );
}
