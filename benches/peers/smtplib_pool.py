"""Python's smtplib, a thread a connection: smtplib_pool.py PORT MESSAGES CONNECTIONS TEXT-FILE HTML-FILE"""
import smtplib
import sys
import threading
from email.message import EmailMessage
from pathlib import Path

port, messages, connections = map(int, sys.argv[1:4])
text, html = (Path(name).read_text() for name in sys.argv[4:6])
numbers = iter(range(messages))
lock = threading.Lock()


def work():
    with smtplib.SMTP("127.0.0.1", port) as server:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            message = EmailMessage()
            message["From"], message["To"], message["Subject"] = "News <news@example.org>", f"reader{number}@example.org", "News"
            message.set_content(f"Dear reader {number},\n\n{text}")
            message.add_alternative(f"<p>Dear reader {number},</p>{html}", subtype="html")
            server.send_message(message)


threads = [threading.Thread(target=work) for _ in range(connections)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
