"""Starts standby as systemd does, and prints what becomes of it: manager.py SOCKET NOTIFY-SOCKET COMMAND..."""
import json, os, select, socket, subprocess, sys

path, notify, *command = sys.argv[1:]
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(128)
os.dup2(listener.fileno(), 3)
told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
told.bind(notify)
wrapper = ["sh", "-c", 'WATCHDOG_PID=$$ LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', "sh"]
child = subprocess.Popen(wrapper + command, pass_fds=[3], env={**os.environ, "NOTIFY_SOCKET": notify})
print("pid", child.pid, flush=True)
while child.poll() is None:
    if select.select([told], [], [], 0.02)[0]:
        print("told", json.dumps(told.recv(4096).decode()), flush=True)
print("ended", child.returncode, flush=True)
