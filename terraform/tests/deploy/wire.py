"""What servers of the proofs have in common: HTTP/1.1, bodies by length or in chunks, and no word on the console."""
import http.server


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        """The whole body of the request, also one in chunks, which Python leaves to its callers."""
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)


class Server(http.server.ThreadingHTTPServer):
    """A thread per connection; none of them keeps the program from ending."""

    daemon_threads = True
    # Two applies, their functions and the proofs connect at once. Python's five are soon taken, and whoever comes next
    # waits for seconds until TCP tries again.
    request_queue_size = 128
