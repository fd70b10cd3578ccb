internal import Recording
internal import Wire

// Sessions are removed here, and nothing else is ever changed.
extension ViewerSite {
    /// Whether a path is a session's own: `/api/sessions/ID`.
    public static func names(sessionAt path: String) -> Bool { session(of: PageRequest(path: path)) != nil }

    /// The session that a request is for as a whole.
    private static func session(of request: PageRequest) -> SessionID? {
        guard let path = APIRequest(request)?.path, path.count == 2, path[0] == "sessions" else {
            return nil
        }
        return SessionID(path[1])
    }

    /// Removes the session that is named, for good.
    func removal(_ request: APIRequest, _ recordings: any ServedRecordings) -> PageAnswer {
        guard request.path.count == 2 else { return .failure(404, "there is no such session") }
        let session = SessionID(request.path[1])
        guard recordings.fileNames.isEmpty else {
            var answer = PageAnswer.failure(
                405, "files are shown here, and nothing in them is deleted; delete \(recordings.place) itself"
            )
            answer.fields.append(.init("Allow", "GET, HEAD"))
            return answer
        }
        do throws(SourceFailure) {
            guard recordings.canRemove else {
                // One that is not there says so itself.
                _ = try recordings.source()
                return .failure(
                    403, "the store \(recordings.place) cannot be written, so nothing is deleted in it")
            }
            guard let bytes = try recordings.remove(session) else {
                return .failure(404, "there is no session \(session.text)")
            }
            return .object { json in
                json.member("removed") { $0.strings([session.text]) }
                json.member("bytes", bytes)
            }
        } catch {
            return APIFailure(error).answer
        }
    }
}
