"""The other services as a workflow sees them: one small method a deed, each with a deadline.

A failed call raises grpc.aio.AioRpcError; what a workflow can act on is returned as a value.
"""
