"""Ways to reach a server."""

from miragic_contracts.drivers.call import Call, Upload
from miragic_contracts.drivers.http import HttpDriver
from miragic_contracts.drivers.wsgi import WsgiAdapter, wsgi_driver

__all__ = ["Call", "HttpDriver", "Upload", "WsgiAdapter", "wsgi_driver"]
