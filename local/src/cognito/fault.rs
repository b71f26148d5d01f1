//! Errors in the words of Cognito, which clients compare.

use hyper::StatusCode;

use crate::aws_json::Fault;

pub(super) fn not_authorized(message: impl Into<String>) -> Fault {
    Fault::sender("NotAuthorizedException", message)
}

/// What both an unknown user and a wrong password get, since clients have
/// `prevent_user_existence_errors` on.
pub(super) fn wrong_password() -> Fault {
    not_authorized("Incorrect username or password.")
}

pub(super) fn locked_out() -> Fault {
    not_authorized("Password attempts exceeded")
}

pub(super) fn attempt_limit() -> Fault {
    let message = "Attempt limit exceeded, please try after some time.";
    Fault::sender("LimitExceededException", message)
}

pub(super) fn invalid_parameter(message: impl Into<String>) -> Fault {
    Fault::sender("InvalidParameterException", message)
}

pub(super) fn invalid_password(reason: &str) -> Fault {
    let message = format!("Password did not conform with policy: {reason}");
    Fault::sender("InvalidPasswordException", message)
}

pub(super) fn email_taken() -> Fault {
    Fault::sender("UsernameExistsException", "An account with the given email already exists.")
}

pub(super) fn no_such_user() -> Fault {
    Fault::sender("UserNotFoundException", "User does not exist.")
}

pub(super) fn not_confirmed() -> Fault {
    Fault::sender("UserNotConfirmedException", "User is not confirmed.")
}

pub(super) fn no_such_pool(id: &str) -> Fault {
    let message = format!("User pool {id} does not exist.");
    Fault::sender("ResourceNotFoundException", message)
}

pub(super) fn no_such_client(id: &str) -> Fault {
    let message = format!("User pool client {id} does not exist.");
    Fault::sender("ResourceNotFoundException", message)
}

pub(super) fn wrong_code() -> Fault {
    let message = "Invalid verification code provided, please try again.";
    Fault::sender("CodeMismatchException", message)
}

pub(super) fn expired_code() -> Fault {
    let message = "Invalid code provided, please request a code again.";
    Fault::sender("ExpiredCodeException", message)
}

/// The function of a trigger refused, in its own words.
pub(super) fn refused_by_function(trigger: &str, reason: &str) -> Fault {
    let message = format!("{trigger} failed with error {reason}.");
    Fault::sender("UserLambdaValidationException", message)
}

/// The function of a trigger could not be asked.
pub(super) fn unreachable_function(trigger: &str, reason: &str) -> Fault {
    let message = format!("{trigger} invocation failed due to error {reason}.");
    Fault::sender("UnexpectedLambdaException", message)
}

/// The function of a trigger answered something else than its event.
pub(super) fn unreadable_function_answer() -> Fault {
    Fault::sender("InvalidLambdaResponseException", "Unrecognizable lambda output")
}

/// Something of this machine failed; the cause goes to the log.
pub(super) fn internal(cause: &(dyn std::error::Error + 'static)) -> Fault {
    tracing::error!(error = cause, "the embedded user pools failed");
    Fault {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        ..Fault::sender(
            "InternalErrorException",
            "the embedded user pools failed; the log says why",
        )
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        internal(&error)
    }
}
