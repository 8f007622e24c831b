// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How far the two cores are from each other, and bursts sorted by it.
//!
//! The cores of a virtual machine move. A burst counts only if the floor before and after it lies in the same class.

/// The distance of the two cores, by the time of one cache line there and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// 40–65 ns.
    Close,
    /// 100–150 ns.
    Near,
    /// 250–350 ns.
    Middle,
    /// 480–600 ns.
    Far,
    /// It does not matter: the floor is made of system calls.
    Any,
}

impl Class {
    pub const ALL: [Self; 5] = [Self::Close, Self::Near, Self::Middle, Self::Far, Self::Any];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Near => "near",
            Self::Middle => "middle",
            Self::Far => "far",
            Self::Any => "any",
        }
    }

    /// The class of a burst between two floors, if the cores stood still.
    pub fn of(before_ns: f64, after_ns: f64) -> Option<Self> {
        let class = Self::of_line(before_ns)?;
        (Self::of_line(after_ns) == Some(class)).then_some(class)
    }

    fn of_line(floor_ns: f64) -> Option<Self> {
        Self::ALL.into_iter().find(|class| match class {
            Self::Close => (40.0..=65.0).contains(&floor_ns),
            Self::Near => (100.0..=150.0).contains(&floor_ns),
            Self::Middle => (250.0..=350.0).contains(&floor_ns),
            Self::Far => (480.0..=600.0).contains(&floor_ns),
            Self::Any => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_counts_in_its_class_or_not_at_all() {
        assert_eq!(Class::of(40.0, 65.0), Some(Class::Close));
        assert_eq!(Class::of(100.0, 150.0), Some(Class::Near));
        assert_eq!(Class::of(350.0, 250.0), Some(Class::Middle));
        assert_eq!(Class::of(600.0, 480.0), Some(Class::Far));
        assert_eq!(Class::of(120.0, 151.0), None);
        assert_eq!(Class::of(50.0, 120.0), None);
    }
}
