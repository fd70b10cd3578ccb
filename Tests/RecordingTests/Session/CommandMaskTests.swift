import Testing

@testable import Recording

struct CommandMaskTests {
    private func masked(_ words: String...) -> [String] { CommandMask.mask(words).argv }

    @Test(arguments: [
        (["--token", "abc"], ["--token", "[masked]"]), (["--token=abc"], ["--token=[masked]"]),
        (["--api-key=X", "--port", "80"], ["--api-key=[masked]", "--port", "80"]),
        (["--apiKey", "-abc"], ["--apiKey", "[masked]"]), (["-token", "abc"], ["-token", "[masked]"]),
        (["--use-auth", "--port"], ["--use-auth", "--port"]),
        (["-H", "Authorization: Bearer abc"], ["-H", "Authorization: Bearer [masked]"]),
        (["--header", "X-Custom:abc"], ["--header", "X-Custom:[masked]"]),
        (["--header=X-Api-Key: abc def"], ["--header=X-Api-Key: [masked]"]),
        (["--header=Accept: text/plain"], ["--header=Accept: text/plain"]),
        (["Authorization: abc"], ["Authorization: [masked]"]),
        (["GITHUB_TOKEN=abc", "npx", "x"], ["GITHUB_TOKEN=[masked]", "npx", "x"]),
        (["env", "A=b", "npx", "key=c", "page=3"], ["env", "A=[masked]", "npx", "key=[masked]", "page=3"]),
        (
            ["docker", "run", "-e", "A=b", "-e", "C", "x"],
            ["docker", "run", "-e", "A=[masked]", "-e", "C", "x"]
        ),
        (["docker", "run", "-eA=b", "--env=A=b"], ["docker", "run", "-eA=[masked]", "--env=A=[masked]"]),
        (["https://u:p@h.example/x?a=b&c#d"], ["https://[masked]@h.example/x?a=[masked]&c#d"]),
        (["postgresql://u:p%40@h:5432/db"], ["postgresql://[masked]@h:5432/db"]),
        (["--url=https://h/cb#access_token=x"], ["--url=https://h/cb#access_token=[masked]"]),
        (["--config", #"{"apiKey":"abc","n":1}"#], ["--config", #"{"apiKey":"[masked]","n":1}"#]),
        (["--user", "me:abc"], ["--user", "me:[masked]"]), (["--user=me:abc"], ["--user=me:[masked]"]),
        (["-u", "me:a:b", "x"], ["-u", "me:[masked]", "x"]), (["-ume:abc"], ["-ume:[masked]"]),
        (["curl", "-U", "me:abc"], ["curl", "-U", "me:[masked]"]),
        (["-u", "https://u:p@h/x"], ["-u", "https://[masked]@h/x"]),
        (["--access-token:abc", "x"], ["--access-token:[masked]", "x"]),
        (["--access-token:", "abc"], ["--access-token:", "[masked]"]),
        (["mysql", "-h", "db", "-pabc", "shop"], ["mysql", "-h", "db", "-p[masked]", "shop"]),
        (["/usr/bin/mariadb-dump", "-p", "shop"], ["/usr/bin/mariadb-dump", "-p", "shop"]),
        (
            ["sshpass", "-p", "abc", "ssh", "-p", "22", "-pabc", "h"],
            ["sshpass", "-p", "[masked]", "ssh", "-p", "22", "-pabc", "h"]
        ),
        (["sshpass", "-pabc", "ssh", "-p22", "h"], ["sshpass", "-p[masked]", "ssh", "-p22", "h"]),
        (["redis-cli", "-a", "abc", "ping"], ["redis-cli", "-a", "[masked]", "ping"]),
        (
            ["sh", "-c", "mysql -pabc shop && ssh -p22 h"],
            ["sh", "-c", "mysql -p[masked] shop && ssh -p22 h"]
        ),
        (["sh", "-c", "A=1 npx x --token abc"], ["sh", "-c", "A=[masked] npx x --token [masked]"]),
        (
            ["sh", "-c", "cd /x && B=2 curl -H 'Authorization: Bearer abc' \"https://h/?k=v\""],
            [
                "sh", "-c",
                "cd /x && B=[masked] curl -H 'Authorization: Bearer [masked]' \"https://h/?k=[masked]\"",
            ]
        ),
    ])
    func `a credential is masked and the shape stays`(argv: [String], expected: [String]) {
        let result = CommandMask.mask(argv)
        #expect(result.argv == expected)
        #expect(result.masked == argv.indices.filter { argv[$0] != expected[$0] })
    }

    @Test(arguments: [
        "ghp_" + String(repeating: "a1", count: 18), "github_pat_" + String(repeating: "A1", count: 20),
        "sk-ant-api03-abcdefghijklmnop", "sk-abcdefghij1234567890", "xoxb-1234567890-abc",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "0123456789abcdef0123456789abcdef",
        "AbCdEfGhIjKlMnOpQrStUvWxYz0123", "glpat-abcdefghij1234567890",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
    ])
    func `a known shape is masked wherever it stands`(secret: String) {
        for word in [secret, "x=" + secret, "https://h/" + secret + "/mcp", "say " + secret + " twice"] {
            let text = CommandMask.mask(["program", word]).argv[1]
            #expect(!text.contains(secret.suffix(8)), "\(text)")
            #expect(text.contains("[masked]"))
        }
    }

    @Test(arguments: [
        ["npx", "-y", "@modelcontextprotocol/server-filesystem@1.2.3", "/home/you/project"],
        ["uvx", "mcp-server-time", "--local-timezone=Europe/Paris"],
        [
            "docker", "run", "-i", "--rm",
            "img@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        ],
        ["uvx", "--from", "git+https://github.com/a/b@0123456789abcdef0123456789abcdef01234567", "b"],
        ["x", "--max-tokens", "100", "--token-file", "/run/t", "--client-id", "abc", "--public-key", "k"],
        ["x", "550e8400-e29b-41d4-a716-446655440000", "--keyboard", "us", "--author", "me"],
        ["docker", "run", "-u", "1000:1000", "-p8080:80", "-p", "80:80", "img"],
        ["python", "-u", "serve.py"],
        ["ssh", "-p22", "me@h"], ["sudo", "-u", "me", "psql", "-U", "me", "-p5432", "-W"],
        ["x", "--path:here", "-p3000", "-profile"],
        ["C:\\Program Files\\node\\node.exe", "index.js"], ["sh", "-c", "cd /x && exec ./serve"],
    ])
    func `an ordinary command stays as it is`(argv: [String]) {
        #expect(CommandMask.mask(argv).argv == argv)
        #expect(CommandMask.mask(argv).masked.isEmpty)
    }

    @Test func `masking twice changes nothing more`() {
        let once = CommandMask.mask([
            "A=1", "x", "--token", "t", "-u", "me:p", "--auth:x", "mysql", "-pz", "-H",
            "Authorization: Bearer b", "http://u@h/?a=b",
        ])
        #expect(CommandMask.mask(once.argv).argv == once.argv)
    }

    @Test func `no word traps`() {
        var random = SeededRandom(seed: 11)
        let pieces = [
            "--token", "=", "-H", " ", "'", "\"", ":", "://", "@", "?", "#", "&", "eyJ", ".", "-----BEGIN ",
            "-", "é",
            "{\"key\":", "}", "-e", "A", "Bearer ", "sk-", "\u{301}", "\r\n",
        ]
        for _ in 0..<20_000 {
            let argv = (0..<3).map { _ in
                (0..<random.below(8)).map { _ in pieces[random.below(pieces.count)] }.joined()
            }
            #expect(CommandMask.mask(argv).argv.count == 3)
        }
    }
}
