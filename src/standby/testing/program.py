"""
A server of one connection: says who it is, and does what the first line asks for. With the argument "fail at once" it does, and
with "end at once" it ends without a look at its socket.
"""
import json, os, signal, socket, subprocess, sys, time

if "fail at once" in sys.argv:
    sys.exit(5)
if "end at once" in sys.argv:
    sys.exit()
connection, _ = socket.socket(fileno=3).accept()
word = connection.makefile().readline().strip()
child = ["sleep", "60"]
left = subprocess.Popen(child, start_new_session=True).pid if word == "leave a child" else None
stopped = []
if word == "finish":
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
facts = {name: os.environ.get(name) for name in ("LISTEN_PID", "LISTEN_FDS", "WATCHDOG_PID", "WATCHDOG_USEC")}
connection.sendall((json.dumps({"pid": os.getpid(), "left": left, **facts}) + "\n").encode())
if word == "fail":
    sys.exit(7)
if word == "die":
    os.kill(os.getpid(), signal.SIGKILL)
while word in ("stay", "finish") and not stopped:
    time.sleep(0.01)
if stopped:
    connection.sendall(b'{"finished": true}\n')
