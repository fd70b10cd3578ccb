/// The page's modules as one script, which a page from a file can have inside: it cannot import any by name.
///
/// Each module becomes a function of its own, so its text stays as it is but for its imports and exports,
/// which are rewritten line by line. What this does not understand throws: a test bundles the real page.
struct ScriptBundle {
    /// One script, a module by its kind; it holds nothing that ends it early.
    let text: String

    /// Why the modules cannot be bundled: a sentence with the module and its line.
    struct Failure: Error, Equatable {
        var message: String
    }

    /// - Parameters:
    ///   - modules: texts by name, such as `dom.js`.
    ///   - entry: the one that starts everything. It may wait at its top level, and exports nothing.
    init(_ modules: [String: String], entry: String) throws(Failure) {
        var parts = [ScriptBundle.loader]
        for (name, text) in modules.sorted(by: { $0.key < $1.key }) {
            var module = ModuleText(name, text, among: Set(modules.keys))
            try module.rewrite()
            // An HTML parser ends a script at these, wherever they stand.
            for mark in ["</script", "<!--"] where module.text.lowercased().contains(mark) {
                throw Failure(message: "\(name): a page's script cannot hold \(mark)")
            }
            let wait = name == entry ? "async " : ""
            parts.append("$define(\"\(name)\", \(wait)($import, $load) => {\n\(module.text)\n});\n")
        }
        parts.append("$import(\"\(entry)\");\n")
        text = parts.joined()
    }

    /// Runs each module once, when it is first imported.
    private static let loader = """
        const $modules = new Map();
        const $define = (name, body) => $modules.set(name, { body });
        const $import = (name) => {
          const module = $modules.get(name);
          if (!("exports" in module)) {
            if (module.isRunning) throw new Error(`modules import each other: ${name}`);
            module.isRunning = true;
            module.exports = module.body($import, $load);
          }
          return module.exports;
        };
        const $load = async (name) => $import(name);

        """
}

/// One module on its way into a bundle.
private struct ModuleText {
    private let name: String
    private let known: Set<String>
    private let lines: [Substring]
    private var exports: [String] = []
    private var output: [String] = []

    var text: String { output.joined(separator: "\n") }

    init(_ name: String, _ text: String, among known: Set<String>) {
        self.name = name
        self.known = known
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    mutating func rewrite() throws(ScriptBundle.Failure) {
        var index = 0
        while index < lines.count {
            let line = lines[index]
            if line.hasPrefix("import ") {
                // To the line with the semicolon, kept as so many lines: errors name the right ones.
                var statement = String(line)
                let first = index
                while !statement.hasSuffix(";"), index + 1 < lines.count {
                    index += 1
                    statement += " " + lines[index]
                }
                output.append(try rewritten(import: statement, line: first + 1))
                output += Array(repeating: "", count: index - first)
            } else if line.hasPrefix("export ") {
                output.append(try dynamic(declaration(line.dropFirst("export ".count), index + 1), index + 1))
            } else {
                output.append(try dynamic(String(line), index + 1))
            }
            index += 1
        }
        output.append("return { \(exports.joined(separator: ", ")) };")
    }

    private func failure(_ line: Int, _ what: String) -> ScriptBundle.Failure {
        ScriptBundle.Failure(message: "\(name):\(line): \(what)")
    }

    /// `import { a, b as c } from "./x.js";` and `import * as x from "./x.js";`
    private func rewritten(import statement: String, line: Int) throws(ScriptBundle.Failure) -> String {
        let words = statement.dropFirst("import ".count)
        guard let from = words.firstRange(of: " from \""), words.hasSuffix("\";") else {
            throw failure(line, "an import of another form")
        }
        let module = try target(words[from.upperBound...].dropLast(2), line)
        var names = String(words[..<from.lowerBound])
        if names.hasPrefix("* as ") { return "const \(names.dropFirst(5)) = $import(\"\(module)\");" }
        guard names.hasPrefix("{"), names.hasSuffix("}") else {
            throw failure(line, "an import of another form")
        }
        names = names.split(separator: ",").map { $0.replacing(" as ", with: ": ") }.joined(separator: ",")
        return "const \(names) = $import(\"\(module)\");"
    }

    /// `class X`, `function f`, `async function f`, `function* f`, `const X`, with the name noted.
    private mutating func declaration(
        _ text: Substring, _ line: Int
    ) throws(ScriptBundle.Failure) -> String {
        for start in ["class ", "async function ", "function ", "const "] where text.hasPrefix(start) {
            let name = text.dropFirst(start.count).prefix {
                $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$"
            }
            guard !name.isEmpty else { break }
            exports.append(String(name))
            return String(text)
        }
        throw failure(line, "an export of another form")
    }

    /// The same with `import("./x.js")` made a call of ours.
    private func dynamic(_ text: String, _ line: Int) throws(ScriptBundle.Failure) -> String {
        var result = ""
        var rest = text[...]
        while let call = rest.firstRange(of: "import(\"") {
            guard let end = rest[call.upperBound...].firstRange(of: "\")") else {
                throw failure(line, "an import of another form")
            }
            result += rest[..<call.lowerBound]
            result += "$load(\"\(try target(rest[call.upperBound..<end.lowerBound], line))\")"
            rest = rest[end.upperBound...]
        }
        return result + rest
    }

    private func target(_ path: Substring, _ line: Int) throws(ScriptBundle.Failure) -> String {
        let module = String(path.dropFirst(2))
        guard path.hasPrefix("./"), known.contains(module) else {
            throw failure(line, "there is no module \(path)")
        }
        return module
    }
}
