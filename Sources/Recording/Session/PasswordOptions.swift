/// Short options that are passwords to some programs and anything else to the rest.
///
/// `-p` is a port, a path, a profile or a project to most programs, so it counts only behind a program whose
/// manual says otherwise. The line: programs that a server's command line is known to hold, by their exact
/// name; for the clients of MySQL and MariaDB by the beginning of it. A server that invents its own `-p` for
/// a password is not known, and its long option is masked by name.
struct PasswordOptions {
    /// The letter of the option.
    let letter: Character
    /// The password may be the next word: `-p SECRET`. With MySQL's clients that word is a database.
    var takesNextWord = true
    /// Its own options end where another command begins: `sshpass -p SECRET ssh -p 22 host`.
    var endsAtCommand = false

    /// What `program`, a file name without its directory, takes; nil for a program that is not known.
    static func of(_ program: String) -> PasswordOptions? {
        if program.hasPrefix("mysql") || program.hasPrefix("mariadb") {
            return PasswordOptions(letter: "p", takesNextWord: false)
        }
        return known[program]
    }

    /// Sources: the programs' manual pages.
    private static let known: [String: PasswordOptions] = [
        "sshpass": PasswordOptions(letter: "p", endsAtCommand: true),
        "mongo": PasswordOptions(letter: "p"), "mongosh": PasswordOptions(letter: "p"),
        "mongodump": PasswordOptions(letter: "p"), "mongorestore": PasswordOptions(letter: "p"),
        "mongoexport": PasswordOptions(letter: "p"), "mongoimport": PasswordOptions(letter: "p"),
        "cqlsh": PasswordOptions(letter: "p"), "influx": PasswordOptions(letter: "p"),
        "sqlcmd": PasswordOptions(letter: "P"), "bcp": PasswordOptions(letter: "P"),
        "isql": PasswordOptions(letter: "P"), "tsql": PasswordOptions(letter: "P"),
        "ipmitool": PasswordOptions(letter: "P"),
        "redis-cli": PasswordOptions(letter: "a"), "valkey-cli": PasswordOptions(letter: "a"),
        "ldapsearch": PasswordOptions(letter: "w"), "ldapmodify": PasswordOptions(letter: "w"),
    ]

    /// The word's part that stays, when `word` is the option: `-p` of `-pSECRET`; nil for any other word.
    func head(of word: String) -> Substring? {
        guard word.hasPrefix("-"), word.dropFirst().first == letter else { return nil }
        return word.prefix(2)
    }
}
