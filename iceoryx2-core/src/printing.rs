// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Printing for example programs, by the names those of iceoryx2 0.10 use.

/// Prints to the standard output, like [`print!`].
#[macro_export]
macro_rules! cout {
    ($($argument:tt)*) => { ::std::print!($($argument)*) };
}

/// Prints a line to the standard output, like [`println!`].
#[macro_export]
macro_rules! coutln {
    ($($argument:tt)*) => { ::std::println!($($argument)*) };
}

/// Prints to the standard error, like [`eprint!`].
#[macro_export]
macro_rules! cerr {
    ($($argument:tt)*) => { ::std::eprint!($($argument)*) };
}

/// Prints a line to the standard error, like [`eprintln!`].
#[macro_export]
macro_rules! cerrln {
    ($($argument:tt)*) => { ::std::eprintln!($($argument)*) };
}
