"""S3 tells a queue, the queue calls a function; what fails comes again, and alone, until it is put aside."""
import contextlib
import json

import botocore.exceptions

from proof import eventually, expect


def record(tables, outputs, name):
    """The record that the function wrote, or nothing."""
    found = tables.get_item(TableName=outputs["table_names"]["records"], Key={"name": {"S": name}}).get("Item")
    return found and {key: next(iter(value.values())) for key, value in found.items()}


def told(bucket, key):
    """What S3 says of an object."""
    return json.dumps({"Records": [{"s3": {"bucket": {"name": bucket}, "object": {"key": key}}}]})


@contextlib.contextmanager
def paused(functions, name):
    """Queues call the function only after the block, so that what is sent in it comes in one batch."""
    mappings = [it["UUID"] for it in functions.list_event_source_mappings(FunctionName=f"{name}:live")["EventSourceMappings"]]
    for mapping in mappings:
        functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    expect(mappings, "the queue calls the function's alias")
    yield
    for mapping in mappings:
        functions.update_event_source_mapping(UUID=mapping, Enabled=True)


def refusal(call):
    """The code of the error that a call ends with; nothing if it succeeds."""
    try:
        call()
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return None


def prove_encryption(emulator, queue):
    unencrypted = emulator.client_at("sqs", emulator.plain_endpoint)
    refused = refusal(lambda: unencrypted.send_message(QueueUrl=queue, MessageBody="{}"))
    expect(refused == "AccessDenied", "a queue is not reached without TLS", refused)


def prove(emulator, outputs):
    objects, tables, messages = (emulator.client(it) for it in ("s3", "dynamodb", "sqs"))
    bucket, queue = outputs["bucket_names"]["inbox"], outputs["queue_urls"]["arrivals"]
    dead_letters = outputs["dead_letter_queue_urls"]["arrivals"]

    if emulator.has("TLS"):
        prove_encryption(emulator, queue)
    objects.put_object(Bucket=bucket, Key="in/one.txt", Body=b"one")
    objects.put_object(Bucket=bucket, Key="out/other.txt", Body=b"other")
    eventually(lambda: record(tables, outputs, "one.txt"), "an object put into a bucket arrives at a function by a queue")

    with paused(emulator.client("lambda"), outputs["function_names"]["collector"]):
        messages.send_message_batch(QueueUrl=queue, Entries=[
            {"Id": name, "MessageBody": told(bucket, f"in/{name}.txt")} for name in ("bad", "one")
        ])
    dead = eventually(
        lambda: messages.receive_message(QueueUrl=dead_letters).get("Messages"),
        "a message that fails every time is put aside into the dead-letter queue", seconds=90,
    )
    expect("in/bad.txt" in dead[0]["Body"] and len(dead) == 1, "which holds that message alone", dead)
    one = record(tables, outputs, "one.txt")
    expect(one["times"] == "2" and one["together"] == "2", "the one that came with it succeeded at once and stayed so", one)
    expect(not record(tables, outputs, "other.txt"), "objects outside the prefix are not told", one)
