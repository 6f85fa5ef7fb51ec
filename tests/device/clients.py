"""Calls Grange's objects with three clients that others wrote: clients.py URL USER, the password in DEVICE_PASSWORD."""

import asyncio
import os
import sys
from urllib.parse import urlsplit

from openwrt.ubus import Ubus
from openwrt_ubus_client.client import BadCredentialsError, OpenWrtUbusClient
from saltext.uci_ubus._internal.rpc import UbusRpcClient
from saltext.uci_ubus._internal import rpc as salt_rpc

READ = {"grange": ["status", "events", "version"], "grange.mesh": ["topology", "neighbours"], "grange.uplink": ["status", "usage", "bill"]}


def openwrt_ubus_rpc(url, user, password):
    client = Ubus(f"{url}/ubus", user, password, timeout=20)
    assert client.connect(), "no session"
    found = client.api_call("list", "grange*")
    assert set(found) >= set(READ), found
    assert "String" in str(found) or "string" in str(found), found
    assert client.api_call("call", "grange", "status")["summary"]
    return f"openwrt-ubus-rpc: {len(found)} objects listed, grange status read"


def openwrt_ubus_client(url, user, password):
    async def ask():
        client = OpenWrtUbusClient(urlsplit(url).netloc, user, password)
        wanted = {client.add_command(o, m): f"{o} {m}" for o, methods in READ.items() for m in methods}
        refused = client.add_command("grange.mesh", "path", {"to": 7})
        replies = await client.send_commands()
        for number, call in wanted.items():
            assert replies[number]["status"] == 0 and replies[number]["result"], (call, replies[number])
        assert replies[refused]["status"] == 2, replies[refused]
        try:
            await OpenWrtUbusClient(urlsplit(url).netloc, user, password + "x").refresh_session()
        except BadCredentialsError:
            return f"openwrt-ubus-client: {len(wanted)} calls in one batch, a wrong type and a wrong password refused"
        raise AssertionError("a wrong password was taken")

    return asyncio.run(ask())


def saltext_uci_ubus(url, user, password):
    place = urlsplit(url)
    client = UbusRpcClient(host=place.hostname, username=user, password=password, scheme=place.scheme, port=place.port or {"http": 80, "https": 443}[place.scheme])
    client.login()
    assert client.call("grange.mesh", "topology")["type"] == "NetworkGraph"
    uplinks = client.call("uci", "get", {"config": "grange-uplinkd", "type": "uplink"})["values"]
    rows = {row["name"] for row in client.call("grange.uplink", "status")["uplinks"]}
    assert rows <= set(uplinks), (rows, uplinks)
    try:
        client.call("grange.uplink", "drain", {"uplink": 7})
    except salt_rpc.UbusError as error:
        return f"saltext-uci-ubus: topology, {len(uplinks)} uplinks configured and shown, a wrong type refused ({error})"
    raise AssertionError("a number was taken for the name of an uplink")


if __name__ == "__main__":
    for client in (openwrt_ubus_rpc, openwrt_ubus_client, saltext_uci_ubus):
        print(client(sys.argv[1].rstrip("/"), sys.argv[2], os.environ["DEVICE_PASSWORD"]))
