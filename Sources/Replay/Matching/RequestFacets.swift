import MCPSemantics
import Wire

/// A request facet by facet, to explain why no recorded one equals it.
struct RequestFacets: Sendable {
    /// Always the same facets in the same order for one method.
    var facets: [MatchFacet] = []
    /// The canonical values of what the method is applied to (tool name, URI …); empty when to nothing.
    var subject: [UInt8] = []

    /// Reads the facets from a request's JSON text.
    init(of request: ArraySlice<UInt8>, method: String, comparing facets: Set<String>? = nil) {
        let plan = FacetPlan(for: method, comparing: facets)
        plan.forEach(in: JSONTree(request)?.root["params"]) { path, value in
            var canonical: [UInt8] = []
            value.appendCanonical(to: &canonical)
            if let path, plan.entry?.nameField.names(path) ?? false {
                subject += canonical
                subject.append(0)
            }
            let steps = path?.path.dropFirst() ?? []
            self.facets.append(
                MatchFacet(
                    name: path?.name ?? "params",
                    pointer: steps.reduce("") { JSONPointer.appending($1, to: $0) },
                    canonical: canonical, text: value.text))
        }
    }
}

extension MethodEntry.NameField {
    /// Whether the facet is part of what the method is applied to.
    fileprivate func names(_ path: MethodEntry.FacetPath) -> Bool {
        switch self {
        case .none: false
        case .name: path.path == ["params", "name"]
        case .uri: path.path == ["params", "uri"]
        case .completionReference: path.path.starts(with: ["params", "ref"])
        case .taskID: path.path == ["params", "taskId"]
        case .elicitationID: path.path == ["params", "elicitationId"]
        }
    }
}
