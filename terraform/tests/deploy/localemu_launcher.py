#!/usr/bin/env python3
"""Starts LocalEmu with functions as processes of this machine, where it would start a container for each.

It takes the place of LocalEmu's own executors of functions: one process per execution environment, which asks for its
calls as the Lambda Runtime API has it.
"""
import json
import pathlib
import queue
import subprocess
import sys
import threading
import time
import types

from localemu import config
from localemu.services.lambda_.invocation import runtime_executor
from localemu.services.lambda_.invocation.lambda_models import InvocationResult

import wire

SECONDS_TO_START = 30


class Calls(wire.Handler):
    """The Lambda Runtime API of one process: it gets calls from a queue, and puts results into another."""

    def reply(self, status, body=b"", headers=()):
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.server.is_ready.set()
        call, deadline = self.server.calls.get()
        self.reply(200, call["payload"].encode(), [
            ("Content-Type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", call["invoke-id"]),
            ("Lambda-Runtime-Deadline-Ms", str(int(deadline * 1000))),
            ("Lambda-Runtime-Invoked-Function-Arn", call["invoked-function-arn"]),
            ("Lambda-Runtime-Trace-Id", call["trace-id"]),
        ])

    def do_POST(self):
        body = self.body()
        *_, identity, what = self.path.split("/")
        self.server.results.put((identity, what == "error", body))
        self.reply(202)


class Process(runtime_executor.RuntimeExecutor):
    """An execution environment."""

    def start(self, env_vars):
        self.server = wire.Server(("127.0.0.1", 0), Calls)
        self.server.calls, self.server.results = queue.Queue(), queue.Queue()
        self.server.is_ready = threading.Event()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        folder = pathlib.Path(self.function_version.config.code.get_unzipped_code_location())
        (folder / "bootstrap").chmod(0o755)
        self.log = open(folder.parent / f"{self.id}.log", "w+b")
        self.process = subprocess.Popen(
            [folder / "bootstrap"], cwd=folder, stdout=self.log, stderr=subprocess.STDOUT, env={
                **{name: str(value) for name, value in env_vars.items()},
                "PATH": f"{pathlib.Path(sys.executable).parent}:/usr/bin:/bin",
                "LAMBDA_TASK_ROOT": str(folder),
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_port}",
            },
        )
        if not self.server.is_ready.wait(SECONDS_TO_START):
            self.stop()
            raise runtime_executor.LambdaRuntimeException(f"the function asked for no call: {self.get_logs()}")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.server.shutdown()

    def invoke(self, payload, function_timeout=None):
        seconds = function_timeout or int(self.function_version.config.timeout)
        self.server.calls.put((payload, time.time() + seconds))
        try:
            _, is_error, body = self.server.results.get(timeout=seconds)
        except queue.Empty:
            error = {"errorType": "Sandbox.Timedout", "errorMessage": f"Task timed out after {seconds}.00 seconds"}
            is_error, body = True, json.dumps(error).encode()
        return InvocationResult(payload["invoke-id"], body, is_error, self.get_logs())

    def get_logs(self):
        return pathlib.Path(self.log.name).read_text(errors="replace")

    def get_address(self):
        return "127.0.0.1"

    def get_endpoint_from_executor(self):
        return "127.0.0.1"

    def get_runtime_endpoint(self):
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}"

    @classmethod
    def prepare_version(cls, function_version):
        if function_version.config.code:
            function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        pass


class OnlyProcesses:
    """Stands for the registry of executors: whichever is asked for, it is this one."""

    def exists(self, _name):
        return True

    def load(self, _name):
        return types.SimpleNamespace(load=lambda: Process)


if __name__ == "__main__":
    runtime_executor.EXECUTOR_PLUGIN_MANAGER = OnlyProcesses()
    from localemu.runtime.main import main

    main()
