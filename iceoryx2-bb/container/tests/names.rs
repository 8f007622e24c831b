// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What may be a name and what may not, byte by byte and at the ends of the allowed lengths.

use iceoryx2_bb_container::{FileName, FilePath, Path, SemanticString, SemanticStringError};

fn refusal<S: SemanticString>(bytes: &[u8]) -> String {
    S::new(bytes).map_or_else(|error| error.to_string(), |name| format!("{name:?} passes"))
}

// Fails if: `NAME_LEN_MAX` is 254, or `checked` compares with `>=`.
#[test]
fn names_have_from_1_to_255_bytes() {
    fn test<S: SemanticString>() {
        for len in [1, 2, 254, 255] {
            let name = "n".repeat(len);
            assert_eq!(name.parse::<S>().unwrap().as_str(), name);
        }
        assert_eq!(
            S::new(b"").unwrap_err(),
            SemanticStringError::Empty { kind: S::KIND }
        );
        for len in [256, 257, 100_000] {
            assert_eq!(
                S::new(&vec![b'n'; len]).unwrap_err(),
                SemanticStringError::ExceedsMaximumLength { kind: S::KIND, len }
            );
        }
    }
    test::<FileName>();
    test::<FilePath>();
    test::<Path>();
}

// Fails if: `FileName::check` allows the slash, or `checked` the NUL.
#[test]
fn every_byte_is_allowed_or_named() {
    for byte in 0..=u8::MAX {
        let bytes = [b'a', byte, b'z'];
        let (name, path) = (FileName::new(&bytes), Path::new(&bytes));
        let refused = |kind, reason| SemanticStringError::InvalidContent {
            kind,
            reason,
            byte,
            position: 1,
        };
        match byte {
            0 => {
                assert_eq!(name.unwrap_err(), refused("a file name", "contain NUL"));
                assert_eq!(path.unwrap_err(), refused("a path", "contain NUL"));
            }
            b'/' => {
                assert_eq!(name.unwrap_err(), refused("a file name", "contain '/'"));
                assert_eq!(path.unwrap(), "a/z");
            }
            0x80.. => {
                assert_eq!(
                    name.unwrap_err(),
                    refused("a file name", "contain what is not UTF-8")
                );
                assert_eq!(
                    path.unwrap_err(),
                    refused("a path", "contain what is not UTF-8")
                );
            }
            _ => {
                assert_eq!(name.unwrap().as_bytes(), bytes);
                assert_eq!(path.unwrap().as_bytes(), bytes);
            }
        }
        assert_eq!(FilePath::new(&bytes).is_ok(), Path::new(&bytes).is_ok());
    }
}

#[test]
fn letters_of_several_bytes_are_allowed() {
    assert_eq!(FileName::new("räder.€".as_bytes()).unwrap(), "räder.€");
}

// Fails if: `FilePath::check` looks at the whole path instead of its last name.
#[test]
fn a_file_path_ends_with_a_file_name() {
    for (path, reason, byte, position) in [
        ("/", "end with '/'", b'/', 0),
        ("a/b/", "end with '/'", b'/', 3),
        (".", "end with '.' or '..'", b'.', 0),
        ("a/..", "end with '.' or '..'", b'.', 2),
    ] {
        assert_eq!(
            FilePath::new(path.as_bytes()).unwrap_err(),
            SemanticStringError::InvalidContent {
                kind: "a file path",
                reason,
                byte,
                position
            }
        );
        assert!(Path::new(path.as_bytes()).is_ok());
    }
    for path in ["a", "/a", "./a", "../a/...", "/a/.hidden", "//a", "..a"] {
        assert_eq!(path.parse::<FilePath>().unwrap(), path);
    }
}

#[test]
fn a_file_name_is_not_the_folder_itself() {
    assert!(FileName::new(b".").is_err() && FileName::new(b"..").is_err());
    assert!(FileName::new(b"...").is_ok() && FileName::new(b".a").is_ok());
}

#[test]
fn sentences_name_the_byte_its_place_and_the_cure() {
    assert_eq!(
        refusal::<FileName>(b"ab\0c"),
        "a file name must not contain NUL: change the byte 0x00 at position 2"
    );
    assert_eq!(
        refusal::<Path>(b"ab\xff"),
        "a path must not contain what is not UTF-8: change the byte 0xff at position 2"
    );
    assert_eq!(
        refusal::<FilePath>(b""),
        "a file path must not be empty: give it from 1 to 255 bytes"
    );
    assert_eq!(
        refusal::<FileName>(&[b'a'; 256]),
        "a file name of 256 bytes is too long: give it from 1 to 255 bytes"
    );
    assert_eq!(
        refusal::<FileName>(b".."),
        "a file name must not be '.' or '..': change the byte 0x2e at position 0"
    );
}

// Fails if: `FilePath::path` forgets the root, or `followed_by` doubles the slash.
#[test]
fn paths_are_taken_apart_and_put_together() {
    for (whole, folder, name) in [
        ("/a", Some("/"), "a"),
        ("a", None, "a"),
        ("/a/b//c", Some("/a/b"), "c"),
        ("./c", Some("."), "c"),
    ] {
        let path: FilePath = whole.parse().unwrap();
        assert_eq!(path.file_name().unwrap(), name);
        assert_eq!(path.path(), folder.map(|folder| folder.parse().unwrap()));
    }
    let name: FileName = "c".parse().unwrap();
    for (folder, whole) in [("/", "/c"), ("a/", "a/c"), ("/a", "/a/c")] {
        let folder: Path = folder.parse().unwrap();
        assert_eq!(folder.file(&name).unwrap(), whole);
    }
    let long: Path = "d".repeat(254).parse().unwrap();
    assert!(long.file(&name).is_err() && long.join(&Path::from(name)).is_err());
}

#[test]
fn names_are_ordered_and_used_like_their_text() {
    let (a, b) = (FileName::new(b"a").unwrap(), FileName::new(b"b").unwrap());
    assert!(a < b);
    assert_eq!(format!("{a} {a:?}"), "a FileName(\"a\")");
    assert_eq!(
        std::path::Path::new("a"),
        AsRef::<std::path::Path>::as_ref(&a)
    );
    assert_eq!(FilePath::from(a), "a");
    assert_eq!(String::from(Path::from(FilePath::from(a))), "a");
    assert!(a.is_valid());
}
