import Testing

@testable import Recording

struct ServerNameTests {
    @Test(arguments: [
        ("npx -y @modelcontextprotocol/server-github", "server-github"),
        ("npx --yes @modelcontextprotocol/server-github@1.2.3 --stdio", "server-github"),
        ("/usr/local/bin/npx mcp-remote@latest https://x.example/mcp", "mcp-remote"),
        ("npx -p @scope/tools@2 run-server", "run-server"), ("npx -y -p @scope/tools@2", "tools"),
        ("npx.cmd -y foo", "foo"), ("npm exec -- @a/b@1", "b"), ("pnpm dlx @a/b", "b"), ("bunx @a/b", "b"),
        ("bun x thing", "thing"), ("bun run server.ts", "server"), ("deno run -A npm:@a/b@1", "b"),
        ("uvx mcp-server-time", "mcp-server-time"),
        ("uvx mcp-server-time==1.0 --local-timezone=UTC", "mcp-server-time"),
        ("uvx --from git+https://github.com/oraios/serena serena start", "serena"),
        ("uvx --from git+https://github.com/oraios/serena.git@main", "serena"),
        ("uvx --with x[y] foo[cli]", "foo"), ("uv tool run foo", "foo"),
        ("uv run --directory /srv/weather weather.py", "weather"),
        ("uv --directory /srv run my-server", "my-server"),
        ("uv run python -m mcp_server_git --repository .", "mcp_server_git"), ("uv run -m pkg.server", "pkg"),
        ("uv run --with mcp mcp run server.py", "mcp"), ("pipx run --spec git+https://x/y z", "z"),
        ("pipx run mcp-server-fetch", "mcp-server-fetch"),
        ("docker run -i --rm -e GITHUB_TOKEN ghcr.io/github/github-mcp-server:v1", "github-mcp-server"),
        ("docker run -it --name x --mount type=bind,src=/a,dst=/b --network=host mcp/time", "time"),
        ("docker run --rm -i -eA=b -v /a:/b localhost:5000/team/img@sha256:0123 --flag", "img"),
        ("podman run --pull always --init img", "img"), ("docker exec -i my-container cmd", "my-container"),
        ("python -m mcp_server_time", "mcp_server_time"), ("python3.12 -u -m pkg.sub", "pkg"),
        ("/srv/venv/bin/python -X dev /srv/tools/my_server.py --x", "my_server"),
        ("python -c print(1)", "python"),
        ("node /srv/weather/build/index.js", "weather"), ("node --require x.js server.mjs", "server"),
        ("node /x/node_modules/@scope/server-foo/dist/index.js", "server-foo"), ("node index.js", "index"),
        ("sh server.sh", "server"), ("env -u A B=c TOKEN=x npx foo", "foo"), ("A=1 ./run-me", "run-me"),
        ("sudo -u me timeout 5 /usr/bin/thing", "thing"), ("cmd /c npx -y foo", "foo"),
        ("java -jar /x/server-1.2.jar", "server-1.2"),
        ("dotnet run --project /x/MyServer.csproj", "MyServer"),
        ("go run github.com/a/b@latest", "b"), ("/usr/bin/my-server --stdio", "my-server"),
        ("./target/release/rust-mcp", "rust-mcp"), ("npx", "npx"), ("docker ps", "docker"), ("", "server"),
    ])
    func `a name comes from the command`(command: String, name: String) {
        #expect(ServerName.derived(from: command.split(separator: " ").map(String.init)) == name)
    }

    @Test(arguments: [
        ("npx -y foo", "foo"), ("cd /x && A=1 exec uvx 'foo'", "foo"), ("export A=b; ./serve --x", "serve"),
        ("'my server' --x", "my_server"), ("cd /x", "sh"),
    ])
    func `a shell's text is read`(text: String, name: String) {
        #expect(ServerName.derived(from: ["/bin/sh", "-c", text]) == name)
    }

    @Test func `an upstream is named by its host`() {
        #expect(
            ServerName.derived(fromURL: "https://user:secret@api.example.com/mcp?token=x")
                == "api.example.com")
        #expect(ServerName.derived(fromURL: "http://127.0.0.1:8000/mcp") == "127.0.0.1:8000")
    }

    @Test func `a name is bounded and holds no control characters`() {
        let name = ServerName.derived(from: ["./\u{1B}[31mé\n" + String(repeating: "é", count: 100)])
        #expect(name.utf8.count <= ServerName.lengthLimit)
        #expect(name.hasPrefix("_"))
    }

    @Test func `no command traps`() {
        var random = SeededRandom(seed: 3)
        let words = [
            "npx", "uv", "run", "docker", "-p", "--", "-", "-c", "sh", "=", "", "@", "@/", "/", "a@", "env",
            "--from",
            "python", "-m", ".", "x=", "\"", "cmd", "/c", "tool", "-e", "timeout", "exec", "go",
        ]
        for _ in 0..<20_000 {
            _ = ServerName.derived(from: (0..<random.below(7)).map { _ in words[random.below(words.count)] })
        }
    }

    @Test(arguments: [
        ("", "empty"), ("last", "newest"), ("last~1", "newest"), ("run:x", "run"), ("run:last", "run"),
        ("run:", "run"), ("a/b", "path"), ("a.jsonl", "path"), ("b.gz", "path"), ("a~1", "~"), ("a~", "~"),
        ("a#2", "#"), ("a#b", "#"), ("~", "~"), ("-x", "flag"),
    ])
    func `a name that nobody could type as RECORDING is none`(name: String, word: String) {
        let fault = ServerName.fault(of: name)
        #expect(fault?.contains(word) == true, "\(fault ?? "no fault")")
    }

    @Test(arguments: [
        "github", "my server", "lasting", "run", "a.json", "127.0.0.1:8808", "ünïcode", "a.b_c",
    ])
    func `other names are fine`(name: String) { #expect(ServerName.fault(of: name) == nil) }

    @Test(arguments: [["last"], ["./tool.gz"], ["/usr/bin/a~1"], ["npx", "run:x"]])
    func `a derived name can always be typed`(command: [String]) {
        #expect(ServerName.fault(of: ServerName.derived(from: command)) == nil)
    }
}
