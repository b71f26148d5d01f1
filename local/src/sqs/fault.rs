//! Errors in the words of SQS: the JSON protocol's shape, and the code that clients of the query
//! protocol know (the service's model has both, in `awsQueryError`).

use hyper::StatusCode;

use super::queues::QueueError;
use crate::aws_json::Fault;

fn fault(shape: &str, query_code: &'static str, message: impl Into<String>) -> Fault {
    let shape = format!("com.amazonaws.sqs#{shape}");
    Fault { query_code: Some(query_code), ..Fault::sender(shape, message) }
}

impl From<QueueError> for Fault {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::NoSuchQueue => {
                let code = "AWS.SimpleQueueService.NonExistentQueue";
                fault("QueueDoesNotExist", code, error.to_string())
            }
            QueueError::Store(_) => Self::service(&error),
        }
    }
}

pub(super) fn invalid_action(message: impl Into<String>) -> Fault {
    fault("InvalidAction", "InvalidAction", message)
}

pub(super) fn missing_parameter(name: &str) -> Fault {
    let message = format!("The request must contain the parameter {name}.");
    fault("MissingRequiredParameterException", "MissingParameter", message)
}

pub(super) fn invalid_value(value: impl std::fmt::Display, name: &str, reason: &str) -> Fault {
    let message = format!("Value {value} for parameter {name} is invalid. Reason: {reason}");
    invalid_parameter(message)
}

pub(super) fn invalid_parameter(message: impl Into<String>) -> Fault {
    fault("InvalidParameterValueException", "InvalidParameterValue", message)
}

pub(super) fn invalid_attribute_name(name: &str) -> Fault {
    fault("InvalidAttributeName", "InvalidAttributeName", format!("Unknown Attribute {name}."))
}

pub(super) fn invalid_contents() -> Fault {
    let message = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | \
        #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF";
    fault("InvalidMessageContents", "InvalidMessageContents", message)
}

pub(super) fn invalid_receipt(handle: &str) -> Fault {
    let message = format!("The input receipt handle \"{handle}\" is not a valid receipt handle.");
    let invalid = fault("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", message);
    Fault { status: StatusCode::NOT_FOUND, ..invalid }
}

pub(super) fn not_in_flight() -> Fault {
    let code = "AWS.SimpleQueueService.MessageNotInflight";
    fault("MessageNotInflight", code, "The message referred to isn't in flight.")
}

pub(super) fn gone(handle: &str) -> Fault {
    let reason = "Message does not exist or is not available for visibility timeout change.";
    invalid_value(handle, "ReceiptHandle", reason)
}

pub(super) fn empty_batch() -> Fault {
    let message = "There should be at least one entry in the request.";
    fault("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", message)
}

pub(super) fn too_many_entries(count: usize) -> Fault {
    let code = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest";
    let message = format!("Maximum number of entries per request are 10. You have sent {count}.");
    fault("TooManyEntriesInBatchRequest", code, message)
}

pub(super) fn entry_ids_not_distinct(id: &str) -> Fault {
    let code = "AWS.SimpleQueueService.BatchEntryIdsNotDistinct";
    fault("BatchEntryIdsNotDistinct", code, format!("Id {id} repeated."))
}

pub(super) fn invalid_entry_id() -> Fault {
    let message = "A batch entry id can only contain alphanumeric characters, hyphens and \
        underscores. It can be at most 80 letters long.";
    fault("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId", message)
}

pub(super) fn batch_too_long(size: usize, most: usize) -> Fault {
    let code = "AWS.SimpleQueueService.BatchRequestTooLong";
    let message =
        format!("Batch requests cannot be longer than {most} bytes. You have sent {size} bytes.");
    fault("BatchRequestTooLong", code, message)
}

pub(super) fn resource_not_found() -> Fault {
    let message = "The resource that you specified for the SourceArn parameter doesn't exist.";
    let missing = fault("ResourceNotFoundException", "ResourceNotFoundException", message);
    Fault { status: StatusCode::NOT_FOUND, ..missing }
}

pub(super) fn unsupported(message: impl Into<String>) -> Fault {
    let code = "AWS.SimpleQueueService.UnsupportedOperation";
    fault("UnsupportedOperation", code, message)
}
