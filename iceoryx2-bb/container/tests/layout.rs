// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the layouts of containers say, against what the compiler made of them, and how two builds learn what differs.

use iceoryx2_bb_container::{
    FileName, FixedSizeQueue, FixedSizeSlotMap, SlotMapKey, StaticHashMap, StaticOption,
    StaticString, StaticVec,
};
use iceoryx2_bb_elementary::{TypeDetail, ZeroCopySend};

fn text<T: ZeroCopySend>() -> String {
    T::LAYOUT.to_text()
}

#[test]
fn layouts_contain_elements_and_capacity() {
    assert_eq!(
        text::<StaticVec<u16, 3>>(),
        "StaticVec{len:u64@0+8,slots:[MaybeUninit<u16>;3]@8+6}"
    );
    assert_eq!(
        text::<StaticString<5>>(),
        "StaticString{len:u64@0+8,bytes:[u8;5]@8+5}"
    );
    assert_eq!(
        text::<FixedSizeQueue<u16, 3>>(),
        "FixedSizeQueue{head:u64@0+8,len:u64@8+8,slots:[MaybeUninit<u16>;3]@16+6}"
    );
    assert_eq!(
        text::<StaticHashMap<u8, u16, 3>>(),
        "StaticHashMap{len:u64@0+8,heads:[u32;3]@8+12,nexts:[u32;3]@20+12,\
         slots:[MaybeUninit<Entry{key:u8@0+1,value:u16@2+2}>;3]@32+12}"
    );
    assert_eq!(
        text::<FixedSizeSlotMap<u16, 3>>(),
        "FixedSizeSlotMap{len:u64@0+8,fresh:u64@8+8,free:u64@16+8,generations:[u64;3]@24+24,\
         nexts:[u64;3]@48+24,slots:[MaybeUninit<u16>;3]@72+6}"
    );
    assert_eq!(
        text::<SlotMapKey>(),
        "SlotMapKey{index:u64@0+8,generation:u64@8+8}"
    );
    assert_eq!(
        text::<StaticOption<u32>>(),
        "StaticOption{tag:u8@0+1,value:MaybeUninit<u32>@4+4}"
    );
    assert_eq!(
        text::<FileName>(),
        "FileName{text:StaticString{len:u64@0+8,bytes:[u8;255]@8+255}@0+264}"
    );
}

#[test]
fn elements_and_capacity_tell_types_apart() {
    let ours = TypeDetail::of::<StaticVec<u16, 3>>();
    assert_ne!(
        ours.fingerprint,
        TypeDetail::of::<StaticVec<i16, 3>>().fingerprint
    );
    assert_ne!(
        ours.fingerprint,
        TypeDetail::of::<StaticVec<u16, 4>>().fingerprint
    );
    assert_ne!(
        ours.type_name,
        TypeDetail::of::<StaticVec<u16, 4>>().type_name
    );
}

mod builds {
    use super::{StaticHashMap, StaticString, StaticVec, ZeroCopySend};

    #[repr(C)]
    #[derive(ZeroCopySend)]
    #[type_name("Wheel")]
    pub struct OldWheel {
        pub size: u32,
    }

    #[repr(C)]
    #[derive(ZeroCopySend)]
    #[type_name("Wheel")]
    pub struct NewWheel {
        pub size: f32,
    }

    #[repr(C)]
    #[derive(ZeroCopySend)]
    #[type_name("Car")]
    pub struct Car<W: ZeroCopySend, const NAME: usize, const WHEELS: usize> {
        pub name: StaticString<NAME>,
        pub wheels: StaticVec<W, WHEELS>,
        pub spare: StaticHashMap<u8, W, 2>,
    }
}

// Fails if: the layout of a container is given by its name alone.
#[test]
fn two_builds_that_disagree_are_told_the_field_of_the_container() {
    use builds::{Car, NewWheel, OldWheel};
    let ours = TypeDetail::of::<Car<OldWheel, 8, 4>>();
    let difference = |theirs: TypeDetail| ours.compare(&theirs).unwrap();
    assert_eq!(
        difference(TypeDetail::of::<Car<OldWheel, 16, 4>>()),
        "field `name.bytes`: ours [u8;8] at 8, theirs [u8;16] at 8"
    );
    assert_eq!(
        difference(TypeDetail::of::<Car<OldWheel, 8, 6>>()),
        "field `wheels.slots`: ours [MaybeUninit<Wheel>;4] at 8, theirs [MaybeUninit<Wheel>;6] at 8"
    );
    assert_eq!(
        difference(TypeDetail::of::<Car<NewWheel, 8, 4>>()),
        "field `wheels.slots[].size`: ours u32 at 0, theirs f32 at 0"
    );
}
