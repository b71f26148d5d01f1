//! Options that an import of the document has.

use crate::base_path::BasePath;

/// How the document becomes an API where the document itself leaves it open.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct ImportOptions {
    /// What becomes of the path of the document's first server.
    #[arg(long = "basepath", value_name = "MODE", value_enum, default_value_t)]
    pub base_path: BasePath,
}
