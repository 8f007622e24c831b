// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The configuration of everything in this process that was given no other.

use super::{Config, ConfigCreationError, file, search};
use std::{path::PathBuf, sync::OnceLock};

static GLOBAL_CONFIG: OnceLock<GlobalConfig> = OnceLock::new();

pub(super) struct GlobalConfig {
    config: Config,
    origin: Origin,
}

enum Origin {
    BuiltIn,
    File(PathBuf),
    /// The configuration is the built-in one, though there is a file.
    BrokenFile(ConfigCreationError),
}

/// The global configuration. The first call looks for it and logs what came of that.
pub(super) fn get() -> &'static GlobalConfig {
    let mut looked = false;
    let global = GLOBAL_CONFIG.get_or_init(|| {
        looked = true;
        GlobalConfig::look()
    });
    // WHY: only now, because who listens may ask for the global configuration itself.
    if looked {
        global.report();
    }
    global
}

/// Makes `config` the global configuration, unless there is one.
pub(super) fn set(config: Config, path: PathBuf) -> Result<(), ConfigCreationError> {
    let origin = Origin::File(path.clone());
    GLOBAL_CONFIG
        .set(GlobalConfig { config, origin })
        .map_err(|_| ConfigCreationError::GlobalConfigInUse { path })
}

impl GlobalConfig {
    fn look() -> Self {
        let found = search::find().and_then(|path| match path {
            Some(path) => file::read(&path).map(|config| (config, Origin::File(path))),
            None => Ok((Config::default(), Origin::BuiltIn)),
        });
        let (config, origin) =
            found.unwrap_or_else(|error| (Config::default(), Origin::BrokenFile(error)));
        Self { config, origin }
    }

    fn report(&self) {
        match &self.origin {
            Origin::BuiltIn => tracing::debug!("no configuration file, so the defaults apply"),
            Origin::File(path) => tracing::debug!("the configuration is {}", path.display()),
            Origin::BrokenFile(error) => tracing::error!("{error}"),
        }
    }

    /// What applies, even if it is not what the file says.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// What applies, if it is what the file says.
    pub(super) fn checked(&self) -> Result<&Config, &ConfigCreationError> {
        match &self.origin {
            Origin::BuiltIn | Origin::File(_) => Ok(&self.config),
            Origin::BrokenFile(error) => Err(error),
        }
    }
}
