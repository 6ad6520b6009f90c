"""The frame of the official SDK, a second implementation of the same bytes.

Its package makes an event loop of its own when it is imported, and leaves it open.
"""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from lark_oapi.ws import client
    from lark_oapi.ws.pb.pbbp2_pb2 import Frame

client.loop.close()

__all__ = ["Frame"]
