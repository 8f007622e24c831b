// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Containers come into being where they stay, over memory that was full of something else.

use iceoryx2_bb_container::{
    FixedSizeQueue, FixedSizeSlotMap, StaticHashMap, StaticOption, StaticString, StaticVec,
};
use iceoryx2_bb_elementary::{PlacementDefault, ZeroCopySend};

/// The default of `T`, made in place over `0xa5` on the heap.
fn made_in_place<T: PlacementDefault>() -> Box<T> {
    let mut place = Box::<T>::new_uninit();
    // SAFETY: the box has room for one `T`, and any bytes may be written to what is not initialised.
    unsafe { place.as_mut_ptr().write_bytes(0xa5, 1) };
    // SAFETY: the box is aligned, has room for one `T`, and is ours alone.
    unsafe { T::placement_default(place.as_mut_ptr()) };
    // SAFETY: `placement_default` has just initialised it.
    unsafe { place.assume_init() }
}

#[repr(C)]
#[derive(ZeroCopySend, PlacementDefault)]
struct Everything<const N: usize> {
    vector: StaticVec<u64, N>,
    string: StaticString<N>,
    queue: FixedSizeQueue<u64, N>,
    map: StaticHashMap<u32, u32, N>,
    slots: FixedSizeSlotMap<u32, N>,
    option: StaticOption<[u64; N]>,
}

// Fails if: any of the `placement_default`s leaves out a length.
#[test]
fn what_was_there_before_is_not_seen() {
    let mut all = made_in_place::<Everything<3>>();
    assert!(all.vector.is_empty() && all.string.is_empty() && all.queue.is_empty());
    assert!(all.map.is_empty() && all.slots.is_empty() && all.option.is_none());
    for value in 0..3 {
        all.vector.push(value.into()).unwrap();
        all.string.push('x').unwrap();
        all.queue.push_back(value.into()).unwrap();
        all.map.insert(value, value).unwrap();
        assert!(all.slots.insert(value).is_some());
    }
    assert!(all.vector.is_full() && all.string.is_full() && all.queue.is_full());
    assert!(all.map.is_full() && all.slots.is_full());
}

// Fails if: any of the `placement_default`s writes `Self::new()` instead.
#[test]
fn thirty_mebibytes_are_made_on_a_stack_of_64_kibibytes() {
    const MEBI: usize = 1 << 20;
    let thread = std::thread::Builder::new().stack_size(64 * 1024);
    let lens = thread.spawn(|| {
        let vector = made_in_place::<StaticVec<u8, { 30 * MEBI }>>();
        assert!(size_of_val(&*vector) >= 30 * MEBI);
        let all = made_in_place::<Everything<{ MEBI / 2 }>>();
        assert!(size_of_val(&*all) >= 20 * MEBI);
        (vector.len(), all.slots.len(), all.map.capacity())
    });
    assert_eq!(lens.unwrap().join().unwrap(), (0, 0, MEBI / 2));
}

// Fails if: a container counts its slots from somewhere but 0.
#[test]
fn zeroes_are_the_empty_container() {
    const { assert!(Everything::<3>::LAYOUT.zero_is_valid()) };
    // SAFETY: the type says of itself that zeroes are a value.
    let all: Everything<3> = unsafe { core::mem::zeroed() };
    assert!(all.vector.is_empty() && all.string.is_empty() && all.queue.is_empty());
    assert!(all.map.is_empty() && all.slots.is_empty() && all.option.is_none());
    assert_eq!((all.map.get(&0), all.slots.iter().count()), (None, 0));
}
