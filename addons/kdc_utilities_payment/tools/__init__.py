"""The other side of the gateways, for trying out and for the tests. Nothing here runs on a live site."""
