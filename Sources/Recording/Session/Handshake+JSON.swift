import MCPSemantics
import Wire

extension Handshake {
    /// Writes what one side said of itself.
    ///
    /// `capabilities` is a string that holds JSON text: it came off the wire and may be nested as deep as
    /// a message may be, which must not make this object unreadable.
    func write(to json: inout JSONWriter) {
        json.object { handshake in
            if let peer {
                handshake.member("peer") { info in
                    info.object {
                        $0.member("name", peer.name)
                        $0.member("version", ifPresent: peer.version)
                        $0.member("title", ifPresent: peer.title)
                    }
                }
            }
            writeFacts(to: &handshake)
        }
    }

    /// Writes everything but who speaks as members of the object that is being written.
    func writeFacts(to handshake: inout JSONWriter) {
        handshake.member("speaker", speaker.word)
        handshake.member("protocol_version", ifPresent: protocolVersion)
        if !supportedVersions.isEmpty {
            handshake.member("supported_versions") { $0.strings(supportedVersions) }
        }
        handshake.member("capabilities", ifPresent: capabilities)
        handshake.member("instructions", ifPresent: instructions)
    }

    /// Reads what `write` wrote; nil when it does not say who speaks.
    init?(json: JSONTree.Node) {
        guard let word = json["speaker"]?.stringValue, let speaker = Direction(word: word) else { return nil }
        self.init(speaker: speaker)
        protocolVersion = json["protocol_version"]?.stringValue
        supportedVersions = json["supported_versions"]?.strings ?? []
        if let name = json["peer"]?["name"]?.stringValue {
            peer = PeerInfo(
                name: name, version: json["peer"]?["version"]?.stringValue,
                title: json["peer"]?["title"]?.stringValue)
        }
        capabilities = json["capabilities"]?.stringValue
        instructions = json["instructions"]?.stringValue
    }
}
