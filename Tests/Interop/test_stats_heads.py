"""What the head of `stats` says of the servers that it measures."""


def ping(program, name):
    program.converse(
        program.record(program.binary, "demo-server", options=["--name", name]),
        b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')


def test_servers_that_are_not_named_are_counted(mcptape):
    for name in "abcd":
        ping(mcptape, name)
    assert "4 sessions of a, b, c, d\n" in mcptape.run("stats", "--all").text
    for name in "ef":
        ping(mcptape, name)
    assert "6 sessions of a, b, c, d, +2\n" in mcptape.run("stats", "--all").text
