"""What the service says; the file that the quickstart changes."""

GREETING = "hello"


def greet(name: str) -> str:
    return f"{GREETING}, {name}!"
