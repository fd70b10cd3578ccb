import Testing

@testable import Viewer

struct ScriptBundleTests {
    private func bundle(_ modules: [String: String]) throws(ScriptBundle.Failure) -> String {
        try ScriptBundle(modules, entry: "main.js").text
    }

    @Test func `imports and exports are rewritten, and the rest stays as it is`() throws {
        let text = try bundle([
            "main.js": """
            import { a, b as c } from "./x.js";
            import {
              d,
              e,
            } from "./x.js";
            import * as x from "./x.js";
            // import nothing
            const late = await import("./y.js");
            """,
            "x.js": """
            export class a extends Map {}
            export const b = 1;
            export function d() { return "export const"; }
            export async function e() {}
            """,
            "y.js": "export const f = async () => (await import(\"./x.js\")).a;",
        ])
        for line in [
            "const { a, b: c } = $import(\"x.js\");", "const { d, e, } = $import(\"x.js\");",
            "const x = $import(\"x.js\");", "// import nothing", "const late = await $load(\"y.js\");",
            "class a extends Map {}", "function d() { return \"export const\"; }", "return { a, b, d, e };",
            "const f = async () => (await $load(\"x.js\")).a;", "$import(\"main.js\");",
        ] {
            #expect(text.replacing(" ", with: "").contains(line.replacing(" ", with: "")), "\(line)\n\(text)")
        }
        #expect(text.contains("$define(\"main.js\", async ($import, $load) => {"))
        #expect(text.contains("$define(\"x.js\", ($import, $load) => {"))
    }

    @Test(
        arguments: [
            ("import x from \"./main.js\";", "main.js:1: an import of another form"),
            ("\nimport \"./main.js\";", "main.js:2: an import of another form"),
            ("import { a } from \"./none.js\";", "main.js:1: there is no module ./none.js"),
            ("export default 1;", "main.js:1: an export of another form"),
            ("export let a = 1;", "main.js:1: an export of another form"),
            ("export { a };", "main.js:1: an export of another form"),
            ("const a = await import(\"./none.js\");", "main.js:1: there is no module ./none.js"),
            ("const a = \"</SCRIPT>\";", "main.js: a page's script cannot hold </script"),
        ])
    func `what it does not understand is refused with its place`(text: String, message: String) {
        let failure = #expect(throws: ScriptBundle.Failure.self) { try bundle(["main.js": text]) }
        #expect(failure?.message == message)
    }

    @Test func `the real page can be bundled`() throws {
        let files = PageFiles.texts
        let document = try PageDocument(files)
        let head = String(decoding: document.head, as: UTF8.self)
        let tail = String(decoding: document.tail, as: UTF8.self)
        for path in files.keys where path.hasSuffix(".js") {
            #expect(tail.contains("$define(\"\(path.dropFirst(6))\""), "\(path)")
        }
        // Nothing is asked of anybody, and only what is named may run.
        #expect(!head.contains("src=") && !tail.contains(" src=\""))
        #expect(head.contains("default-src 'none'; script-src 'sha256-"))
        #expect(!head.contains("unsafe"))
        for path in files.keys where path.hasSuffix(".css") {
            #expect(head.contains("<link href=\"\(path)\"><style>"))
        }
    }
}
