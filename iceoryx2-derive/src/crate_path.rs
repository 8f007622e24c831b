// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Finds out under which path the using crate sees `iceoryx2-bb-elementary`.
//!
//! A derive is expanded in somebody else's crate, whose manifest alone knows whether that crate depends on
//! `iceoryx2-bb-elementary` or on `iceoryx2-core`, which re-exports it, and under which name. An ordinary dependency
//! comes before one of some targets, that before one of tests, and one that is always there before an optional one.

use crate::attributes;
use crate::manifest::Manifest;
use proc_macro2::{Span, TokenStream};
use quote::quote;
use std::path::{Path, PathBuf};
use syn::{Attribute, Error, Ident, Result};

/// A package through which the traits can be reached.
struct Provider {
    package: &'static str,
    library: &'static str,
    module: Option<&'static str>,
}

const PROVIDERS: [Provider; 2] = [
    Provider {
        package: "iceoryx2-bb-elementary",
        library: "iceoryx2_bb_elementary",
        module: None,
    },
    Provider {
        package: "iceoryx2-core",
        library: "iceoryx2",
        module: Some("__elementary"),
    },
];

/// In the order of preference.
const TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// The path that the attribute `helper` gives, else the one the manifest gives.
pub(crate) fn find(attributes: &[Attribute], helper: &str) -> Result<TokenStream> {
    if let Some(path) = attributes::crate_override(attributes, helper)? {
        return Ok(quote!(#path));
    }
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let path = folder.as_deref().and_then(of_crate_in);
    path.ok_or_else(|| Error::new(Span::call_site(), not_found(folder.as_deref(), helper)))
}

fn not_found(folder: Option<&Path>, helper: &str) -> String {
    let place = match folder {
        Some(folder) => format!("{}", folder.join("Cargo.toml").display()),
        None => "the manifest (CARGO_MANIFEST_DIR is not set)".to_owned(),
    };
    format!(
        "{place} names neither `iceoryx2-core` nor `iceoryx2-bb-elementary`: add one of them to \
         `[dependencies]`, or write `#[{helper}(crate = path)]` with the path of a re-export of \
         `iceoryx2-bb-elementary`"
    )
}

fn of_crate_in(folder: &Path) -> Option<TokenStream> {
    let manifest = read(folder)?;
    path_from(&manifest, |name| {
        let parts = ["workspace", "dependencies", name];
        let workspace = workspace_of(&manifest, folder, &parts)?;
        Some(
            workspace
                .get(&["workspace", "dependencies", name, "package"])?
                .to_owned(),
        )
    })
}

/// The path for the crate of `manifest`. `inherited` is the package that the workspace gives a dependency's name.
fn path_from(
    manifest: &Manifest,
    inherited: impl Fn(&str) -> Option<String>,
) -> Option<TokenStream> {
    let own_name = manifest.get(&["package", "name"]);
    if let Some(own) = PROVIDERS
        .iter()
        .find(|provider| Some(provider.package) == own_name && provider.module.is_none())
    {
        return Some(own.path(own.library));
    }
    let mut best: Option<((usize, bool, bool, usize), TokenStream)> = None;
    for key in manifest.keys() {
        let Some(dependency) = Dependency::of_key(key) else {
            continue;
        };
        let Some((rank, path)) = dependency.resolve(manifest, &inherited) else {
            continue;
        };
        if best.as_ref().is_none_or(|(best_rank, _)| rank < *best_rank) {
            best = Some((rank, path));
        }
    }
    best.map(|(_, path)| path)
}

impl Provider {
    fn path(&self, library: &str) -> TokenStream {
        let library = Ident::new(library, Span::call_site());
        match self.module {
            Some(module) => {
                let module = Ident::new(module, Span::call_site());
                quote!(::#library::#module)
            }
            None => quote!(::#library),
        }
    }
}

/// A line of a manifest that belongs to a dependency.
struct Dependency<'a> {
    /// The path of the dependency, `dependencies.NAME` or `target.CFG.dependencies.NAME`.
    key: Vec<&'a str>,
    name: &'a str,
    table: usize,
    is_for_some_targets: bool,
}

impl<'a> Dependency<'a> {
    fn of_key(key: &'a [String]) -> Option<Self> {
        let is_for_some_targets = key.first()? == "target";
        let depth = if is_for_some_targets { 2 } else { 0 };
        let table = TABLES
            .iter()
            .position(|table| key.get(depth).is_some_and(|part| part == table))?;
        let name = key.get(depth + 1)?;
        let key = key.iter().take(depth + 2).map(String::as_str).collect();
        Some(Self {
            key,
            name,
            table,
            is_for_some_targets,
        })
    }

    /// The path to the traits through this dependency, and how willingly to take it: less is better.
    fn resolve(
        &self,
        manifest: &Manifest,
        inherited: impl Fn(&str) -> Option<String>,
    ) -> Option<((usize, bool, bool, usize), TokenStream)> {
        let option = |option: &'static str| {
            let path: Vec<&str> = self.key.iter().copied().chain([option]).collect();
            manifest.get(&path)
        };
        let from_workspace = || (option("workspace")? == "true").then(|| inherited(self.name))?;
        let package = option("package").map(str::to_owned).or_else(from_workspace);
        let wanted = package.as_deref().unwrap_or(self.name);
        let (position, provider) = PROVIDERS
            .iter()
            .enumerate()
            .find(|(_, provider)| provider.package == wanted)?;
        let renamed = package.is_some().then(|| self.name.replace('-', "_"));
        let path = provider.path(renamed.as_deref().unwrap_or(provider.library));
        let is_optional = option("optional") == Some("true");
        Some((
            (self.table, self.is_for_some_targets, is_optional, position),
            path,
        ))
    }
}

/// The manifest of the workspace that has something at `wanted`: the one the package names, else the next above it.
fn workspace_of(manifest: &Manifest, folder: &Path, wanted: &[&str]) -> Option<Manifest> {
    if let Some(named) = manifest.get(&["package", "workspace"]) {
        return read(&folder.join(named)).filter(|workspace| workspace.contains(wanted));
    }
    folder
        .ancestors()
        .filter_map(read)
        .find(|workspace| workspace.contains(wanted))
}

fn read(folder: &Path) -> Option<Manifest> {
    let text = std::fs::read_to_string(folder.join("Cargo.toml")).ok()?;
    Some(Manifest::parse(&text))
}

#[cfg(test)]
#[expect(
    clippy::disallowed_types,
    reason = "private to this process, no loom model needed"
)]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicUsize, Ordering};

    fn path(manifest: &str) -> Option<String> {
        let inherited = |name: &str| (name == "shared").then(|| "iceoryx2-core".to_owned());
        let path = path_from(&Manifest::parse(manifest), inherited)?;
        Some(path.to_string().replace(' ', ""))
    }

    const CORE: Option<&str> = Some("::iceoryx2::__elementary");
    const ELEMENTARY: Option<&str> = Some("::iceoryx2_bb_elementary");

    // Fails if: `resolve` does not take the provider that has a module.
    #[test]
    fn either_crate_is_found_under_its_own_name() {
        assert_eq!(
            path("[dependencies]\niceoryx2-core = \"1\"").as_deref(),
            CORE
        );
        assert_eq!(
            path("[dependencies.iceoryx2-core]\npath = \"x\"").as_deref(),
            CORE
        );
        assert_eq!(
            path("[dependencies]\niceoryx2-bb-elementary.path = 'x'").as_deref(),
            ELEMENTARY
        );
    }

    // Fails if: `resolve` does not ask whether the package was renamed.
    #[test]
    fn either_crate_is_found_under_another_name() {
        assert_eq!(
            path("[dependencies]\niceoryx2 = { package = \"iceoryx2-core\" }").as_deref(),
            CORE
        );
        assert_eq!(
            path("[dependencies]\nmy-iox = { package = \"iceoryx2-core\" }").as_deref(),
            Some("::my_iox::__elementary")
        );
        assert_eq!(
            path("[dependencies]\nbasics = { package = \"iceoryx2-bb-elementary\" }").as_deref(),
            Some("::basics")
        );
    }

    #[test]
    fn a_name_inherited_from_the_workspace_is_the_workspaces() {
        assert_eq!(
            path("[dependencies]\nshared.workspace = true").as_deref(),
            Some("::shared::__elementary")
        );
        assert_eq!(
            path("[dependencies]\niceoryx2-core = { workspace = true }").as_deref(),
            CORE
        );
        assert_eq!(path("[dependencies]\nshared = \"1\""), None);
    }

    #[test]
    fn targets_tests_and_build_scripts_are_looked_at_too() {
        for table in [
            "target.'cfg(unix)'.dependencies",
            "dev-dependencies",
            "build-dependencies",
        ] {
            assert_eq!(
                path(&format!("[{table}]\niceoryx2-core = \"1\"")).as_deref(),
                CORE
            );
        }
    }

    #[test]
    fn what_every_part_of_the_crate_can_see_is_preferred() {
        let manifest = "[dev-dependencies]\niceoryx2-bb-elementary = \"1\"\n\
                        [dependencies]\niceoryx2-core = \"1\"";
        assert_eq!(path(manifest).as_deref(), CORE);
        let manifest = "[dependencies]\niceoryx2-bb-elementary = { version = \"1\", optional = true }\n\
                        iceoryx2-core = \"1\"";
        assert_eq!(path(manifest).as_deref(), CORE);
    }

    #[test]
    fn elementary_finds_itself() {
        assert_eq!(
            path("[package]\nname = \"iceoryx2-bb-elementary\"").as_deref(),
            ELEMENTARY
        );
    }

    #[test]
    fn a_stranger_finds_nothing() {
        assert_eq!(
            path("[dependencies]\niceoryx2 = \"1\"\nserde = \"1\""),
            None
        );
    }

    #[test]
    fn the_sentence_names_the_manifest_and_the_cure() {
        assert_eq!(
            not_found(Some(Path::new("/a")), "zero_copy_send"),
            "/a/Cargo.toml names neither `iceoryx2-core` nor `iceoryx2-bb-elementary`: add one of \
             them to `[dependencies]`, or write `#[zero_copy_send(crate = path)]` with the path of \
             a re-export of `iceoryx2-bb-elementary`"
        );
    }

    /// A folder of its own with these manifests in it, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn with(manifests: &[(&str, &str)]) -> Self {
            static COUNT: AtomicUsize = AtomicUsize::new(0);
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let name = format!("iceoryx2-derive-{}-{count}", std::process::id());
            let folder = Self(std::env::temp_dir().join(name));
            for (place, text) in manifests {
                let place = folder.0.join(place);
                std::fs::create_dir_all(&place).unwrap();
                std::fs::write(place.join("Cargo.toml"), text).unwrap();
            }
            folder
        }

        fn path_for(&self, place: &str) -> Option<String> {
            let path = of_crate_in(&self.0.join(place))?;
            Some(path.to_string().replace(' ', ""))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.0).unwrap();
        }
    }

    const WORKSPACE: &str = "[workspace.dependencies]\niox = { package = \"iceoryx2-core\" }";

    #[test]
    fn the_workspace_is_looked_for_above_the_crate() {
        let folder = Folder::with(&[
            ("", WORKSPACE),
            ("crates", "[package]\nname = \"between\""),
            ("crates/a", "[dependencies]\niox.workspace = true"),
        ]);
        assert_eq!(
            folder.path_for("crates/a").as_deref(),
            Some("::iox::__elementary")
        );
        assert_eq!(folder.path_for("crates"), None);
        assert_eq!(folder.path_for("nowhere"), None);
    }

    #[test]
    fn the_workspace_is_where_the_crate_says() {
        let folder = Folder::with(&[
            ("root", WORKSPACE),
            (
                "a",
                "[package]\nworkspace = \"../root\"\n[dependencies]\niox = { workspace = true }",
            ),
        ]);
        assert_eq!(folder.path_for("a").as_deref(), Some("::iox::__elementary"));
    }
}
