"""Two nodes behind one web server: nginx on a loopback port, two PHP-FPM masters with a pool each, all files in one folder."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from installation import NODES, SETTINGS


class Web:
    """Serves `code` at `address`. A request with the header `X-Node: a` goes to that node, any other to either."""

    def __init__(self, folder, code, workers=4):
        self.folder, self.code, self.workers = pathlib.Path(folder), code, workers
        self.folder.mkdir(parents=True, exist_ok=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address, self.log = f"http://127.0.0.1:{self.port}", self.folder / "php.log"
        # A socket's address has at most 107 characters.
        self.sockets, self.nodes, self.nginx = pathlib.Path(tempfile.mkdtemp(prefix="shopengine-")), {}, None

    def start(self):
        for node in NODES:
            self.start_node(node)
        config = self.folder / "nginx.conf"
        config.write_text(self.nginx_configuration())
        self.nginx = subprocess.Popen([program("nginx"), "-c", str(config), "-p", str(self.folder), "-e", str(self.folder / "nginx.log")],
                                      start_new_session=True)
        self.wait(self.nginx, ("127.0.0.1", self.port), socket.AF_INET)
        return self

    def stop(self):
        for node in NODES:
            self.kill_node(node, signal.SIGTERM)
        if self.nginx is not None:
            self.nginx.terminate()
            self.nginx.wait(10)
        shutil.rmtree(self.sockets, ignore_errors=True)

    def start_node(self, node, without=()):
        """Starts a node, with some settings of PHP left out."""
        config = self.folder / f"fpm-{node}.conf"
        config.write_text(self.pool_configuration(node))
        version = subprocess.run(["php", "-r", "echo PHP_MAJOR_VERSION, '.', PHP_MINOR_VERSION;"], capture_output=True, text=True).stdout
        settings = (word for name, value in SETTINGS.items() if name not in without for word in ("-d", f"{name}={value}"))
        root = ["--allow-to-run-as-root"] if os.getuid() == 0 else []
        with open(self.folder / f"fpm-{node}.log", "ab") as log:
            self.nodes[node] = subprocess.Popen([program(f"php-fpm{version}", "php-fpm"), "-F", "-y", str(config), *settings, *root],
                                                start_new_session=True, stdout=log, stderr=log)
        self.wait(self.nodes[node], str(self.sockets / node), socket.AF_UNIX)

    def kill_node(self, node, how=signal.SIGKILL):
        """Ends a node, master and workers, wherever they are; how it ended, None where it did not run."""
        process = self.nodes.pop(node, None)
        if process is None:
            return None
        try:
            os.killpg(process.pid, how)
        except ProcessLookupError:
            pass
        return process.wait(10)

    def halt_node(self, node):
        """The node does nothing any more, and does not know it."""
        os.killpg(self.nodes[node].pid, signal.SIGSTOP)

    def continue_node(self, node):
        os.killpg(self.nodes[node].pid, signal.SIGCONT)

    @staticmethod
    def wait(process, address, family):
        for _ in range(100):
            with socket.socket(family) as probe:
                if probe.connect_ex(address) == 0:
                    return
            assert process.poll() is None, f"{process.args[0]} did not start"
            time.sleep(0.1)
        raise AssertionError(f"{process.args[0]} does not listen on {address}")

    def pool_configuration(self, node):
        return (f"[global]\nerror_log = {self.folder}/fpm-{node}.log\n"
                f"[{node}]\nlisten = {self.sockets}/{node}\nlisten.backlog = 511\n"
                # As root the pool must name its account; otherwise it has none to choose.
                + ("user = root\ngroup = root\n" if os.getuid() == 0 else "") +
                f"pm = static\npm.max_children = {self.workers}\ncatch_workers_output = yes\nenv[WEB_NODE] = {node}\n"
                # What is sent by a program of the machine, where the site names no mail server.
                f"php_admin_value[sendmail_path] = /bin/sh -c 'cat >> {self.folder}/sent'\n"
                f"php_admin_flag[log_errors] = on\nphp_admin_value[error_log] = {self.log}\n")

    def nginx_configuration(self):
        places = "".join(f"  {name}_temp_path {self.folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        return f"""daemon off;
master_process off;
pid {self.folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
{places}  access_log off;
  types {{ text/css css; text/javascript js; image/svg+xml svg; }}
  default_type application/octet-stream;
  upstream a {{ server unix:{self.sockets}/a; }}
  upstream b {{ server unix:{self.sockets}/b; }}
  upstream both {{ server unix:{self.sockets}/a max_fails=1 fail_timeout=2s; server unix:{self.sockets}/b max_fails=1 fail_timeout=2s; }}
  map $http_x_node $node {{ default both; a a; b b; }}
  server {{
    listen 127.0.0.1:{self.port} backlog=511;
    root {self.code};
    index index.php;
    client_max_body_size 16m;
    location ~ [^/]\\.php(/|$) {{
      fastcgi_split_path_info ^(.+?\\.php)(/.*)$;
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_param PATH_INFO $fastcgi_path_info;
      fastcgi_read_timeout 120s;
      fastcgi_buffers 16 64k;
      fastcgi_buffer_size 64k;
      fastcgi_pass $node;
    }}
  }}
}}
"""


def program(*names):
    found = next(filter(None, (shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin") for name in names)), None)
    assert found, f"{names[0]} is missing: run scripts/setup.sh test"
    return found
