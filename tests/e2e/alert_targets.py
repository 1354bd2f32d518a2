# SPDX-License-Identifier: Apache-2.0
"""Who is told of alerts: a webhook of a few lines, and Debian's Alertmanager."""

import http.server
import json
import threading

from support import LOOPBACK, Program, free_port, get, get_json


class Webhook:
    """Keeps the bodies that are posted to it. May be away for a while, and comes back on its port."""

    def __init__(self, port=0):
        self.bodies = []
        self.port = port
        self.server = None
        self.start()

    @property
    def url(self):
        return f"http://{LOOPBACK}:{self.port}/hook"

    def start(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                outer.bodies.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((LOOPBACK, self.port), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def messages(self, status, rule):
        found = [json.loads(body) for _, body in self.bodies]
        return [message for message in found
                if message["status"] == status and message["groupLabels"].get("alertname") == rule]


class Alertmanager(Program):
    def __init__(self, folder, name):
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        home = folder / name
        home.mkdir()
        (home / "config.yml").write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
        super().__init__(folder, ["prometheus-alertmanager", f"--config.file={home}/config.yml", f"--storage.path={home}",
                                  f"--web.listen-address={LOOPBACK}:{self.port}", "--cluster.listen-address="], name)

    def ready(self):
        assert self.alive(), self.output()
        return get(self.url + "/-/ready")[0] == 200

    def alert(self, rule, group):
        """The alert of this rule about this group, or None."""
        for alert in get_json(self.url + "/api/v2/alerts"):
            if alert["labels"]["alertname"] == rule and alert["labels"].get("group") == group:
                return alert
        return None
