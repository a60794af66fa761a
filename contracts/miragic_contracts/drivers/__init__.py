"""Ways to reach a server: over HTTP, or as a WSGI application in this process."""

from .call import Call, Upload
from .http import HttpDriver
from .wsgi import WsgiAdapter, wsgi_driver

__all__ = ["Call", "HttpDriver", "Upload", "WsgiAdapter", "wsgi_driver"]
