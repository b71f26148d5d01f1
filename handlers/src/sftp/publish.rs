//! The complete file under its name, in place of whatever had that name.

use russh_sftp::protocol::StatusCode;

use super::error::TransferError;
use super::session::{About, Session, is_status};

/// Renames `temporary` to `path`. Where the server can replace a file in one step it does; elsewhere the
/// old file is removed first, and for a moment there is none of that name.
pub(super) async fn publish(
    session: &Session,
    temporary: &str,
    path: &str,
) -> Result<(), TransferError> {
    let about = About { action: "rename a complete file to", during: "renaming the file", path };
    let renamed = if session.extensions.posix_rename {
        session.replace(temporary, path).await
    } else {
        session.rename(temporary, path).await
    };
    let Err(error) = renamed else { return Ok(()) };
    // Anything but the server's refusal leaves open what happened; the next try will see.
    if !is_status(&error, StatusCode::Failure)
        && !is_status(&error, StatusCode::PermissionDenied)
        && !is_status(&error, StatusCode::OpUnsupported)
    {
        return Err(session.failed(about, error));
    }
    if session.is_directory(path).await {
        return Err(TransferError::NameTaken { path: path.to_owned() });
    }
    if session.extensions.posix_rename || session.size(about).await?.is_none() {
        return Err(session.failed(about, error));
    }
    let removing = About { action: "remove the old file", ..about };
    session.told(removing, session.remove(path)).await?;
    session.told(about, session.rename(temporary, path)).await
}
