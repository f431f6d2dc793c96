import os
import platform

from bottle import Bottle
from waitress import serve

from app.greeting import greet

service = Bottle()


@service.get("/healthz")
def healthz():
    return {"status": "ok"}


@service.get("/hello/<name>")
def hello(name: str):
    return {"message": greet(name), "uid": os.getuid(), "hostname": platform.node()}


if __name__ == "__main__":
    serve(service, host=os.environ.get("HOST", "127.0.0.1"), port=int(os.environ["PORT"]))
